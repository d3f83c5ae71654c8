"""The engine of one worker process: holds shops, starts each job at its moment, commits the ends in groups.

Its loops share `EngineState` and never wait for one another: leases (take, release), their renewal, dispatch (start
what can send now, and claims to refill the buffers), commits (one transaction a shop), on a cluster the outcome relay.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

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
from worker.engine.redis_clock import RedisClock
from worker.engine.state import RECONNECT_SECONDS, EngineState

__all__ = ["RECONNECT_SECONDS", "EngineOptions", "LaneEngine"]

log = structlog.get_logger("relist.engine")

LAST_SECONDS = 2.0
"""For handing back what was cancelled when the grace time of a drain was over."""


class LaneEngine:
    def __init__(
        self,
        redis: AnyRedis,
        worker_id: str,
        kinds: Mapping[str, JobHandler],
        options: EngineOptions,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = EngineState(
            options,
            kinds,
            LaneConsumer(redis, options.outcomes_maxlen),
            OutcomeRelay(redis, options.outcomes_maxlen),
            observer or Observer(),
            clock,
            RedisClock(clock),
            GlobalRateLimiter(clock()) if options.app_rate else None,
            slots=options.max_jobs,
        )
        self._leases = LeaseLoop(self._state, Leases(redis, worker_id, options.lease_seconds, options.app_rate))
        self._dispatch = DispatchLoop(self._state, Claims(self._state))
        self._commits = CommitLoop(self._state)

    @property
    def held(self) -> Mapping[str, HeldShop]:
        """The shops this worker works for now."""
        return self._state.held

    @property
    def slots(self) -> int:
        """Jobs that could start now."""
        return self._state.slots

    async def run(self) -> None:
        """Works until cancelled or drained."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._leases.run())
            loops.create_task(self._leases.renew())
            loops.create_task(self._dispatch.run())
            loops.create_task(self._dispatch.watch_time())
            loops.create_task(self._commits.run())
            loops.create_task(self._state.relay.run())

    def wake(self) -> None:
        """Somebody says that there may be shops to take."""
        self._state.look_for_shops.set()

    def reconsider(self, shop_id: str) -> None:
        """Somebody changed this shop's state or limit: nothing more starts before the lane was looked at again."""
        if shop := self._state.held.get(shop_id):
            shop.changed = True
            self._state.needs_claim.add(shop)
            self._state.dispatch_now.set()

    def reconsider_all(self) -> None:
        """Somebody may have changed any shop, and word of it may be lost."""
        for shop_id in self._state.held:
            self.reconsider(shop_id)

    async def relay_outboxes(self, shop_ids: list[str]) -> None:
        """On a cluster: publishes what dead workers left in the shops' outboxes. Raises RedisError."""
        await self._state.relay.relay(shop_ids)

    async def drain(self, grace_seconds: float) -> None:
        """Stops claiming, lets what runs finish within the grace time, hands everything else back at once."""
        state = self._state
        state.draining = True
        # Before the shops come back, or the others would have their fair share already and leave them lying. With a
        # ceiling over all shops only at the end: what still runs here sends on this worker's part of it.
        leaving = None if state.options.app_rate else asyncio.create_task(self._leave())
        for shop in list(state.held.values()):
            state.close(shop)
        await self._until_released(grace_seconds)
        for shop in list(state.held.values()):
            for task in list(shop.running.values()):
                task.cancel()
        await self._until_released(LAST_SECONDS)
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
        while (state.held or self._leases.brings_shops) and state.clock() < deadline:
            state.look_for_shops.set()
            await asyncio.sleep(0.01)
