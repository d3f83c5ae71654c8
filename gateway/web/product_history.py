"""The history of one product: what blocks it, its queued jobs, and its journal entries."""

from __future__ import annotations

import gzip
import time
import zlib
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import read_blocked
from shop_queue.reader import LaneReader, QueuedJob

MAX_ENTRIES = 20
MAX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """The product's last entries in this machine's journal, newest first: edits and their results."""

    entries: tuple[dict[str, Any], ...]
    complete: bool
    """Whether all files were searched."""
    readable: bool


async def read_lane(redis: AnyRedis, shop_id: str, product_id: str) -> tuple[BlockedProduct | None, list[QueuedJob]]:
    """Return what blocks the product and its jobs, if any. Raises RedisError."""
    blocked = await read_blocked(redis, [(shop_id, product_id)])
    return blocked[shop_id, product_id], await LaneReader(redis).jobs_of_product(shop_id, product_id)


def search_journal(directory: Path, shop_id: str, product_id: str) -> JournalSearch:
    """Search the newest files first, within limits of bytes and time. Blocking: call it in a thread."""
    try:
        files = sorted(((path.stat().st_mtime, path) for path in directory.glob("*.jsonl.gz")), reverse=True)
    except OSError:
        return JournalSearch((), complete=False, readable=False)
    found: list[dict[str, Any]] = []
    complete, read, until = True, 0, time.monotonic() + MAX_SECONDS
    for modified, path in files:
        if len(found) == MAX_ENTRIES and datetime.fromisoformat(str(found[-1]["at"])).timestamp() > modified:
            break
        read += path.stat().st_size
        if read > MAX_BYTES or time.monotonic() > until:
            return JournalSearch(tuple(found), complete=False, readable=True)
        try:
            found += _entries(path, shop_id, product_id)
        except PermissionError:
            complete = False
            continue
        found = sorted(found, key=lambda entry: str(entry["at"]), reverse=True)[:MAX_ENTRIES]
    return JournalSearch(tuple(found), complete=complete, readable=directory.is_dir())


def title_of(journal: JournalSearch) -> str:
    """Return the title in the newest before-image, or an empty string."""
    befores = (entry.get("before") for entry in journal.entries)
    return next((str(before.get("title") or "") for before in befores if isinstance(before, dict)), "")


def _entries(path: Path, shop_id: str, product_id: str) -> deque[dict[str, Any]]:
    """Return the product's last entries in one file."""
    needle, found = product_id.encode(), deque[dict[str, Any]](maxlen=MAX_ENTRIES)
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                if needle in line:
                    entry = orjson.loads(line)
                    mine = entry.get("product_id") == product_id and entry.get("shop_id") == shop_id
                    if mine and entry.get("at"):
                        found.append(entry)
    except (EOFError, zlib.error, gzip.BadGzipFile, orjson.JSONDecodeError):
        # A worker that died or is writing leaves an incomplete block at the end. The entries before it are valid.
        return found
    return found
