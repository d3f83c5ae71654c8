"""Images of a given size, and multipart bodies that upload them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from tests.support.simulator_client import Answer, Client

UPLOAD = "/product/202309/images/upload"


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + b"\r\n--x\r\n"


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width) + b"\0" * 10
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9 + frame + b"\xff\xd9"


def bmp(width: int, height: int) -> bytes:
    return b"BM" + b"\0" * 16 + struct.pack("<ii", width, -height) + b"\0" * 28


def form(content: bytes, use_case: str | None) -> bytes:
    parts = [b'--line\r\nContent-Disposition: form-data; name="data"; filename="a.png"\r\n'
             b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"]  # fmt: skip
    if use_case is not None:
        parts.append(b'--line\r\nContent-Disposition: form-data; name="use_case"\r\n\r\n' + use_case.encode() + b"\r\n")
    return b"".join(parts) + b"--line--\r\n"


async def upload(client: Client, content: bytes, use_case: str | None = "MAIN_IMAGE", **more: Any) -> Answer:
    kind = "multipart/form-data; boundary=line"
    return await client.call(
        "POST", UPLOAD, content=form(content, use_case), content_type=kind, sign_content=False, **more
    )
