"""Stores workers' problems and refused starts, so that every surface, and not only a worker's log, can report them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

import orjson

from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.heartbeat_fields import drop_fields, keep_fields, put_field, read_fields

PROBLEMS, REFUSED = b"problems:", b"refused:"
FRESH_SECONDS = 180.0
"""A worker renews its problems every minute."""
REFUSED_SECONDS = 3600.0
MAX_TEXT = 400
MAX_REFUSED = 20


@dataclass(frozen=True, slots=True)
class WorkerProblem:
    slug: str
    """Stable name of the cause, the same in metrics: mapping_file, record, clock and so on."""
    what: str
    """One sentence that states the remedy; at most MAX_TEXT characters."""
    since: float
    """Unix seconds of the Redis server."""


@dataclass(frozen=True, slots=True)
class RefusedStart:
    """A worker that did not start, and why. A later start on the same machine removes it."""

    host: str
    what: str
    at: float
    """Unix seconds of the Redis server."""


async def note_problems(redis: AnyRedis, worker_id: str, problems: Sequence[WorkerProblem]) -> None:
    """Write all problems that the worker has now. Raises RedisError."""
    if not problems:
        await drop_fields(redis, PROBLEMS, worker_id)
        return
    body = {"seen": await server_milliseconds(redis) / 1000, "problems": [asdict(each) for each in problems]}
    await put_field(redis, PROBLEMS, worker_id, orjson.dumps(body))


async def note_refused_start(redis: AnyRedis, host: str, what: str) -> None:
    """Raises RedisError."""
    body = {"what": what[:MAX_TEXT], "at": await server_milliseconds(redis) / 1000}
    await put_field(redis, REFUSED, host, orjson.dumps(body))


async def forget_refused_start(redis: AnyRedis, host: str) -> None:
    """Raises RedisError."""
    await drop_fields(redis, REFUSED, host)


async def read_problems(redis: AnyRedis) -> tuple[dict[str, tuple[WorkerProblem, ...]], tuple[RefusedStart, ...]]:
    """Return the problems of each worker by its ID, and the refused starts of the last hour. Raises RedisError."""
    by_worker, by_host = await read_fields(redis, PROBLEMS), await read_fields(redis, REFUSED)
    if not by_worker and not by_host:
        return {}, ()
    now = await server_milliseconds(redis) / 1000
    problems = {worker: _problems(text, now) for worker, text in by_worker.items()}
    starts = [start for host, text in by_host.items() if (start := _refused(host, text))]
    fresh = sorted((each for each in starts if now - each.at <= REFUSED_SECONDS), key=lambda each: -each.at)
    return {worker: found for worker, found in problems.items() if found}, tuple(fresh[:MAX_REFUSED])


def _problems(text: bytes, now: float) -> tuple[WorkerProblem, ...]:
    """Return no problems if the worker has not renewed them, or if this release cannot read them."""
    try:
        body = orjson.loads(text)
        if now - float(body["seen"]) > FRESH_SECONDS:
            return ()
        return tuple(WorkerProblem(each["slug"], each["what"], float(each["since"])) for each in body["problems"])
    except (ValueError, TypeError, KeyError):
        return ()


def _refused(host: str, text: bytes) -> RefusedStart | None:
    """Return None if this release cannot read the entry."""
    try:
        body = orjson.loads(text)
        return RefusedStart(host, body["what"], float(body["at"]))
    except (ValueError, TypeError, KeyError):
        return None


async def forget_problems(redis: AnyRedis, live: Collection[str]) -> None:
    """Remove problems of workers that are no longer alive, and old refused starts. Raises RedisError."""
    problems, refused = await read_problems(redis)
    await keep_fields(redis, PROBLEMS, set(problems) & set(live))
    await keep_fields(redis, REFUSED, {each.host for each in refused})
