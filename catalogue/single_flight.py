"""Answers of the platform that many jobs need: each fetched once, however many jobs and workers ask at the same moment,
and kept for a short while in the process and in Redis."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from catalogue import codec
from redis_client.connect import AnyRedis
from tiktok_shop.errors import Transient
from tiktok_shop.shop_client import ShopClient

LIFE_SECONDS = 1800
MOST_KEPT = 2_000
"""Answers a process keeps, the ones it used last: a market has leaves in the ten thousands."""
FETCH_SECONDS = 2
"""How long others wait for the one that fetches before they fetch themselves: it may have died."""
WAIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Flight:
    at: float
    cipher: str = field(repr=False)
    """Of the shop it was asked for."""
    task: asyncio.Task[Any]

    @property
    def has_failed(self) -> bool:
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)


class SingleFlightCache:
    def __init__(self, redis: AnyRedis, life_seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._life, self._clock = redis, life_seconds, clock
        self._flights: OrderedDict[str, _Flight] = OrderedDict()

    async def in_process(self, name: str, client: ShopClient, make: Callable[[], Awaitable[Any]]) -> Any:
        """What `make` gives, made once for all jobs of this process. An answer is for all; a refusal, or the end of a
        lease, is the asking shop's own, and the others ask for themselves."""
        while True:
            flight = self._flights.get(name)
            if flight is None or self._clock() - flight.at > self._life or flight.has_failed:
                flight = _Flight(self._clock(), client.cipher, asyncio.ensure_future(_run(make)))
                self._flights[name] = flight
                while len(self._flights) > MOST_KEPT:
                    self._flights.popitem(last=False)
            self._flights.move_to_end(name)
            try:
                # A job that is cancelled must not take the answer from the others that wait for it.
                return await asyncio.shield(flight.task)
            except (Transient, RedisError):
                raise
            except Exception:
                if flight.cipher == client.cipher:
                    raise

    async def among_workers(self, name: str, fetch: Callable[[], Awaitable[object]], life_seconds: int = 0) -> bytes:
        """What `fetch` gives, packed; fetched by one worker for all, as far as a short lock goes: a second fetch does
        no harm. Kept for the life of all answers, or for one of its own."""
        key = _key(name)
        deadline = self._clock() + FETCH_SECONDS
        while True:
            raw = await self._redis.execute_command("GET", key)
            if raw is not None:
                return bytes(raw)
            mine = await self._redis.execute_command("SET", key + ":fetching", 1, "NX", "EX", FETCH_SECONDS)
            if mine or self._clock() > deadline:
                break
            await asyncio.sleep(WAIT_SECONDS)
        try:
            raw = codec.dump(await fetch())
            await self._redis.execute_command("SET", key, raw, "EX", life_seconds or self._life)
            return raw
        finally:
            await self._redis.execute_command("DEL", key + ":fetching")

    def is_older(self, name: str, seconds: float) -> bool:
        """Whether this process has an answer of that name that was asked for longer ago."""
        flight = self._flights.get(name)
        return flight is not None and self._clock() - flight.at > seconds

    async def forget(self, in_process: tuple[str, ...], among_workers: tuple[str, ...]) -> None:
        """The platform says that these have changed."""
        for name in in_process:
            self._flights.pop(name, None)
        for name in among_workers:
            await self._redis.execute_command("DEL", _key(name))


def _key(name: str) -> str:
    return f"relist:catalogue:{name}"


async def _run(make: Callable[[], Awaitable[Any]]) -> Any:
    return await make()
