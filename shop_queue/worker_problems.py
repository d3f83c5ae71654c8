"""Problems of workers, and starts that were refused, so that every surface can name them and not only a worker's log.

Like the versions (shop_queue/worker_versions.py) they are fields of the hash `relist:heartbeat`, which the Redis user
of a worker may write in every release.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

import orjson

from redis_client.connect import AnyRedis
from redis_client.server_time import server_milliseconds
from shop_queue.keys import CANARY

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
    """One sentence that says what to do; at most MAX_TEXT characters."""
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
    field = PROBLEMS + worker_id.encode()
    if not problems:
        await redis.execute_command("HDEL", CANARY, field)
        return
    body = {"seen": await server_milliseconds(redis) / 1000, "problems": [asdict(each) for each in problems]}
    await redis.execute_command("HSET", CANARY, field, orjson.dumps(body))


async def note_refused_start(redis: AnyRedis, host: str, what: str) -> None:
    """Raises RedisError."""
    body = {"what": what[:MAX_TEXT], "at": await server_milliseconds(redis) / 1000}
    await redis.execute_command("HSET", CANARY, REFUSED + host.encode(), orjson.dumps(body))


async def forget_refused_start(redis: AnyRedis, host: str) -> None:
    """Raises RedisError."""
    await redis.execute_command("HDEL", CANARY, REFUSED + host.encode())


async def read_problems(redis: AnyRedis) -> tuple[dict[str, tuple[WorkerProblem, ...]], tuple[RefusedStart, ...]]:
    """Return the problems of each worker by its ID, and the refused starts of the last hour. Raises RedisError."""
    fields = await redis.hgetall(CANARY)  # type: ignore[misc]
    if not any(name.startswith((PROBLEMS, REFUSED)) for name in fields):
        return {}, ()
    now = await server_milliseconds(redis) / 1000
    problems, refused = {}, []
    for name, text in fields.items():
        try:
            if name.startswith(PROBLEMS) and (found := _problems(text, now)):
                problems[name.removeprefix(PROBLEMS).decode()] = found
            elif name.startswith(REFUSED):
                start = _refused(name.removeprefix(REFUSED).decode(), text)
                refused += [start] if now - start.at <= REFUSED_SECONDS else []
        except (ValueError, TypeError, KeyError):
            continue  # Another release wrote it; it must not hide the problems of the other workers.
    return problems, tuple(sorted(refused, key=lambda each: -each.at)[:MAX_REFUSED])


def _problems(text: bytes, now: float) -> tuple[WorkerProblem, ...]:
    """Return none if the worker has not renewed them. Raises ValueError, TypeError, KeyError."""
    body = orjson.loads(text)
    if now - float(body["seen"]) > FRESH_SECONDS:
        return ()
    return tuple(WorkerProblem(each["slug"], each["what"], float(each["since"])) for each in body["problems"])


def _refused(host: str, text: bytes) -> RefusedStart:
    """Raises ValueError, TypeError, KeyError."""
    body = orjson.loads(text)
    return RefusedStart(host, body["what"], float(body["at"]))


async def forget_problems(redis: AnyRedis, live: Collection[str]) -> None:
    """Remove problems of workers that are no longer alive, and old refused starts. Raises RedisError."""
    problems, refused = await read_problems(redis)
    kept = {PROBLEMS + each.encode() for each in set(problems) & set(live)}
    kept |= {REFUSED + each.host.encode() for each in refused}
    names = await redis.execute_command("HKEYS", CANARY)
    gone = sorted(each for each in names if each.startswith((PROBLEMS, REFUSED)) and each not in kept)
    if gone:
        await redis.execute_command("HDEL", CANARY, *gone)
