"""The worker and the gateway of the pipeline: the real handlers, record, rollout and webhook receiver."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from catalogue.cache import CatalogueCache
from catalogue.deleted_products import DeletedProducts
from catalogue.habits import ObservedHabits
from catalogue.refusals import RefusalStore
from config.markets import load_markets
from model.job import Job
from model.job_state import RelistState, state_of
from producers.intake import Intake
from producers.webhooks import WebhookReceiver
from record.plans import Plans
from record.record import Record
from rollout.service import Rollout
from shop_queue.earlier_decisions import EarlierDecisions
from shop_queue.shop_registry import ShopRegistry
from tests.simulation.model_of_breaker import CheckedBreaker
from tests.simulation.pipeline.record_faults import FailingDatabase
from tests.simulation.pipeline.shopfront import Request
from tests.simulation.pipeline.transport import InProcessTransport
from tests.simulation.processes import Process, spawn
from tests.simulation.redis_link import Link, SimulatedRedis
from tests.simulation.workers import SimulatedGateway, SimulatedWorker
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore
from worker.cancelled_runs import CancelledRuns
from worker.engine.call_permits import JobPermits
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Result
from worker.guarded_observers import GuardedObservers
from worker.jobs.handlers import job_handlers
from worker.jobs.probe import probe_of
from worker.services import Services
from worker.shop_authorisation import ShopAuthorisation

if TYPE_CHECKING:
    from tests.simulation.pipeline.worlds import PipelineWorld

Run = Callable[[Job, JobPermits], Awaitable[Result]]
TOKEN_KEY = "simulated-token-key"
AUDIT_POLL_SECONDS = 3.0


@cache
def token_cipher() -> TokenCipher:
    """One for all processes: to derive its key takes longer than most of a world."""
    return TokenCipher(TOKEN_KEY)


class PipelineWorker(SimulatedWorker):
    def __init__(self, world: PipelineWorld, process: Process, worker_id: str) -> None:
        self.world, self.process, self.id = world, process, worker_id
        size = world.plan.size
        self.link = Link(world.server, process, world.story)
        redis = SimulatedRedis(self.link)
        services = make_services(world, process, redis)
        self.record = services.record
        handlers = job_handlers(services, redis)
        relist = handlers["relist"]
        handlers["relist"] = replace(relist, run=partial(_as_found_by_a_search, world, relist.run))
        options = EngineOptions(
            max_jobs=size.max_jobs,
            default_rate=size.rate,
            max_rate=size.rate,
            lease_seconds=size.lease_seconds,
            slice_seconds=size.slice_seconds,
        )
        observers = GuardedObservers(services.edits)
        self.engine = LaneEngine(
            redis, worker_id, handlers, options, observers, clock=world.loop.time, probe=probe_of(services)
        )
        self.engine._state.breaker = CheckedBreaker(world.report)
        self.main = spawn(process, self._run(services))

    async def _run(self, services: Services) -> None:
        watching = asyncio.create_task(services.rollout.watch()) if services.rollout is not None else None
        try:
            async with services.tokens:
                await self.engine.run()
        finally:
            if watching is not None:
                watching.cancel()


async def _as_found_by_a_search(world: PipelineWorld, run: Run, job: Job, permits: JobPermits) -> Result:
    """Runs the job with the knowledge of the search that found its product on v1, which may be outdated by now."""
    if not world.was_on_v1(job):
        return await run(job, permits)
    return await run(replace(job, state=replace(state_of(job.state, RelistState), on_v1=True)), permits)


def make_services(world: PipelineWorld, process: Process, redis: SimulatedRedis) -> Services:
    transport = InProcessTransport(world.shopfront, process)
    database = FailingDatabase(world.record_dir, world, process)
    random = Random(f"rollout:{world.plan.seed}:{process.name}")
    return Services(
        transport=transport,
        tokens=TokenStore(redis, token_cipher(), transport, transport.now),
        shops=ShopRegistry(redis),
        catalogue=CatalogueCache(redis),
        record=Record(database),
        plans=Plans(redis),
        refusals=RefusalStore(redis),
        deleted=DeletedProducts(redis),
        habits=ObservedHabits(redis),
        decisions=EarlierDecisions(redis),
        markets=load_markets(),
        authorisation=ShopAuthorisation(),
        cancelled=CancelledRuns(redis),
        rollout=Rollout(redis, "normal", random=random) if world.plan.size.rollout else None,
        audit_poll_seconds=AUDIT_POLL_SECONDS,
        upgrade_poll_seconds=5.0,
        now=lambda: datetime.fromtimestamp(transport.now(), UTC),
    )


class PipelineGateway(SimulatedGateway):
    def __init__(self, world: PipelineWorld, process: Process, consumer: str) -> None:
        self.process, self.id = process, consumer
        self.link = Link(world.server, process, world.story)
        redis = SimulatedRedis(self.link)
        options = world.shopfront.server.world.options
        self._receiver = WebhookReceiver({"": (options.app_key, options.app_secret)}, redis, CollectorRegistry())
        self.main = spawn(process, Intake(redis, consumer, CollectorRegistry()).run())

    def receive(self, request: Request) -> asyncio.Task[Any]:
        return spawn(self.process, self._receiver.receive(request))  # type: ignore[arg-type]
