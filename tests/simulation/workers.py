"""The processes of a world: workers with the real engine, gateways with the real intake, the feeder and the reaper."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import orjson
from prometheus_client import CollectorRegistry

from model.job import Job, audit_job_id
from model.outcome import Outcome
from producers.intake import Intake
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.epoch import has_epoch
from shop_queue.keys import INTAKE
from shop_queue.outcome_relay import OutcomeRelay
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reaper import requeue_orphaned_shops
from tests.simulation.model_of_breaker import CheckedBreaker
from tests.simulation.platform import NoAnswer
from tests.simulation.processes import Process, spawn
from tests.simulation.redis_link import Link, SimulatedRedis
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Continue, Done, Result, Retry, Snooze

if TYPE_CHECKING:
    from tests.simulation.worlds import World

RECONNECT_SECONDS = 0.3
SIGNAL_SECONDS = 0.002
AUDIT_SECONDS = 0.4
REAPER_SECONDS = 60.0
MAX_PROBES = 30
"""Each job of an outage may ask once."""
BODY_BYTES = 1_000
"""The body of a job that has one; a worker may hold two of them."""


class SimulatedWorker:
    needless_probes = 0
    """Probes that were answered since the last call without an answer."""

    def __init__(self, world: World, process: Process, worker_id: str) -> None:
        self.world, self.process, self.id = world, process, worker_id
        size = world.plan.size
        self.link = Link(world.server, process, world.story)
        options = EngineOptions(
            max_jobs=size.max_jobs,
            default_rate=size.rate,
            max_rate=size.rate,
            lease_seconds=size.lease_seconds,
            slice_seconds=size.slice_seconds,
            app_rate=size.app_rate or None,
            max_body_bytes=2 * BODY_BYTES,
        )
        handlers = {"relist": JobHandler(self._relist, lambda _: "write"), "audit": JobHandler(self._audit)}
        redis = SimulatedRedis(self.link)
        # Checks the epoch with every lease; only worlds whose Redis is emptied pay for it.
        may_lease = partial(has_epoch, redis) if world.has_event("emptied") else None
        self.engine = LaneEngine(
            redis, worker_id, handlers, options, clock=world.loop.time, probe=self._probe, may_lease=may_lease
        )
        self.engine._state.breaker = CheckedBreaker(world.report)
        if size.relays:
            self.engine._state.consumer._own_outbox = True
            self.engine._state.relay._needed = True
        self.main = spawn(process, self.engine.run())

    def heard(self, shop: str | None) -> None:
        """A message of Redis's channels; None = work was announced."""
        if not self.process.is_cut_off:
            spawn(self.process, self._hear(shop))

    async def _hear(self, shop: str | None) -> None:
        await asyncio.sleep(SIGNAL_SECONDS * self.link.delay_factor)
        if shop is None:
            self.engine.wake()
        else:
            self.engine.reread(shop)

    def reconnected(self) -> None:
        spawn(self.process, self._resubscribe())

    async def _resubscribe(self) -> None:
        await asyncio.sleep(RECONNECT_SECONDS)
        self.engine.reread_all()
        self.engine.wake()

    async def stop(self) -> None:
        """A graceful shutdown."""
        await self.engine.drain(1.0)
        self.main.cancel()

    async def _probe(self, shop: str, permits: JobPermits) -> bool:
        try:
            await self.world.platform.call(self.process, self.id, shop, "read", permits)
        except NoAnswer:
            self.needless_probes = 0
            return False
        self.needless_probes += 1
        if self.needless_probes == MAX_PROBES:
            self.world.report(f"probe: {self.id} has asked {MAX_PROBES} times whether the platform answers, it does")
        return True

    async def _relist(self, job: Job, permits: JobPermits) -> Result:
        world, platform = self.world, self.world.platform
        run = world.runs.begin(self.process, job)
        try:
            result = await self._edit(job, permits)
        except NoAnswer:
            self.needless_probes = 0
            result = Retry("no answer", outage=True)
        finally:
            run.ended = world.loop.now
        run.is_done = isinstance(result, Done)
        if platform.poison.get(job.shop_id) and job.id == world.first_product(job.shop_id):
            platform.poison[job.shop_id] -= 1
            world.crash(self.process, f"{self.id} crashed while it ran product {job.id}")
            await asyncio.Event().wait()
        return result

    async def _edit(self, job: Job, permits: JobPermits) -> Result:
        platform = self.world.platform
        await platform.call(self.process, self.id, job.shop_id, "read", permits)
        if job.run_id == "waits" and self.world.waited.setdefault(job.id, 0) < 2:
            self.world.waited[job.id] += 1
            return Snooze(0.2, "waits for something")
        if job.run_id == "steps" and self.world.waited.setdefault(job.id, 0) < 3:
            self.world.waited[job.id] += 1
            return Continue(job)
        if job.run_id == "asks" and not job.category_id:
            return Done(Outcome("needs_input"))
        if platform.fails(job):
            return Retry("the product failed")
        await platform.call(self.process, self.id, job.shop_id, "write", permits)
        platform.edit(job)
        if job.run_id == "audited":
            self.world.edited_at[job.shop_id, job.id] = self.world.loop.now
            audit = EnqueueRequest(Job(job.shop_id, audit_job_id(job.id), "audit"), AUDIT_SECONDS)
            return Done(Outcome("in_audit"), (audit,))
        return Done(Outcome("relisted"))

    async def _audit(self, job: Job, permits: JobPermits) -> Result:
        self.world.audited_at[job.shop_id, job.product_id] = self.world.loop.now
        try:
            await self.world.platform.call(self.process, self.id, job.shop_id, "read", permits)
        except NoAnswer:
            self.needless_probes = 0
            return Retry("no answer", outage=True)
        return Done(Outcome("relisted"))


class SimulatedGateway:
    def __init__(self, world: World, process: Process, consumer: str) -> None:
        self.process, self.id = process, consumer
        self.link = Link(world.server, process, world.story)
        redis = SimulatedRedis(self.link)
        intake = Intake(redis, consumer, CollectorRegistry())
        intake._lanes._own_outbox = world.plan.size.relays
        self.main = spawn(process, intake.run())

    def heard(self, shop: str | None) -> None: ...

    def reconnected(self) -> None: ...

    async def stop(self) -> None:
        self.main.cancel()


class Feeder:
    """Another system that feeds jobs and repeats unacknowledged ones, and the operators' commands."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.process = world.make_process("feeder")
        self.link = Link(world.server, self.process, world.story)
        self.redis = SimulatedRedis(self.link)
        self.producer = LaneProducer(self.redis)
        self.producer._own_outbox = world.plan.size.relays
        self._relay = OutcomeRelay(self.redis, EngineOptions().outcomes_maxlen)
        self._relay._needed = world.plan.size.relays
        self.feeding = 0
        """Feeds and updates that Redis has not acknowledged yet."""
        self.resumed: set[str] = set()
        """Shops that the operator has paused and resumed."""

    async def feed(self, jobs: list[Job], delay: float = 0.0) -> None:
        self.feeding += 1
        while True:
            try:
                if self.world.plan.size.gateways:
                    await self.redis.execute_command(
                        "XADD", INTAKE, "*", "jobs", orjson.dumps([_entry(job) for job in jobs])
                    )
                else:
                    await self.producer.enqueue([EnqueueRequest(job, delay) for job in jobs])
                self.feeding -= 1
                return
            except REDIS_UNAVAILABLE:
                await asyncio.sleep(0.1)

    async def enqueue(self, jobs: list[Job], *, update_only: bool = False) -> None:
        """Bypasses the intake, like operators' commands, and like webhooks, which only update jobs."""
        while True:
            try:
                await self.producer.enqueue([EnqueueRequest(job, update_only=update_only) for job in jobs])
                return
            except REDIS_UNAVAILABLE:
                await asyncio.sleep(0.1)

    async def command(self, shop: str, kind: str, value: float = 0.0) -> None:
        while True:
            try:
                if kind == "limit":
                    await self.producer.set_limit(shop, value)
                    self.world.limits[shop] = (self.world.loop.now, value)
                elif kind == "pause":
                    await self.producer.set_state(shop, "paused", "simulated")
                    self.resumed.discard(shop)
                    self.world.paused[shop] = self.world.loop.now
                else:
                    self.world.paused.pop(shop, None)
                    await self.producer.set_state(shop, "active", "simulated")
                    self.resumed.add(shop)
                return
            except REDIS_UNAVAILABLE:
                await asyncio.sleep(0.1)

    async def reap(self) -> None:
        """The cron job of the workers."""
        while True:
            await asyncio.sleep(REAPER_SECONDS)
            try:
                await self._relay.relay(self.world.plan.size.shops)
                found = await requeue_orphaned_shops(self.redis, self.world.plan.size.shops)
            except REDIS_UNAVAILABLE:
                continue
            if found:
                self.world.story.note(f"the reaper found {', '.join(found)}")


def _entry(job: Job) -> dict[str, str]:
    entry = {"shop_id": job.shop_id, "product_id": job.id, "run_id": job.run_id, "category_id": job.category_id}
    if job.priority == "urgent":
        entry["priority"] = "urgent"
    return entry
