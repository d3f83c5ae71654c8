"""The fleet's gauges, collected by one gateway at a time at a bounded cost.

A lock with a short TTL elects the gateway that collects. A scrape never touches Redis: it returns the last collection,
or nothing if that is old, so a gauge that cannot be collected is missing instead of wrong.
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
from monitoring.backlog_scan import REST_FACTOR, BacklogScan, scan_backlog
from monitoring.fleet import read_fleet
from monitoring.fleet_series import backlog_families, fleet_families, named_shops, parked_families, parked_reasons
from monitoring.gateway_alive import LEADER
from monitoring.parked_since import parked_since
from monitoring.redis_health import redis_families
from monitoring.rollout_series import rollout_families
from monitoring.shop_inspection import problem_families
from producers.canary import send_canary
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from rollout.codec import CorruptRecord
from rollout.operations import RolloutOperations
from shop_queue.intake_stream import read_feed_stats
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher

log = structlog.get_logger("relist.fleet")

INTERVAL_SECONDS = 15.0
SCAN_INTERVAL_SECONDS = 300.0
STALE_SECONDS = 60.0
WRITE_PROBE = "relist:fleet:written"
_RENEW = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"
_RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


class FleetMetrics(Collector):
    def __init__(
        self,
        redis: AnyRedis,
        registry: CollectorRegistry,
        cipher: TokenCipher,
        requests: Transport,
        *,
        lease_seconds: float,
        max_shops: int,
        deadlines: Mapping[str, float],
        interval_seconds: float = INTERVAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`deadlines`: region -> when v1 ends there, in Unix seconds. `clock` returns monotonic seconds."""
        self._redis, self._cipher, self._requests = redis, cipher, requests
        self._lease_seconds, self._max_shops, self._deadlines = lease_seconds, max_shops, deadlines
        self._interval, self._clock = interval_seconds, clock
        self._id = secrets.token_hex(8)
        self._families: list[Metric] = []
        self._refreshed_at = float("-inf")
        self._redis_up: bool | None = None
        self._scan: BacklogScan | None = None
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        if self._redis_up is not None:
            yield family("relist_redis_up", {(): float(self._redis_up)})
        if self._clock() - self._refreshed_at <= STALE_SECONDS:
            yield from self._families

    async def run(self) -> None:
        """Collect until cancelled. Continues when Redis is unavailable."""
        scanning = asyncio.create_task(self._run_scans())
        try:
            while True:
                began = self._clock()
                try:
                    await self.refresh()
                except REDIS_UNAVAILABLE as error:
                    self._redis_up = False
                    log.warning("fleet_stats_failed", error=type(error).__name__)
                except Exception:
                    # Webhooks and intake must continue. The gauges expire, which fires an alert.
                    log.exception("fleet_stats_failed")
                await asyncio.sleep(max(self._interval, (self._clock() - began) * REST_FACTOR))
        finally:
            scanning.cancel()
            await asyncio.gather(scanning, return_exceptions=True)
            await self._release_leadership()

    async def refresh(self) -> bool:
        """Collect once. Returns False if another gateway is the leader. Raises RedisError."""
        if not await self._is_leader():
            self._families, self._redis_up = [], None
            return False
        # A server that is full refuses this write, so that `relist_redis_up` becomes 0.
        await self._redis.execute_command("SET", WRITE_PROBE, 1, "PX", int(3000 * self._interval))
        began = self._clock()
        fleet = await read_fleet(self._redis, self._lease_seconds)
        families = list(fleet_families(fleet, self._max_shops, self._deadlines))
        parked = await parked_since(self._redis, parked_reasons(fleet.shops), time.time())
        families += parked_families(fleet.shops, parked, named_shops(fleet.shops, self._max_shops))
        if self._scan is not None:
            families += backlog_families(self._scan, named_shops(fleet.shops, self._max_shops))
        families += await problem_families(self._redis)
        families += await self._intake()
        families += await self._enqueued()
        families += await self._rollout()
        lag = await send_canary(self._redis)
        families.append(family("relist_canary_latency_seconds", {} if lag is None else {(): lag}))
        if isinstance(self._redis, Redis):
            families += redis_families(await self._redis.info())
        families.append(family("relist_fleet_collected_timestamp_seconds", {(): time.time()}))
        families.append(family("relist_fleet_collection_duration_seconds", {(): self._clock() - began}))
        self._families, self._refreshed_at, self._redis_up = families, self._clock(), True
        return True

    async def scan(self) -> None:
        """Scan the backlog once if this gateway is the leader. Raises RedisError."""
        if await self._is_leader():
            shops = await ShopRegistry(self._redis).all()
            self._scan = await scan_backlog(self._redis, shops, self._cipher, self._requests)

    async def _run_scans(self) -> None:
        while True:
            try:
                await self.scan()
            except REDIS_UNAVAILABLE as error:
                log.warning("backlog_scan_failed", error=type(error).__name__)
            except Exception:
                log.exception("backlog_scan_failed")
            await asyncio.sleep(SCAN_INTERVAL_SECONDS if self._scan is not None else self._interval)

    async def _is_leader(self) -> bool:
        """Renew or acquire the lock for three intervals. A full Redis refuses to set a key, but extends its life."""
        ttl_ms = int(3000 * self._interval)
        if await self._redis.execute_command("EVAL", _RENEW, 1, LEADER, self._id, ttl_ms):
            return True
        return bool(await self._redis.execute_command("SET", LEADER, self._id, "NX", "PX", ttl_ms))

    async def _release_leadership(self) -> None:
        try:
            await self._redis.execute_command("EVAL", _RELEASE, 1, LEADER, self._id)
        except REDIS_UNAVAILABLE as error:
            log.warning("leader_release_failed", error=type(error).__name__)

    async def _enqueued(self) -> list[Metric]:
        totals = await LaneReader(self._redis).enqueued()
        jobs = {(kind, producer): float(number) for (producer, kind), number in totals.items()}
        return [family("relist_jobs_enqueued_total", jobs)]

    async def _rollout(self) -> list[Metric]:
        try:
            return list(rollout_families(await RolloutOperations(self._redis).causes()))
        except CorruptRecord as error:
            log.error("rollout_unavailable", error=str(error))
            return []

    async def _intake(self) -> list[Metric]:
        feed = await read_feed_stats(self._redis)
        return [
            family("relist_intake_lag", {(): feed.lag}),
            family("relist_intake_pending", {(): feed.pending}),
            family("relist_intake_rejected", {(): feed.rejected}),
        ]
