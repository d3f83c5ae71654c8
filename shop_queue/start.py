"""The checks of Redis that a worker or gateway makes before it works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from redis_client.connect import AnyRedis
from redis_client.server_checks import check_rights, check_server
from shop_queue.epoch import EpochWatch, begin_epoch, check_schema
from shop_queue.keys import READY
from shop_queue.required_commands import WORKER_COMMANDS, Command


async def check_user(redis: AnyRedis) -> None:
    """Raises UnsuitableRedis that names every command of a worker that this user may not run."""
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
