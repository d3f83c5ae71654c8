"""The fleet's gauges, measured by one gateway at a time, at a bounded cost.

A lock with a short life says which gateway measures. A scrape never touches Redis: it gets the last measuring, and
nothing at all when that is old, so that a gauge which cannot be measured is missing and not wrong.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from redis.asyncio import Redis

from config.metrics.series import family
from monitoring.backlog_scan import scan_backlog
from monitoring.fleet_series import BacklogScan, ShopStats, census_families, fleet_families, named_shops
from monitoring.redis_health import redis_families
from producers.canary import send_canary
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.intake_stream import read_feed_stats
from shop_queue.lane_stats import read_fleet_stats, read_lane_stats
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher

log = structlog.get_logger("relist.fleet")

REPORTER = "relist:fleet:reporter"
"""Which gateway measures."""
EVERY_SECONDS = 15.0
CENSUS_SECONDS = 300.0
STALE_SECONDS = 60.0
REST = 9.0
_KEEP = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"
_LEAVE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


class FleetMetrics(Collector):
    def __init__(
        self,
        redis: AnyRedis,
        registry: CollectorRegistry,
        cipher: TokenCipher,
        requests: Transport,
        *,
        lease_seconds: float,
        most_shops: int,
        deadlines: Mapping[str, float],
        every_seconds: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis, self._cipher, self._requests = redis, cipher, requests
        self._lease_seconds, self._most_shops, self._deadlines = lease_seconds, most_shops, deadlines
        self._every, self._clock = every_seconds, clock
        self._me = secrets.token_hex(8)
        self._families: list[Metric] = []
        self._measured_at = float("-inf")
        self._redis_up: bool | None = None
        self._census: BacklogScan | None = None
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        if self._redis_up is not None:
            yield family("relist_redis_up", {(): float(self._redis_up)})
        if self._clock() - self._measured_at <= STALE_SECONDS:
            yield from self._families

    async def run(self) -> None:
        """Until cancelled; outlives Redis."""
        counting = asyncio.create_task(self._count())
        try:
            while True:
                began = self._clock()
                try:
                    await self.measure()
                except REDIS_UNAVAILABLE as error:
                    self._redis_up = False
                    log.warning("fleet_stats_failed", error=type(error).__name__)
                except Exception:
                    # Webhooks and intake must go on; the gauges run out and an alert says so.
                    log.exception("fleet_stats_failed")
                await asyncio.sleep(max(self._every, (self._clock() - began) * REST))
        finally:
            counting.cancel()
            await asyncio.gather(counting, return_exceptions=True)
            await self._leave()

    async def measure(self) -> bool:
        """One measuring; False when it is another gateway's turn. Raises RedisError."""
        if not await self._is_mine():
            self._families, self._redis_up = [], None
            return False
        began = self._clock()
        shops = await ShopRegistry(self._redis).all()
        lanes = await read_lane_stats(self._redis, [shop.shop_id for shop in shops])
        measured = [ShopStats(shop, lane) for shop, lane in zip(shops, lanes, strict=True)]
        fleet = await read_fleet_stats(self._redis, self._lease_seconds)
        families = list(fleet_families(fleet, measured, self._most_shops, self._deadlines))
        if self._census is not None:
            families += census_families(self._census, named_shops(measured, self._most_shops))
        families += await self._intake()
        families += await self._demand()
        lag = await send_canary(self._redis)
        families.append(family("relist_canary_latency_seconds", {} if lag is None else {(): lag}))
        if isinstance(self._redis, Redis):
            families += redis_families(await self._redis.info())
        families.append(family("relist_fleet_collected_timestamp_seconds", {(): time.time()}))
        families.append(family("relist_fleet_collection_duration_seconds", {(): self._clock() - began}))
        self._families, self._measured_at, self._redis_up = families, self._clock(), True
        return True

    async def count(self) -> None:
        """One census, if it is this gateway's turn. Raises RedisError."""
        if await self._is_mine():
            shops = await ShopRegistry(self._redis).all()
            self._census = await scan_backlog(self._redis, shops, self._cipher, self._requests)

    async def _count(self) -> None:
        while True:
            try:
                await self.count()
            except REDIS_UNAVAILABLE as error:
                log.warning("backlog_scan_failed", error=type(error).__name__)
            except Exception:
                log.exception("backlog_scan_failed")
            await asyncio.sleep(CENSUS_SECONDS if self._census is not None else self._every)

    async def _is_mine(self) -> bool:
        life = int(3000 * self._every)
        if await self._redis.execute_command("SET", REPORTER, self._me, "NX", "PX", life):
            return True
        return bool(await self._redis.execute_command("EVAL", _KEEP, 1, REPORTER, self._me, life))

    async def _leave(self) -> None:
        try:
            await self._redis.execute_command("EVAL", _LEAVE, 1, REPORTER, self._me)
        except REDIS_UNAVAILABLE as error:
            log.warning("leader_release_failed", error=type(error).__name__)

    async def _demand(self) -> list[Metric]:
        counted = await LaneReader(self._redis).enqueued()
        asked = {(kind, producer): float(number) for (producer, kind), number in counted.items()}
        return [family("relist_jobs_enqueued_total", asked)]

    async def _intake(self) -> list[Metric]:
        feed = await read_feed_stats(self._redis)
        return [
            family("relist_intake_lag", {(): feed.lag}),
            family("relist_intake_pending", {(): feed.pending}),
            family("relist_intake_rejected", {(): feed.rejected}),
        ]
