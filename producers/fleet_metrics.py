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

from config.metric_series import family
from producers.fleet_census import take_census
from producers.fleet_snapshot import Census, MeasuredShop, census_families, fleet_families, named_shops
from producers.heartbeat import beat
from producers.redis_health import redis_families
from shop_queue.connect import REDIS_AWAY, AnyRedis
from shop_queue.keys import ENQUEUED, INTAKE, INTAKE_REJECTED
from shop_queue.measure import measure_fleet, measure_lanes
from shop_queue.shops import ShopRegistry
from tiktok_shop.token_cipher import TokenCipher
from tiktok_shop.transport import Transport

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
        self._census: Census | None = None
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
                except REDIS_AWAY as error:
                    self._redis_up = False
                    log.warning("fleet_not_measured", error=type(error).__name__)
                except Exception:
                    # Webhooks and intake must go on; the gauges run out and an alert says so.
                    log.exception("fleet_not_measured")
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
        lanes = await measure_lanes(self._redis, [shop.shop_id for shop in shops])
        measured = [MeasuredShop(shop, lane) for shop, lane in zip(shops, lanes, strict=True)]
        fleet = await measure_fleet(self._redis, self._lease_seconds)
        families = list(fleet_families(fleet, measured, self._most_shops, self._deadlines))
        if self._census is not None:
            families += census_families(self._census, named_shops(measured, self._most_shops))
        families += await self._intake()
        families += await self._demand()
        lag = await beat(self._redis)
        families.append(family("relist_heartbeat_lag_seconds", {} if lag is None else {(): lag}))
        if isinstance(self._redis, Redis):
            families += redis_families(await self._redis.info())
        families.append(family("relist_fleet_collected_timestamp_seconds", {(): time.time()}))
        families.append(family("relist_fleet_collect_seconds", {(): self._clock() - began}))
        self._families, self._measured_at, self._redis_up = families, self._clock(), True
        return True

    async def count(self) -> None:
        """One census, if it is this gateway's turn. Raises RedisError."""
        if await self._is_mine():
            shops = await ShopRegistry(self._redis).all()
            self._census = await take_census(self._redis, shops, self._cipher, self._requests)

    async def _count(self) -> None:
        while True:
            try:
                await self.count()
            except REDIS_AWAY as error:
                log.warning("census_not_taken", error=type(error).__name__)
            except Exception:
                log.exception("census_not_taken")
            await asyncio.sleep(CENSUS_SECONDS if self._census is not None else self._every)

    async def _is_mine(self) -> bool:
        life = int(3000 * self._every)
        if await self._redis.execute_command("SET", REPORTER, self._me, "NX", "PX", life):
            return True
        return bool(await self._redis.execute_command("EVAL", _KEEP, 1, REPORTER, self._me, life))

    async def _leave(self) -> None:
        try:
            await self._redis.execute_command("EVAL", _LEAVE, 1, REPORTER, self._me)
        except REDIS_AWAY as error:
            log.warning("reporter_not_released", error=type(error).__name__)

    async def _demand(self) -> list[Metric]:
        counted: Mapping[bytes, bytes] = await self._redis.hgetall(ENQUEUED)  # type: ignore[misc]
        asked = {}
        for name, number in counted.items():
            producer, _, kind = name.decode().partition("|")
            asked[kind, producer] = float(number)
        return [family("relist_jobs_enqueued_total", asked)]

    async def _intake(self) -> list[Metric]:
        lag = pending = 0
        if await self._redis.exists(INTAKE):
            for group in await self._redis.xinfo_groups(INTAKE):
                lag, pending = int(group.get("lag") or 0), int(group["pending"])
        rejected = int(await self._redis.execute_command("XLEN", INTAKE_REJECTED))
        return [
            family("relist_intake_lag", {(): lag}),
            family("relist_intake_pending", {(): pending}),
            family("relist_intake_rejected", {(): rejected}),
        ]
