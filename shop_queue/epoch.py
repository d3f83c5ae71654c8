"""The epoch and the schema number of the data in Redis.

The epoch is a random token, written at the first start of the service. If a process finds its epoch missing or
replaced, Redis was emptied, evicted the key, or is another server: shops, tokens and accepted edits may be missing, and
continuing would repeat edits. Then the process is not ready, leases no shops and reads no intake.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable

import structlog

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from redis_client.primary_watch import PrimaryWatch
from redis_client.server_checks import UnsuitableRedis
from shop_queue.keys import EPOCH, SCHEMA, SHOPS

log = structlog.get_logger("relist.redis")

CHECK_SECONDS = 1.0
SCHEMA_NUMBER = 1
"""Increment it with any change of the stored data that releases with the present number would misread."""


class UnreadableSchema(UnsuitableRedis):
    """The data in Redis was written by a release that this one is not compatible with."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"the data in Redis has schema {found}, this release reads schema {SCHEMA_NUMBER}:"
            " install a release that reads it, or use another Redis database"
        )


class EmptiedRedis(UnsuitableRedis):
    """Redis has no epoch although it should hold the service's data."""

    def __init__(self, evidence: str) -> None:
        super().__init__(
            f"Redis was emptied: `{EPOCH}` is missing, but {evidence}."
            " Restore a backup of Redis, or run `relist record rebuild`, before the service may work again"
        )


async def check_schema(redis: AnyRedis) -> None:
    """Writes the schema number at the first start. Raises UnreadableSchema, or one of REDIS_UNAVAILABLE."""
    await redis.execute_command("SET", SCHEMA, SCHEMA_NUMBER, "NX")
    found = await redis.execute_command("GET", SCHEMA)
    if found != b"%d" % SCHEMA_NUMBER:
        raise UnreadableSchema(found.decode(errors="replace")[:20] if found is not None else "none")


async def begin_epoch(redis: AnyRedis, products_recorded: Callable[[], Awaitable[int]] | None = None) -> str:
    """Returns the epoch; writes it at the first start.

    `products_recorded` counts the products in the record; it is called only if there is no epoch. Raises EmptiedRedis
    if there is neither an epoch nor a shop, but the record knows products. Data of a release without epochs is adopted.
    """
    stored = await redis.execute_command("GET", EPOCH)
    if stored is None:
        if products_recorded is not None and (emptied := await find_emptied(redis, products_recorded)) is not None:
            raise emptied
        await write_epoch(redis)
        stored = await redis.execute_command("GET", EPOCH)
    return str((stored or b"").decode())


async def find_emptied(redis: AnyRedis, products_recorded: Callable[[], Awaitable[int]]) -> EmptiedRedis | None:
    """Returns the evidence that Redis was emptied, or None. Raises one of REDIS_UNAVAILABLE."""
    if await has_epoch(redis) or int(await redis.execute_command("HLEN", SHOPS)):
        return None
    products = await products_recorded()
    return EmptiedRedis(f"the record contains {products:,} products and Redis has no shop") if products else None


async def has_epoch(redis: AnyRedis) -> bool:
    """Whether Redis holds the service's data, as far as the epoch shows."""
    return bool(await redis.execute_command("EXISTS", EPOCH))


async def write_epoch(redis: AnyRedis) -> None:
    """Declares the data in Redis complete; keeps an existing epoch. Call it after a rebuild."""
    await redis.execute_command("SET", EPOCH, secrets.token_hex(8), "NX")


class EpochWatch:
    """Compares the epoch in Redis with the one the process started with, at most once per second.

    While two primaries are alive, the data counts as not intact until all connections lead to one.
    """

    def __init__(self, redis: AnyRedis, epoch: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._epoch, self._clock = redis, epoch.encode(), clock
        self._primaries = PrimaryWatch(redis, clock)
        self._checked_at = float("-inf")
        self._intact = True

    async def intact(self) -> bool:
        """Raises one of REDIS_UNAVAILABLE."""
        if self._clock() - self._checked_at >= CHECK_SECONDS:
            intact = bool(await self._redis.execute_command("GET", EPOCH) == self._epoch)
            if self._intact and not intact:
                log.error("redis_emptied", fix="restore Redis or run `relist record rebuild`, then restart")
            self._intact, self._checked_at = intact, self._clock()
        return await self._primaries.has_one_primary() and self._intact

    async def ready(self) -> bool:
        """Like `intact`, but False while Redis is unavailable."""
        try:
            return await self.intact()
        except REDIS_UNAVAILABLE:
            return False
