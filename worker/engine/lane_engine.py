"""The engine of a worker process, which holds shops, starts each job when it may send, and commits results in groups.

Its loops share `EngineState` and never wait for each other: taking and releasing leases, renewing them, dispatch
(starting jobs, and claims that refill the buffers), commits (one transaction per shop), and the outcome relay on a
cluster.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.consumer import LaneConsumer
from shop_queue.leases import Leases
from shop_queue.outcome_relay import OutcomeRelay
from worker.engine.claims import Claims
from worker.engine.commit_loop import CommitLoop
from worker.engine.dispatch_loop import DispatchLoop
from worker.engine.global_rate_limiter import GlobalRateLimiter
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.lease_loop import LeaseLoop
from worker.engine.observer import Observer
from worker.engine.options import EngineOptions
from worker.engine.outages import Outages, Probe, no_probe
from worker.engine.redis_clock import RedisClock
from worker.engine.state import RECONNECT_SECONDS, EngineState

__all__ = ["RECONNECT_SECONDS", "EngineOptions", "LaneEngine"]

log = structlog.get_logger("relist.engine")

CANCEL_GRACE_SECONDS = 2.0
"""Seconds for releasing jobs that a drain cancelled at the end of its grace period."""


class LaneEngine:
    def __init__(
        self,
        redis: AnyRedis,
        worker_id: str,
        handlers: Mapping[str, JobHandler],
        options: EngineOptions,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
        probe: Probe = no_probe,
        may_lease: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """No shop is leased while `may_lease` returns False."""
        self._state = EngineState(
            options=options,
            handlers=handlers,
            consumer=LaneConsumer(redis, options.outcomes_maxlen),
            relay=OutcomeRelay(redis, options.outcomes_maxlen),
            observer=observer or Observer(),
            clock=clock,
            redis_clock=RedisClock(clock),
            global_limiter=GlobalRateLimiter(clock()) if options.app_rate else None,
            slots=options.max_jobs,
        )
        leases = Leases(redis, worker_id, options.lease_seconds, options.app_rate, may_lease)
        claims = Claims(self._state)
        self._leases = LeaseLoop(self._state, leases, claims)
        self._outages = Outages(self._state, probe)
        self._dispatch = DispatchLoop(self._state, claims, self._outages)
        self._commits = CommitLoop(self._state)

    @property
    def held(self) -> Mapping[str, HeldShop]:
        """The shops whose leases this worker holds, by shop id."""
        return self._state.held

    @property
    def slots(self) -> int:
        """Number of free slots."""
        return self._state.slots

    async def run(self) -> None:
        """Runs until cancelled. Raises StopWorker if a job has stopped the worker."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._leases.run())
                loops.create_task(self._leases.renew())
                loops.create_task(self._dispatch.run())
                loops.create_task(self._dispatch.watch_time())
                loops.create_task(self._commits.run())
                loops.create_task(self._outages.run())
                loops.create_task(self._state.relay.run())
        except BaseExceptionGroup:
            if self._state.stopped_by is not None:
                raise self._state.stopped_by from None
            raise

    def wake(self) -> None:
        """Triggers a round of the lease loop, because there may be shops to take."""
        self._state.take_now.set()

    def reread(self, shop_id: str) -> None:
        """Starts no more jobs of the shop until its lane has been read again, since its state or limit has changed."""
        if shop := self._state.held.get(shop_id):
            shop.on("change")
            self._state.needs_claim.add(shop)
            self._state.dispatch_now.set()
        else:
            self._leases.note_change(shop_id)

    def reread_all(self) -> None:
        """Rereads all lanes. Call this when control messages may have been missed."""
        self._leases.note_changes()
        for shop_id in self._state.held:
            self.reread(shop_id)

    async def relay_outboxes(self, shop_ids: list[str]) -> None:
        """On a cluster, publishes the outcomes that dead workers left in the shops' outboxes. Raises RedisError."""
        await self._state.relay.relay(shop_ids)

    async def drain(self, grace_seconds: float) -> None:
        """Stops claiming, lets running jobs finish within the grace period, and releases all others immediately."""
        state = self._state
        state.draining = True
        # Deregister before the shops are released: otherwise the other workers would already have their fair share and
        # leave them. With a global rate limit deregister last, since running jobs still use this worker's part of it.
        leaving = None if state.options.app_rate else asyncio.create_task(self._leave())
        for shop in list(state.held.values()):
            state.drain(shop)
        await self._until_released(grace_seconds)
        for shop in list(state.held.values()):
            for task in list(shop.running.values()):
                task.cancel()
        await self._until_released(CANCEL_GRACE_SECONDS)
        if leaving is not None:
            leaving.cancel()
        await self._leave()

    async def _leave(self) -> None:
        try:
            await self._leases.leave()
            await self._state.relay.flush()
        except REDIS_UNAVAILABLE as error:
            log.warning("worker_deregister_failed", error=type(error).__name__)

    async def _until_released(self, seconds: float) -> None:
        state = self._state
        deadline = state.clock() + seconds
        while (state.held or self._leases.has_pending_shops) and state.clock() < deadline:
            state.take_now.set()
            await asyncio.sleep(0.01)
