"""Stores which workers get no response from the platform, since when and why, so that every surface can report it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

import orjson

from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.heartbeat_fields import drop_fields, keep_fields, put_field, read_fields

PREFIX = b"outage:"
FRESH_SECONDS = 180.0
"""A worker renews its entry with every probe that fails, at least every 70 seconds. Without a shop it cannot probe."""
MAX_TEXT = 300


@dataclass(frozen=True, slots=True)
class WorkerOutage:
    cause: str
    """Slug of authorisation/causes.py."""
    what: str
    """Description, at most MAX_TEXT characters."""
    fix: str
    since: float
    """Unix seconds of the Redis server."""
    seen: float
    """When the last probe failed, in Unix seconds of the Redis server."""


async def note_outage(redis: AnyRedis, worker_id: str, cause: str, what: str, fix: str, since: float | None) -> float:
    """Write or renew the entry of a worker. `since` is None if the outage has just begun. Returns `since`.

    Raises RedisError.
    """
    now = await server_milliseconds(redis) / 1000
    outage = WorkerOutage(cause, what[:MAX_TEXT], fix[:MAX_TEXT], now if since is None else since, now)
    await put_field(redis, PREFIX, worker_id, orjson.dumps(asdict(outage)))
    return outage.since


async def forget_outage(redis: AnyRedis, *worker_ids: str) -> None:
    """Remove the entries of workers that get responses again. Raises RedisError."""
    await drop_fields(redis, PREFIX, *worker_ids)


async def forget_outages(redis: AnyRedis, live: Collection[str]) -> None:
    """Remove the entries of workers that are no longer alive. Raises RedisError."""
    await keep_fields(redis, PREFIX, live)


async def read_outages(redis: AnyRedis) -> dict[str, WorkerOutage]:
    """Return the fresh entries by the worker's ID. Raises RedisError."""
    stored = await read_fields(redis, PREFIX)
    if not stored:
        return {}
    now = await server_milliseconds(redis) / 1000
    found = {worker: _outage(text) for worker, text in stored.items()}
    return {worker: each for worker, each in found.items() if each is not None and now - each.seen <= FRESH_SECONDS}


def _outage(text: bytes) -> WorkerOutage | None:
    """Return None for an unreadable entry, so that the other workers' entries are still shown."""
    try:
        body = orjson.loads(text)
        return WorkerOutage(body["cause"], body["what"], body["fix"], float(body["since"]), float(body["seen"]))
    except (ValueError, TypeError, KeyError):
        return None
