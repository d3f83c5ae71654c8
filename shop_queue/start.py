"""Checks of Redis that a worker or gateway makes at start."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, takes_writes
from redis_client.server_checks import UnsuitableRedis, check_rights, check_server
from redis_client.write_obstacle import write_obstacle
from shop_queue.epoch import EpochWatch, begin_epoch, check_schema
from shop_queue.keys import READY
from shop_queue.required_commands import WORKER_COMMANDS, Command


async def check_user(redis: AnyRedis) -> None:
    """Raises UnsuitableRedis, which lists every worker command that this user may not run."""
    await check_rights(redis, WORKER_COMMANDS, READY)


async def check_redis(
    redis: AnyRedis, commands: Sequence[Command], products_recorded: Callable[[], Awaitable[int]] | None = None
) -> EpochWatch:
    """Returns the watch over the data's epoch.

    Raises UnsuitableRedis (version, eviction policy, rights, schema, emptied), or one of REDIS_UNAVAILABLE.
    """
    await check_server(redis, READY)
    await check_rights(redis, commands, READY)
    await check_schema(redis)
    return EpochWatch(redis, await begin_epoch(redis, products_recorded))


RIGHTS_SECONDS = 30.0


class RedisReadiness:
    """Repeats the checks made at start: rights can be revoked and data can be lost while a process runs."""

    def __init__(
        self,
        redis: AnyRedis,
        epoch: EpochWatch,
        commands: Sequence[Command],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis, self._epoch, self._commands, self._clock = redis, epoch, commands, clock
        self._refused, self._asked_at = "", clock()

    async def problem(self) -> str:
        """Returns the first problem; an empty string without one."""
        try:
            if not await takes_writes(self._redis):
                return await write_obstacle(self._redis) or "Redis is unavailable or refuses writes"
            if not await self._epoch.intact():
                return "Redis was emptied: restore it or run `relist record rebuild`, then restart"
            if self._refused or self._clock() - self._asked_at >= RIGHTS_SECONDS:
                self._refused = await self._rights()
                self._asked_at = self._clock()
        except REDIS_UNAVAILABLE as error:
            return f"Redis is unavailable ({type(error).__name__})"
        return self._refused

    async def _rights(self) -> str:
        try:
            await check_rights(self._redis, self._commands, READY)
        except UnsuitableRedis as missing:
            return str(missing)
        return ""
