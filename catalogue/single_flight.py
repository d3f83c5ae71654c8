"""A single-flight cache of catalogue responses.

A response that many jobs and workers request at the same time is fetched once. The process and Redis keep it for a
short time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import OutOfMemoryError, RedisError

from catalogue import codec
from redis_client.connect import AnyRedis
from redis_client.shared_trips import SharedTrips
from tiktok_shop.errors import Transient
from tiktok_shop.shop_client import ShopClient

LIFE_SECONDS = 1800
MAX_KEPT = 2_000
"""Maximum number of entries in the process; the least recently used are dropped, since a market has tens of thousands
of leaves."""
FETCH_SECONDS = 2
"""Seconds for which other workers wait for the fetching worker before they fetch, since it may have died."""
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Flight:
    at: float
    cipher: str = field(repr=False)
    """The shop for which the request was made."""
    task: asyncio.Task[Any]

    @property
    def has_failed(self) -> bool:
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)


class SingleFlightCache:
    def __init__(self, redis: AnyRedis, life_seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._life, self._clock = redis, life_seconds, clock
        self._trips = SharedTrips(redis)
        self._flights: OrderedDict[str, _Flight] = OrderedDict()
        self._dropped: OrderedDict[str, float] = OrderedDict()
        """Name -> time at which `forget_older` last dropped something."""

    def ready(self, name: str) -> Any:
        """The result of `in_process` if this process has it, else None. Most products need only this."""
        flight = self._flights.get(name)
        if flight is None or not flight.task.done() or flight.has_failed or self._clock() - flight.at > self._life:
            return None
        self._flights.move_to_end(name)
        return flight.task.result()

    async def in_process(self, name: str, client: ShopClient, make: Callable[[], Awaitable[Any]]) -> Any:
        """Returns the result of `make`, which runs once for all jobs of this process.

        A result is shared. A refusal or a lost lease concerns only the requesting shop, so other shops ask again.
        """
        while True:
            flight = self._flights.get(name)
            if flight is None or self._clock() - flight.at > self._life or flight.has_failed:
                flight = _Flight(self._clock(), client.cipher, asyncio.ensure_future(_run(make)))
                # If every waiting job is cancelled, nobody else reads the exception.
                flight.task.add_done_callback(lambda task: task.cancelled() or task.exception())
                self._flights[name] = flight
                while len(self._flights) > MAX_KEPT:
                    self._flights.popitem(last=False)
            self._flights.move_to_end(name)
            if flight.task.done():
                # It has not failed, or it would have been replaced. Most calls end here, without a shield.
                return flight.task.result()
            try:
                # Shielded, so that a cancelled job does not cancel the request for other waiting jobs.
                return await asyncio.shield(flight.task)
            except (Transient, RedisError):
                raise
            except Exception:
                if flight.cipher == client.cipher:
                    raise

    async def across_workers(
        self, name: str, fetch: Callable[[], Awaitable[object]], life_seconds: int = 0, *, locks: bool = True
    ) -> bytes:
        """Returns the encoded result of `fetch`, which one worker runs for all; Redis keeps it.

        The lock is short and best effort: a second fetch does no harm. A fetch of one small page costs less than its
        lock, so use `locks=False` for it. `life_seconds` replaces the cache's default.
        """
        key = _key(name)
        if not locks:
            raw = await self._trips.execute("GET", key)
            return bytes(raw) if raw is not None else await self._fetched(key, fetch, life_seconds)
        deadline = self._clock() + FETCH_SECONDS
        while True:
            raw = await self._trips.execute("GET", key)
            if raw is not None:
                return bytes(raw)
            try:
                is_locked = await self._trips.execute("SET", key + ":fetching", 1, "NX", "EX", FETCH_SECONDS)
            except OutOfMemoryError:
                break  # Work must continue when Redis is full, so fetch without the lock.
            if is_locked or self._clock() > deadline:
                break
            await asyncio.sleep(POLL_SECONDS)
        try:
            return await self._fetched(key, fetch, life_seconds)
        finally:
            await self._trips.execute("DEL", key + ":fetching")

    async def _fetched(self, key: str, fetch: Callable[[], Awaitable[object]], life_seconds: int) -> bytes:
        raw = codec.dump(await fetch())
        with contextlib.suppress(OutOfMemoryError):  # This process still keeps a copy.
            await self._trips.execute("SET", key, raw, "EX", life_seconds or self._life)
        return raw

    def is_older(self, name: str, seconds: float) -> bool:
        """Whether this process holds an entry of that name requested more than `seconds` ago."""
        flight = self._flights.get(name)
        return flight is not None and self._clock() - flight.at > seconds

    async def forget_older(
        self, seconds: float, name: str, in_process: tuple[str, ...], across_workers: tuple[str, ...]
    ) -> None:
        """Drops entries unless this process dropped them under `name` less than `seconds` ago."""
        now = self._clock()
        dropped = self._dropped.get(name)
        if dropped is not None and now - dropped <= seconds:
            return
        self._dropped[name] = now
        self._dropped.move_to_end(name)
        while len(self._dropped) > MAX_KEPT:
            self._dropped.popitem(last=False)
        await self.forget(in_process, across_workers)

    async def forget(self, in_process: tuple[str, ...], across_workers: tuple[str, ...]) -> None:
        """Drops entries, because the platform reported a change."""
        for name in in_process:
            self._flights.pop(name, None)
        for name in across_workers:
            await self._redis.execute_command("DEL", _key(name))


def _key(name: str) -> str:
    return f"relist:catalogue:{name}"


async def _run(make: Callable[[], Awaitable[Any]]) -> Any:
    return await make()
