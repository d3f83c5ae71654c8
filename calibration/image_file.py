"""Small, valid pictures to upload. Pure."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int, shade: int = 200) -> bytes:
    """Return a grey PNG of the given size in pixels. `shade` (0 to 255) distinguishes pictures of the same size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    line = b"\0" + bytes([shade]) * width
    pixels = zlib.compress(line * height, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
