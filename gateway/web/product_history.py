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
from model.job import Job
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import lane_keys

MOST_ENTRIES = 20
MOST_BYTES = 64 * 1024 * 1024
MOST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LaneEntry:
    place: str
    """running, waiting or delayed."""
    job: Job


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """The product's last entries in the journal of this machine, newest first: edits, and what was answered."""

    entries: tuple[dict[str, Any], ...]
    whole: bool
    """Whether all files were read; if not, there may be another entry."""
    readable: bool


async def read_lane(redis: AnyRedis, shop_id: str, product_id: str) -> tuple[BlockedProduct | None, list[LaneEntry]]:
    keys = lane_keys(shop_id)
    ids = (product_id, f"audit:{product_id}", f"undo:{product_id}")
    commands: list[tuple[str, ...]] = [("HGET", keys.blocked, product_id)]
    for job_id in ids:
        commands += [
            ("HGET", keys.jobs, job_id),
            ("ZSCORE", keys.inflight, job_id),
            ("ZSCORE", keys.delayed, job_id),
        ]
    blocked, *replies = await in_pipelines(redis, commands)
    entries = []
    for place, job_id in enumerate(ids):
        payload, running, delayed = replies[place * 3 : place * 3 + 3]
        if payload is not None:
            where = "running" if running is not None else "delayed" if delayed is not None else "waiting"
            entries.append(LaneEntry(where, Job.load(shop_id, job_id, payload)))
    return BlockedProduct.load(shop_id, product_id, blocked) if blocked is not None else None, entries


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
