"""Detects an emptied Redis before a command adds shops: with shops, it would look like the data of an old release."""

from __future__ import annotations

import click

from config.settings import Settings
from console.record_access import record_of
from record.errors import RecordUnavailable
from record.known_products import products_known
from redis_client.connect import AnyRedis
from shop_queue.epoch import EmptiedRedis, find_emptied


async def emptied(settings: Settings, redis: AnyRedis) -> EmptiedRedis | None:
    """Return the evidence that Redis was emptied, or None. Raises RedisError, and ClickException for an unusable
    record.
    """

    async def recorded() -> int:
        async with record_of(settings) as record:
            try:
                await record.upgrade()
            except RecordUnavailable:
                return 0
            return await products_known(record)

    return await find_emptied(redis, recorded)


async def refuse_emptied(settings: Settings, redis: AnyRedis) -> None:
    """Raises ClickException if Redis was emptied."""
    if (found := await emptied(settings, redis)) is not None:
        raise click.ClickException(str(found))
