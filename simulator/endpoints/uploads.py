"""Upload Image and Upload File. The content determines format and size, not the form's fields."""

from __future__ import annotations

import hashlib
import struct
from email.message import Message
from typing import Any

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.media import HOST, image_uri

USE_CASES = frozenset(
    {"MAIN_IMAGE", "ATTRIBUTE_IMAGE", "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "SIZE_CHART_IMAGE",
     "CUSTOMIZATION_IMAGE"}
)  # fmt: skip
MAX_BYTES = 10 * 1024 * 1024
_START_OF_FRAME = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


def upload_image(call: Call) -> dict[str, Any]:
    if call.request.content_type != "multipart/form-data":
        raise ApiError(36009023, "the content type must be multipart/form-data", 400)
    form = form_fields(call.request.headers["content-type"], call.raw)
    content, use_case = form.get("data", b""), form.get("use_case", b"MAIN_IMAGE").decode(errors="replace")
    if not content or use_case not in USE_CASES:
        raise ApiError(11050001, "data is missing" if not content else "use_case is invalid")
    if len(content) > MAX_BYTES:
        raise ApiError(12038005, "the file is larger than 10 MB")
    width, height = size_of(content)
    least = call.world.options.main_image_least_px if use_case == "MAIN_IMAGE" else 100
    most = 4000 if use_case == "MAIN_IMAGE" else 20_000
    if not (least <= min(width, height) and max(width, height) <= most):
        raise ApiError(12038014, f"width and height must be between {least} and {most} px")
    if use_case == "SIZE_CHART_IMAGE" and min(width, height) < 1024:
        raise ApiError(12038014, "the shorter side of a size chart must be at least 1024 px")
    if use_case in ("MAIN_IMAGE", "ATTRIBUTE_IMAGE") and not 3 / 4 <= width / height <= 4 / 3:
        width = height = max(width, height)
    number = int.from_bytes(hashlib.sha256(content).digest()[:8])
    uri = image_uri(number, width, height)
    return {"uri": uri, "url": f"{HOST}/{uri}\n", "width": width, "height": height, "use_case": use_case}


def upload_file(call: Call) -> dict[str, Any]:
    """Accepts PDF documents for certifications."""
    if call.request.content_type != "multipart/form-data":
        raise ApiError(36009023, "the content type must be multipart/form-data", 400)
    form = form_fields(call.request.headers["content-type"], call.raw)
    content, name = form.get("data", b""), form.get("name", b"").decode(errors="replace")
    if not content or not name:
        raise ApiError(11050001, "data is missing" if not content else "name is missing")
    if len(content) > MAX_BYTES:
        raise ApiError(12038005, "the file is larger than 10 MB")
    if not content.startswith(b"%PDF-"):
        raise ApiError(12038015, "the format is not PDF")
    identity = f"v09ea0g40000c{hashlib.sha256(content).hexdigest()[:20]}"
    return {"id": identity, "url": f"{HOST}/{identity}.pdf", "name": name, "format": "PDF"}


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in px; WEBP and HEIC are recognised but not measured. Raises ApiError."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack(">II", content[16:24])
            return width, height
        if content.startswith(b"\xff\xd8"):
            return _size_of_jpeg(content)
        if content.startswith(b"BM"):
            width, height = struct.unpack("<ii", content[18:26])
            return width, abs(height)
    except (struct.error, IndexError):
        raise ApiError(12038002, "the file is damaged") from None
    if content[8:12] == b"WEBP" or content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return 1080, 1080
    raise ApiError(12038015, "the format is not one of JPG, JPEG, PNG, WEBP, HEIC, BMP")


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    place = 2
    while True:
        if content[place] != 0xFF:
            raise ApiError(12038002, "the file is damaged")
        marker = content[place + 1]
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        if marker in _START_OF_FRAME:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length


def form_fields(content_type: str, raw: bytes) -> dict[str, bytes]:
    """The parts of a multipart/form-data body by name. Raises ApiError."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise ApiError(36009022, "the body is not multipart", 400)
    fields: dict[str, bytes] = {}
    for part in raw.split(b"--" + boundary.encode())[1:-1]:
        head, found, content = part.partition(b"\r\n\r\n")
        name = Message()
        for line in head.decode(errors="replace").splitlines():
            key, _, value = line.partition(":")
            name[key.strip() or "x"] = value.strip()
        field = name.get_param("name", header="content-disposition")
        if found and isinstance(field, str):
            fields[field] = content.removesuffix(b"\r\n")
    return fields
