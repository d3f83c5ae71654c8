"""Images, files and videos as Get Product shows them. All of it follows from the uri or id, so nothing is stored."""

from __future__ import annotations

import re
from typing import Any

HOST = "https://simulated.invalid"
PREFIX = "tos-simulated-us/"
_SIZE = re.compile(r"-(\d+)x(\d+)$")


def image_uri(number: int, width: int = 600, height: int = 600) -> str:
    size = "" if (width, height) == (600, 600) else f"-{width}x{height}"
    return f"{PREFIX}{number:016x}{size}"


def is_uploaded(uri: object) -> bool:
    """Whether this platform gave the uri out."""
    return isinstance(uri, str) and uri.startswith(PREFIX)


def image(uri: str) -> dict[str, Any]:
    size = _SIZE.search(uri)
    width, height = (int(size[1]), int(size[2])) if size else (600, 600)
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
