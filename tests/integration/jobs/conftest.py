"""One job of each kind, run on a real client, a real Redis and a platform the test writes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from catalogue.cache import CatalogueCache
from config.markets import load_markets
from model.job import Job
from model.shop import Shop
from record.opening import open_record
from record.plans import Plans
from record.record import Record
from shop_queue.shop_registry import ShopRegistry
from tests.support.tiny_platform import TinyPlatform, tiny_platform
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore
from worker.engine.call_permits import JobPermits, ShopRateLimiter
from worker.engine.job_handler import JobHandler
from worker.engine.results import Result
from worker.jobs.handlers import job_handlers
from worker.services import Services

SHOP_ID = "7494000000000000001"


@dataclass(slots=True)
class Clock:
    """The wall clock the jobs go by."""

    moment: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass(slots=True)
class Desk:
    platform: TinyPlatform
    kinds: dict[str, JobHandler]
    clock: Clock
    journal_dir: Path
    record: Record

    async def run(self, job: Job) -> Result:
        pacing = ShopRateLimiter(None, 1e6, 1e6, time.monotonic())
        return await self.kinds[job.kind].run(job, JobPermits(pacing, None, time.monotonic))


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[Desk]:
    async with tiny_platform() as platform, Transport(platform.url, platform.url, "key", "secret") as transport:
        registry = ShopRegistry(redis)
        await registry.add(Shop(SHOP_ID, "ROW_x", "US", SHOP_ID))
        tokens = TokenStore(redis, TokenCipher("k" * 16), transport)
        await tokens.save(SHOP_ID, Tokens("A", "R", 2**40, 2**40))
        clock = Clock()
        record = open_record("", tmp_path / "journal")
        services = Services(
            transport,
            tokens,
            registry,
            CatalogueCache(redis),
            record,
            Plans(redis),
            load_markets(),
            audit_poll_seconds=60,
            upgrade_poll_seconds=60,
            now=clock,
        )
        yield Desk(platform, job_handlers(services, redis), clock, tmp_path / "journal", record)
        await record.close()
