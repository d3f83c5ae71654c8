"""All that is known of one product: what blocks it, its job in the lane, and what the journal says was done."""

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

MOST_ENTRIES = 20
MOST_BYTES = 64 * 1024 * 1024
MOST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """The product's last entries in the journal of this machine, newest first: edits, and what was answered."""

    entries: tuple[dict[str, Any], ...]
    whole: bool
    """Whether all files were read; if not, there may be another entry."""
    readable: bool


async def read_lane(redis: AnyRedis, shop_id: str, product_id: str) -> tuple[BlockedProduct | None, list[QueuedJob]]:
    blocked = await read_blocked(redis, [(shop_id, product_id)])
    return blocked[shop_id, product_id], await LaneReader(redis).jobs_of_product(shop_id, product_id)


def search_journal(directory: Path, shop_id: str, product_id: str) -> JournalSearch:
    """Newest files first, within a bound of bytes and time. Reads files: call it in a thread."""
    try:
        files = sorted(((path.stat().st_mtime, path) for path in directory.glob("*.jsonl.gz")), reverse=True)
    except OSError:
        return JournalSearch((), whole=False, readable=False)
    found: list[dict[str, Any]] = []
    whole, read, until = True, 0, time.monotonic() + MOST_SECONDS
    for modified, path in files:
        if len(found) == MOST_ENTRIES and datetime.fromisoformat(str(found[-1]["at"])).timestamp() > modified:
            break
        read += path.stat().st_size
        if read > MOST_BYTES or time.monotonic() > until:
            return JournalSearch(tuple(found), whole=False, readable=True)
        try:
            found += _entries(path, shop_id, product_id)
        except PermissionError:
            whole = False
            continue
        found = sorted(found, key=lambda entry: str(entry["at"]), reverse=True)[:MOST_ENTRIES]
    return JournalSearch(tuple(found), whole=whole, readable=directory.is_dir())


def title_of(journal: JournalSearch) -> str:
    """By the newest before-image, or empty."""
    befores = (entry.get("before") for entry in journal.entries)
    return next((str(before.get("title") or "") for before in befores if isinstance(before, dict)), "")


def _entries(path: Path, shop_id: str, product_id: str) -> deque[dict[str, Any]]:
    """The last ones of a file."""
    needle, found = product_id.encode(), deque[dict[str, Any]](maxlen=MOST_ENTRIES)
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                if needle in line:
                    entry = orjson.loads(line)
                    mine = entry.get("product_id") == product_id and entry.get("shop_id") == shop_id
                    if mine and entry.get("at"):
                        found.append(entry)
    except (EOFError, zlib.error, gzip.BadGzipFile, orjson.JSONDecodeError):
        # A worker that died, or writes this moment, leaves an unfinished group at the end; what is before it counts.
        return found
    return found
