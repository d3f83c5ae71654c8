"""Progress of the newest runs, for the overview dashboard.

Counting a run reads all of its products, so one gateway counts the runs one by one, with pauses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from config.metrics.series import family
from model.product_state import FOR_MACHINES, FOR_PEOPLE, ON_V2, ProductStateName
from record.errors import RecordUnavailable
from record.record import Record
from record.state import Run
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis

log = structlog.get_logger("relist.fleet")

MAX_RUNS = 20
LONGEST_NAME = 100
INTERVAL_SECONDS = 60.0
REST_FACTOR = 20.0
"""Pause after each count, as a multiple of its duration."""
LOCK = "relist:fleet:runs"
LOCK_MILLISECONDS = 600_000
STALE_SECONDS = 900.0
PARTS: Mapping[str, tuple[ProductStateName, ...]] = {
    "for_machines": FOR_MACHINES,
    "for_people": FOR_PEOPLE,
    "on_v2": ON_V2,
    "gone": ("gone",),
}
_RENEW = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"
_RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


@dataclass(frozen=True, slots=True)
class RunProgress:
    run: Run
    products: Mapping[ProductStateName, int]


class RunMetrics(Collector):
    def __init__(self, record: Record, redis: AnyRedis, registry: CollectorRegistry, gateway: str) -> None:
        """`gateway`: the ID of this process, which holds the lock."""
        self._record, self._redis, self._id = record, redis, gateway
        self._progress: Sequence[RunProgress] = ()
        self._counted_at = float("-inf")
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        fresh = time.monotonic() - self._counted_at <= STALE_SECONDS
        yield from run_families(self._progress if fresh else ())

    async def run(self) -> None:
        """Count until cancelled. Tries again later if the record or Redis does not respond."""
        try:
            while True:
                try:
                    await self.refresh()
                except (RecordUnavailable, *REDIS_UNAVAILABLE) as error:
                    log.warning("run_metrics_failed", error=type(error).__name__)
                except Exception:
                    # Webhooks and intake must continue; the last counts expire.
                    log.exception("run_metrics_failed")
                await asyncio.sleep(INTERVAL_SECONDS)
        finally:
            await self._release()

    async def refresh(self) -> bool:
        """Count once. Returns False if another gateway is counting. Raises RecordUnavailable, DamagedStore,
        RedisError.
        """
        if not await self._is_leader():
            self._progress = ()
            return False
        runs = [each for each in await self._record.runs() if isinstance(each, Run)][:MAX_RUNS]
        counted = []
        for run in runs:
            began = time.monotonic()
            counted.append(RunProgress(run, await self._record.counts(run_id=run.run_id)))
            await asyncio.sleep((time.monotonic() - began) * REST_FACTOR)
        self._progress, self._counted_at = counted, time.monotonic()
        return True

    async def _is_leader(self) -> bool:
        if await self._redis.execute_command("SET", LOCK, self._id, "NX", "PX", LOCK_MILLISECONDS):
            return True
        return bool(await self._redis.execute_command("EVAL", _RENEW, 1, LOCK, self._id, LOCK_MILLISECONDS))

    async def _release(self) -> None:
        try:
            await self._redis.execute_command("EVAL", _RELEASE, 1, LOCK, self._id)
        except REDIS_UNAVAILABLE as error:
            log.warning("leader_release_failed", error=type(error).__name__)


def run_families(progress: Sequence[RunProgress]) -> Iterable[Metric]:
    """Yield the metrics of the newest MAX_RUNS runs, with names truncated to LONGEST_NAME characters. Pure."""
    products: dict[tuple[str, str, str], float] = {}
    began: dict[tuple[str, str], float] = {}
    for each in progress[:MAX_RUNS]:
        name, kind = each.run.run_id[:LONGEST_NAME], each.run.kind
        began[name, kind] = each.run.at.timestamp()
        for part, states in PARTS.items():
            label = (name, kind, part)
            products[label] = products.get(label, 0.0) + sum(each.products.get(state, 0) for state in states)
    yield family("relist_run_products", products)
    yield family("relist_run_started_timestamp_seconds", began)
