"""A small shop relisted by real jobs in a real engine, on a simulated platform whose switches a test sets."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from console.commands.demo import is_finished
from model.job import Job
from model.shop import Shop
from monitoring.fleet import read_fleet
from record.opening import open_record
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from simulator.ledger import ledger
from simulator.options import SimulatorOptions
from simulator.server import RunningSimulator, start
from tests.support.simulator_client import KEY, SECRET
from tests.support.working_engine import UNPACED, running
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore
from worker.config_files import facts_file
from worker.edit_ledger import EditLedger
from worker.engine.lane_engine import LaneEngine
from worker.guarded_observers import GuardedObservers
from worker.jobs.handlers import job_handlers
from worker.jobs.probe import probe_of
from worker.services import Services, redis_stores
from worker.shop_authorisation import ShopAuthorisation

FINISH_SECONDS = 60.0
LEASE_SECONDS = 30.0


@dataclass(slots=True)
class SwitchedWorld:
    redis: Redis
    running: RunningSimulator
    services: Services

    async def search_all(self) -> None:
        jobs = [Job(each.shop_id, "search:all", "search") for each in await ShopRegistry(self.redis).all()]
        await LaneProducer(self.redis).enqueue(EnqueueRequest(job) for job in jobs)

    async def until_finished(self, seconds: float = FINISH_SECONDS) -> None:
        async with asyncio.timeout(seconds):
            while not is_finished(await read_fleet(self.redis, LEASE_SECONDS)):
                await asyncio.sleep(0.1)

    async def until_parked(self) -> None:
        async with asyncio.timeout(FINISH_SECONDS):
            while not all(each.state == "parked" for each in (await read_fleet(self.redis, LEASE_SECONDS)).shops):
                await asyncio.sleep(0.05)

    async def resume(self) -> None:
        for each in await ShopRegistry(self.redis).all():
            await LaneProducer(self.redis).set_state(each.shop_id, "active")

    async def outcomes(self) -> list[dict[str, Any]]:
        return [orjson.loads(fields[b"outcome"]) for _, fields in await self.redis.xrange(OUTCOMES)]

    async def ends(self) -> dict[str, str]:
        """The last outcome of each product."""
        return {each["product_id"]: each["outcome"] for each in await self.outcomes() if each["product_id"]}

    async def search_counts(self) -> Counter[str]:
        """The counts of all searches together."""
        total: Counter[str] = Counter()
        for each in await self.outcomes():
            if each["kind"] == "search":
                total.update(each["counts"])
        return total

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = ledger(self.running.world)["total"]
        return books

    def losses(self) -> dict[str, list[str]]:
        shops = ledger(self.running.world)["shops"]
        return {identity: names for shop in shops for identity, names in shop["losses"].items()}


@contextlib.asynccontextmanager
async def switched_world(
    redis: Redis, directory: Path, facts: Path | None = None, **options: Any
) -> AsyncIterator[SwitchedWorld]:
    usual = {"seed": 5, "shops": 1, "products": 50, "regions": ("MX",), "profile": "general", "unlimited": True}
    usual |= {"audit_seconds": (0.05, 0.1), "audit_reject_share": 0.0, **options}
    async with worked_world(redis, directory, SimulatorOptions(**usual), facts) as world:
        yield world


@contextlib.asynccontextmanager
async def worked_world(
    redis: Redis,
    directory: Path,
    options: SimulatorOptions,
    facts: Path | None = None,
    *,
    audit_poll_seconds: float = 0.2,
) -> AsyncIterator[SwitchedWorld]:
    """Reviews end after some tenths of a second; nothing sends webhooks, so every product is polled."""
    platform = await start(options)
    async with Transport(platform.url, platform.url, KEY, SECRET) as transport:
        tokens, registry = TokenStore(redis, TokenCipher("k" * 16), transport), ShopRegistry(redis)
        for shop in platform.world.shops:
            account = shop.account
            known = Tokens(
                account.access_token(), account.refresh_token, account.access_expires, account.refresh_expires
            )
            await tokens.save(account.name, known)
            await registry.add(Shop(shop.shop_id, shop.cipher, shop.region, account.name, shop.name))
        record = open_record("", directory / "record")
        await record.upgrade()
        services = Services(
            transport=transport,
            tokens=tokens,
            **redis_stores(redis),
            record=record,
            authorisation=ShopAuthorisation(),
            edits=EditLedger(),
            facts=facts_file(facts),
            audit_poll_seconds=audit_poll_seconds,
            upgrade_poll_seconds=0.2,
        )
        observers = GuardedObservers(services.edits)
        engine = LaneEngine(redis, "w1", job_handlers(services, redis), UNPACED, observers, probe=probe_of(services))
        try:
            async with running(engine):
                yield SwitchedWorld(redis, platform, services)
        finally:
            await record.close()
            await platform.stop()
