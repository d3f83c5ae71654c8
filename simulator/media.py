"""Images, files and videos as Get Product shows them, derived from the URI or id instead of stored."""

from __future__ import annotations

import re
import zlib
from typing import Any

HOST = "https://simulated.invalid"
PREFIX = "tos-simulated-us/"
USUAL_SIZE = (600, 600)
_URI = re.compile(re.escape(PREFIX) + r"([0-9a-f]{12})([0-9a-f]{4})((?:-\d+x\d+)?)")
_SIZE = re.compile(r"-(\d+)x(\d+)$")


def image_uri(number: int, width: int = 600, height: int = 600) -> str:
    """A URI with a checksum, by which the simulator recognises invented URIs without a list of all URIs."""
    size = "" if (width, height) == USUAL_SIZE else f"-{width}x{height}"
    name = f"{number % 2**48:012x}"
    return f"{PREFIX}{name}{_checksum(name, size)}{size}"


def is_uploaded(uri: object) -> bool:
    """Whether the simulator issued the URI."""
    parts = _URI.fullmatch(uri) if isinstance(uri, str) else None
    return parts is not None and parts[2] == _checksum(parts[1], parts[3])


def _checksum(name: str, size: str) -> str:
    return f"{zlib.crc32((name + size).encode()) & 0xFFFF:04x}"


def image(uri: str) -> dict[str, Any]:
    size = _SIZE.search(uri)
    width, height = (int(size[1]), int(size[2])) if size else USUAL_SIZE
    return {
        "uri": uri,
        "urls": [f"{HOST}/{uri}"],
        "thumb_urls": [f"{HOST}/{uri}:300:300"],
        "width": width,
        "height": height,
    }


def file(identity: str, name: str) -> dict[str, Any]:
    return {"id": identity, "name": name, "format": "PDF", "urls": [f"{HOST}/{identity}.pdf"]}


def video(identity: str) -> dict[str, Any]:
    return {
        "id": identity,
        "cover_url": f"{HOST}/{identity}.jpeg",
        "format": "MP4",
        "url": f"{HOST}/{identity}.mp4",
        "width": 1280,
        "height": 720,
        "size": 7654321,
    }
