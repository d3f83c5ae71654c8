"""Upload Image: what is in the file decides, not what the form says."""

from __future__ import annotations

import hashlib
import struct
from email.message import Message
from typing import Any

from simulator.call import Call
from simulator.media import HOST, image_uri
from simulator.refusal import Refusal

USE_CASES = frozenset(
    {"MAIN_IMAGE", "ATTRIBUTE_IMAGE", "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "SIZE_CHART_IMAGE",
     "CUSTOMIZATION_IMAGE"}
)  # fmt: skip
MOST_BYTES = 10 * 1024 * 1024
_START_OF_FRAME = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


def upload_image(call: Call) -> dict[str, Any]:
    if call.request.content_type != "multipart/form-data":
        raise Refusal(36009023, "the content type must be multipart/form-data", 400)
    form = form_fields(call.request.headers["content-type"], call.raw)
    content, use_case = form.get("data", b""), form.get("use_case", b"MAIN_IMAGE").decode(errors="replace")
    if not content or use_case not in USE_CASES:
        raise Refusal(11050001, "data is missing" if not content else "use_case is invalid")
    if len(content) > MOST_BYTES:
        raise Refusal(12038005, "the file has more than 10 MB")
    width, height = size_of(content)
    least, most = (300, 4000) if use_case == "MAIN_IMAGE" else (100, 20_000)
    if not (least <= min(width, height) and max(width, height) <= most):
        raise Refusal(12038014, f"width and height must be between {least} and {most} px")
    if use_case == "SIZE_CHART_IMAGE" and min(width, height) < 1024:
        raise Refusal(12038014, "the shorter side of a size chart must have 1024 px at least")
    if use_case in ("MAIN_IMAGE", "ATTRIBUTE_IMAGE") and not 3 / 4 <= width / height <= 4 / 3:
        width = height = max(width, height)
    number = int.from_bytes(hashlib.sha256(content).digest()[:8])
    uri = image_uri(number, width, height)
    return {"uri": uri, "url": f"{HOST}/{uri}\n", "width": width, "height": height, "use_case": use_case}


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height in px; of WEBP and HEIC only the kind is known, not the size. Raises Refusal."""
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
        raise Refusal(12038002, "the file is damaged") from None
    if content[8:12] == b"WEBP" or content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return 1080, 1080
    raise Refusal(12038015, "the format is none of JPG, JPEG, PNG, WEBP, HEIC, BMP")


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    place = 2
    while True:
        if content[place] != 0xFF:
            raise Refusal(12038002, "the file is damaged")
        marker = content[place + 1]
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        if marker in _START_OF_FRAME:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length


def form_fields(content_type: str, raw: bytes) -> dict[str, bytes]:
    """The parts of a multipart/form-data body by name. Raises Refusal."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise Refusal(36009022, "the body is not multipart", 400)
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
