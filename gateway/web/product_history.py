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
from model.job import Job
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.keys import lane_keys

MAX_ENTRIES = 20
MAX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class QueuedJob:
    status: str
    """running, waiting or delayed."""
    job: Job


@dataclass(frozen=True, slots=True)
class JournalSearch:
    """The product's last entries in this machine's journal, newest first: edits and their results."""

    entries: tuple[dict[str, Any], ...]
    complete: bool
    """Whether all files were searched."""
    readable: bool


async def read_lane(redis: AnyRedis, shop_id: str, product_id: str) -> tuple[BlockedProduct | None, list[QueuedJob]]:
    """Return what blocks the product and its jobs, if any. Raises RedisError."""
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
    jobs = []
    for index, job_id in enumerate(ids):
        payload, running, delayed = replies[index * 3 : index * 3 + 3]
        if payload is not None:
            status = "running" if running is not None else "delayed" if delayed is not None else "waiting"
            jobs.append(QueuedJob(status, Job.load(shop_id, job_id, payload)))
    return BlockedProduct.load(shop_id, product_id, blocked) if blocked is not None else None, jobs


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
