"""Reads the JSON lines of a data file, compressed with gzip or not."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson

GZIP = b"\x1f\x8b"


def read_lines(path: Path) -> list[dict[str, Any]]:
    raw = path.read_bytes()
    text = gzip.decompress(raw) if raw.startswith(GZIP) else raw
    return [orjson.loads(line) for line in text.splitlines() if line.strip()]
