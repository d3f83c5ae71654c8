"""Free memory of the servers, so that producers stop before Redis is full and finishing work still has room."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from redis_client.connect import AnyRedis

RESERVED_SHARE = 0.05
MAX_RESERVED_BYTES = 256 * 1024 * 1024
CHECK_SECONDS = 1.0
CHECK_BYTES = 1024 * 1024
"""Bytes that may be added between two checks: less than the reserve of any usable server."""


class NoMemoryLeft(RedisError):
    """Redis is nearly full: nothing may be added until work is finished or the limit is raised."""


class MemoryReserve:
    """Reserves the last part of `maxmemory` for work that frees memory.

    Asks the servers at most once per second, and before every CHECK_BYTES that are added.
    """

    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._checked_at = float("-inf")
        self._added = 0
        self._problem: str | None = None

    async def require(self, adding: int = 0) -> None:
        """Raises NoMemoryLeft if a server has less than its reserve left, or one of REDIS_UNAVAILABLE.

        `adding` is the number of bytes that the caller is about to add.
        """
        self._added += adding
        if self._added > CHECK_BYTES or self._clock() - self._checked_at >= CHECK_SECONDS:
            self._added = adding
            self._problem = next((text for each in await _infos(self._redis) if (text := shortage(each))), None)
            self._checked_at = self._clock()
        if self._problem is not None:
            raise NoMemoryLeft(self._problem)


async def has_room(redis: AnyRedis) -> bool:
    """Whether producers may add jobs. Raises one of REDIS_UNAVAILABLE."""
    return not any(map(shortage, await _infos(redis)))


async def _infos(redis: AnyRedis) -> list[dict[str, Any]]:
    if isinstance(redis, Redis):
        return [await redis.info("memory")]
    replies = await redis.execute_command("INFO", "memory", target_nodes=type(redis).PRIMARIES)
    # A cluster of one primary replies without its name.
    return [replies] if "used_memory" in replies else list(replies.values())


def shortage(info: dict[str, Any]) -> str | None:
    """An error message if less than the reserve is left. Pure. `info`: section `memory` of INFO."""
    limit = int(info.get("maxmemory") or 0)
    if not limit:
        return None
    used = int(info["used_memory"]) - int(info.get("mem_not_counted_for_evict") or 0)
    reserved = min(int(limit * RESERVED_SHARE), MAX_RESERVED_BYTES)
    if used + reserved <= limit:
        return None
    return (
        f"Redis uses {used:,} of {limit:,} bytes; the last {reserved:,} are reserved for finishing work."
        " Nothing can be enqueued until jobs have finished or maxmemory is raised"
    )
