"""One job of each kind, run on a real client, a real Redis and a platform the test writes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from config.markets import load_markets
from shop_queue.job import Job
from shop_queue.shops import Shop, ShopRegistry
from tests.integration.jobs.tiny_platform import TinyPlatform, tiny_platform
from tiktok_shop.token_cipher import TokenCipher
from tiktok_shop.tokens import Tokens, TokenStore
from tiktok_shop.transport import Transport
from worker.catalogue import CatalogueCache
from worker.engine.job_kind import JobKind
from worker.engine.results import Result
from worker.engine.shop_gate import JobGate, ShopPacing
from worker.jobs.kinds import job_kinds
from worker.journal import Journal
from worker.plans import Plans
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
    kinds: dict[str, JobKind]
    clock: Clock
    journal_dir: Path

    async def run(self, job: Job) -> Result:
        pacing = ShopPacing(None, 1e6, 1e6, time.monotonic())
        return await self.kinds[job.kind].run(job, JobGate(pacing, None, time.monotonic))


@pytest.fixture
async def desk(redis: Redis, tmp_path: Path) -> AsyncIterator[Desk]:
    async with tiny_platform() as platform, Transport(platform.url, platform.url, "key", "secret") as transport:
        registry = ShopRegistry(redis)
        await registry.add(Shop(SHOP_ID, "ROW_x", "US", SHOP_ID))
        tokens = TokenStore(redis, TokenCipher("k" * 16), transport)
        await tokens.save(SHOP_ID, Tokens("A", "R", 2**40, 2**40))
        clock = Clock()
        services = Services(
            transport,
            tokens,
            registry,
            CatalogueCache(redis),
            Journal(tmp_path, "w1"),
            Plans(redis),
            load_markets(),
            audit_poll_seconds=60,
            upgrade_poll_seconds=60,
            now=clock,
        )
        yield Desk(platform, job_kinds(services, redis), clock, tmp_path)
