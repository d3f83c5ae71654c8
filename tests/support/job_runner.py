"""Runs single jobs of any kind, without an engine."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from config.markets import load_markets
from model.job import Job
from model.shop import Shop
from record.opening import open_record
from record.record import Record
from shop_queue.shop_registry import ShopRegistry
from tests.support.tiny_platform import TinyPlatform, tiny_platform
from tests.support.working_engine import running
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore
from worker.cancelled_runs import CancelledRuns
from worker.engine.call_permits import JobPermits, ShopRateLimiter
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.observer import Observer
from worker.engine.results import Done, Result
from worker.guarded_observers import GuardedObservers
from worker.jobs.handlers import job_handlers
from worker.jobs.probe import probe_of
from worker.services import Services, redis_stores
from worker.shop_authorisation import ShopAuthorisation

SHOP_ID = "7494000000000000001"


@dataclass(slots=True)
class Clock:
    """The wall clock of the jobs."""

    moment: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass(slots=True)
class JobRunner:
    platform: TinyPlatform
    handlers: dict[str, JobHandler]
    clock: Clock
    journal_dir: Path
    record: Record
    services: Services

    async def run(self, job: Job) -> Result:
        """Runs a job and commits its result."""
        result = await self.run_uncommitted(job)
        if isinstance(result, Done):
            self.services.edits.job_committed(job.shop_id, job.id)
        return result

    async def run_uncommitted(self, job: Job) -> Result:
        rate_limiter = ShopRateLimiter(None, 1e6, 1e6, time.monotonic())
        return await self.handlers[job.kind].run(job, JobPermits(rate_limiter, None, time.monotonic))

    @contextlib.asynccontextmanager
    async def engine(self, redis: Redis, options: EngineOptions, *observers: Observer) -> AsyncIterator[LaneEngine]:
        """Runs the handlers in an engine until the block ends."""
        guarded = GuardedObservers(*observers, self.services.edits)
        async with running(
            LaneEngine(redis, "w1", self.handlers, options, guarded, probe=probe_of(self.services))
        ) as engine:
            yield engine


@contextlib.asynccontextmanager
async def job_runner(
    redis: Redis, journal_dir: Path, authorisation: ShopAuthorisation | None = None
) -> AsyncIterator[JobRunner]:
    """Runs jobs on a real client, a real Redis and a small platform that the test fills."""
    async with tiny_platform() as platform, Transport(platform.url, platform.url, "key", "secret") as transport:
        registry = ShopRegistry(redis)
        await registry.add(Shop(SHOP_ID, "ROW_x", "US", SHOP_ID))
        tokens = TokenStore(redis, TokenCipher("k" * 16), transport)
        await tokens.save(SHOP_ID, Tokens("A", "R", 2**40, 2**40))
        clock, record = Clock(), open_record("", journal_dir / "record")
        services = Services(
            transport=transport,
            tokens=tokens,
            record=record,
            **redis_stores(redis),
            markets=load_markets(),
            authorisation=authorisation,
            cancelled=CancelledRuns(redis),
            audit_poll_seconds=60,
            upgrade_poll_seconds=60,
            now=clock,
        )
        yield JobRunner(platform, job_handlers(services, redis), clock, journal_dir / "record", record, services)
        await record.close()
