"""On a Redis Cluster: brings the outcomes from each shop's outbox to `relist:outcomes`.

A shop's transaction can not reach the outcome stream there, which lives on another slot, so it appends to an outbox on
its own. The relay script notes beside the outcome stream how far each shop has come, in the same transaction that
appends: nothing is lost, nothing comes twice, and a shop's outcomes keep their order, however many workers relay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis, is_cluster
from redis_client.scripts import Call, load_script, run
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import OUTCOMES, RELAYED, lane_keys

log = structlog.get_logger("relist.relay")

PAGE = 500
GATHER_SECONDS = 0.02
RECONNECT_SECONDS = 0.5


class OutcomeRelay:
    """`note()` is free of I/O; `run()` relays what was noted. Off a cluster both do nothing."""

    def __init__(self, redis: AnyRedis, outcomes_maxlen: int) -> None:
        self._redis, self._maxlen = redis, outcomes_maxlen
        self._script = load_script("shop_queue", "relay")
        self._noted: set[str] = set()
        self._news = asyncio.Event()
        self._needed = is_cluster(redis)

    def note(self, shop_id: str) -> None:
        """This shop's outbox may hold something."""
        if self._needed:
            self._noted.add(shop_id)
            self._news.set()

    async def run(self) -> None:
        """Until cancelled; outlives Redis."""
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER_SECONDS)
            try:
                await self.flush()
            except REDIS_UNAVAILABLE:
                await asyncio.sleep(RECONNECT_SECONDS)

    async def flush(self) -> None:
        """Relays all that was noted. Raises redis.exceptions.RedisError, and then remembers what is left."""
        self._news.clear()
        away: Exception | None = None
        for shop_id in list(self._noted):
            self._noted.discard(shop_id)
            try:
                await self.relay([shop_id])
            except REDIS_UNAVAILABLE as error:
                if is_lane_corruption(error):
                    log.error("lane_corrupted", shop_id=shop_id, error=str(error))
                    continue
                # One server may be away alone: the other shops' outcomes need not wait for it.
                away = error
                self._noted.add(shop_id)
        if away is not None:
            self._news.set()
            raise away

    async def relay(self, shop_ids: Iterable[str]) -> int:
        """Empties these shops' outboxes; how many outcomes were new. Raises redis.exceptions.RedisError."""
        if not self._needed:
            return 0
        return sum([await self._relay_shop(shop_id) for shop_id in shop_ids])

    async def _relay_shop(self, shop_id: str) -> int:
        outbox = lane_keys(shop_id, own_outbox=True).outbox
        added = 0
        while True:
            entries = await self._redis.xrange(outbox, count=PAGE)
            if not entries:
                return added
            args: list[str | bytes | int] = [self._maxlen, shop_id]
            for entry_id, fields in entries:
                args += [entry_id, fields[b"outcome"]]
            added += int(await run(self._redis, Call(self._script, (OUTCOMES, RELAYED), args)))
            # The stream stays when it is empty: its last id must never be given again.
            await self._redis.execute_command("XTRIM", outbox, "MINID", _next_id(entries[-1][0]))
            if len(entries) < PAGE:
                return added


def _next_id(entry_id: bytes) -> str:
    ms, _, number = entry_id.decode().partition("-")
    return f"{ms}-{int(number) + 1}"
