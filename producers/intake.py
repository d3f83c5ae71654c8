"""Reads the intake stream: good jobs into their lanes, bad ones to `relist:intake:rejected`; nothing is lost.

An entry is acknowledged only after its jobs are in their lanes or its rejection is written; what a gateway left
unacknowledged when it died, the next one claims.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter
from redis.exceptions import RedisError, ResponseError

from producers.feed_entry import BadJob, parse_entry
from shop_queue.connect import AnyRedis
from shop_queue.keys import INTAKE, INTAKE_REJECTED
from shop_queue.lanes import Addition, Lanes
from shop_queue.shops import ShopRegistry

log = structlog.get_logger("relist.intake")

GROUP = "relist"
READ_COUNT = 100
BLOCK_MS = 1000
ABANDONED_MS = 30_000
RECONNECT_SECONDS = 0.5


class Intake:
    def __init__(self, redis: AnyRedis, consumer: str, registry: CollectorRegistry) -> None:
        self._redis, self._consumer = redis, consumer
        self._lanes, self._shops = Lanes(redis, "intake"), ShopRegistry(redis)
        self._jobs = Counter(
            "relist_intake_jobs", "Jobs fed over Redis, by what became of them", ["result"], registry=registry
        )

    async def run(self) -> None:
        """Until cancelled; outlives Redis."""
        while True:
            try:
                await self._ensure_group()
                while True:
                    await self.take_over()
                    await self.read()
            except (RedisError, OSError) as error:
                log.warning("redis_away", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _ensure_group(self) -> None:
        try:
            await self._redis.execute_command("XGROUP", "CREATE", INTAKE, GROUP, "0", "MKSTREAM")
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read(self, block_ms: int = BLOCK_MS) -> int:
        """One batch of new entries; how many."""
        reply = await self._redis.xreadgroup(GROUP, self._consumer, {INTAKE: ">"}, count=READ_COUNT, block=block_ms)
        entries = reply[0][1] if reply else []
        await self._accept(entries)
        return len(entries)

    async def take_over(self) -> None:
        """Entries that another gateway read and never acknowledged."""
        reply = await self._redis.xautoclaim(INTAKE, GROUP, self._consumer, ABANDONED_MS, count=READ_COUNT)
        await self._accept([entry for entry in reply[1] if entry[1]])

    async def _accept(self, entries: list[tuple[bytes, Mapping[bytes, bytes]]]) -> None:
        if not entries:
            return
        additions: list[Addition] = []
        for entry_id, fields in entries:
            try:
                parsed = parse_entry(fields)
            except BadJob as problem:
                await self._reject(entry_id, fields, str(problem))
                continue
            for each in parsed:
                if isinstance(each, BadJob):
                    await self._reject(entry_id, fields, str(each))
                elif not await self._shops.known(each.job.shop_id):
                    message = f"shop_id: shop {each.job.shop_id} is not known, add it with `relist shops add`"
                    await self._reject(entry_id, fields, message)
                else:
                    additions.append(each)
        if additions:
            done = await self._lanes.enqueue(additions)
            self._jobs.labels("added").inc(done.added)
            self._jobs.labels("merged").inc(done.merged)
        await self._redis.execute_command("XACK", INTAKE, GROUP, *(entry_id for entry_id, _ in entries))

    async def _reject(self, entry_id: bytes, fields: Mapping[bytes, bytes], error: str) -> None:
        self._jobs.labels("rejected").inc()
        log.warning("intake_rejected", entry_id=entry_id.decode(), error=error)
        raw: list[Any] = []
        for name, value in fields.items():
            raw += [name if name not in (b"entry_id", b"error") else b"raw_" + name, value]
        await self._redis.execute_command("XADD", INTAKE_REJECTED, "*", "entry_id", entry_id, "error", error, *raw)
