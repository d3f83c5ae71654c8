"""Questions that someone has put aside, so that other people see the remaining ones."""

from __future__ import annotations

import time
from dataclasses import dataclass

import orjson

from redis_client.connect import AnyRedis

KEY = "relist:web:skipped"
SKIPPED_SECONDS = 7 * 24 * 3600
MAX_SKIPPED = 10_000


class TooManySkipped(Exception):
    """No more questions can be put aside."""


@dataclass(frozen=True, slots=True)
class Skipped:
    by: str
    until: float
    """Unix seconds, after which the question is shown again."""


async def skip(redis: AnyRedis, question: str, by: str) -> None:
    """Put a question aside for a week. Raises TooManySkipped, RedisError."""
    if int(await redis.execute_command("HLEN", KEY)) >= MAX_SKIPPED:
        raise TooManySkipped
    body = orjson.dumps({"by": by, "until": time.time() + SKIPPED_SECONDS})
    await redis.execute_command("HSET", KEY, question, body)
    await redis.execute_command("EXPIRE", KEY, SKIPPED_SECONDS)


async def unskip(redis: AnyRedis, question: str) -> None:
    """Raises RedisError."""
    await redis.execute_command("HDEL", KEY, question)


async def read_skipped(redis: AnyRedis) -> dict[str, Skipped]:
    """Question -> who put it aside, without those whose week is over. Raises RedisError."""
    stored = await redis.hgetall(KEY)  # type: ignore[misc]
    found = {key.decode(): Skipped(**orjson.loads(body)) for key, body in stored.items()}
    now = time.time()
    if outdated := [key for key, each in found.items() if each.until <= now]:
        await redis.execute_command("HDEL", KEY, *outdated)
    return {key: each for key, each in found.items() if each.until > now}
