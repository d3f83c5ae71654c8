"""Starts each job when it may send.

A heap orders the held shops by the time of their next start, so a throttled shop costs nothing while it waits.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from itertools import count

from model.job import Job
from worker.engine.call_permits import Access
from worker.engine.claims import Claims
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.job_runs import JobRuns
from worker.engine.outages import Outages
from worker.engine.state import EngineState, wait

MAX_STARTS_PER_TURN = 8
"""Number of jobs of one shop that may start before other due shops have their turn."""
WATCH_SECONDS = 0.5
CLOCK_RESOLUTION_SECONDS = 1e-6
"""Starts due within this time count as due now. A faster rate is in effect no limit."""


class DispatchLoop:
    def __init__(self, state: EngineState, claims: Claims, outages: Outages) -> None:
        self._state, self._claims = state, claims
        self._runs = JobRuns(state, outages)
        self._heap: list[tuple[float, int, HeldShop]] = []
        self._order = count()
        self._waiting_for_memory: set[HeldShop] = set()
        """Shops whose next job has a body that does not fit into memory now."""

    async def run(self) -> None:
        state = self._state
        while True:
            state.dispatch_now.clear()
            if state.stopped_by is not None:
                raise state.stopped_by
            now = state.clock()
            while self._heap and self._next_start() <= now:
                _, _, shop = heapq.heappop(self._heap)
                shop.scheduled = False
                self._start_due(shop, now)
            for shop in self._claims.refill():
                self._schedule(shop)
            if self._waiting_for_memory and state.has_room_for_bodies:
                for shop in list(self._waiting_for_memory):
                    self._schedule(shop)
                self._waiting_for_memory.clear()
            await wait(state.dispatch_now, min(self._next_start() - state.clock(), 1.0))

    async def watch_time(self) -> None:
        """Cancels jobs that exceed their timeout, and triggers reading of lanes whose next delayed job is due."""
        state = self._state
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._runs.cancel_overdue()
            for shop in state.held.values():
                if shop.next_due is not None and not shop.waiting:
                    shop.next_due -= WATCH_SECONDS
                    if shop.next_due <= 0:
                        state.needs_claim.add(shop)
            state.dispatch_now.set()

    def _next_start(self) -> float:
        """Monotonic time at which the next job of any shop may start."""
        state = self._state
        if not self._heap or state.slots <= 0:
            return math.inf
        at = max(self._heap[0][0], state.breaker.next_start)
        return at if state.global_limiter is None else max(at, state.global_limiter.earliest())

    def _start_due(self, shop: HeldShop, now: float) -> None:
        """Starts the jobs of the shop that may send now, up to `MAX_STARTS_PER_TURN`."""
        state = self._state
        if not shop.may_start(now):
            # The end of the claim or the renewal of the lease schedules the shop again.
            return
        for _ in range(MAX_STARTS_PER_TURN):
            if not shop.buffer or state.slots <= 0 or state.breaker.next_start > now:
                break
            if state.global_limiter is not None and state.global_limiter.earliest() > now:
                break
            job, crashes = shop.buffer[0]
            if job.product and not state.has_room_for_bodies:
                self._waiting_for_memory.add(shop)
                return
            handler, first = self._handler(job)
            if shop.rate_limiter.next_start(now, first) > now + CLOCK_RESOLUTION_SECONDS:
                break
            state.check(shop.lease_ends > now, "a job starts under a lease", shop.shop_id)
            shop.buffer.popleft()
            shop.note_start()
            if first is not None:
                shop.rate_limiter.limiters[first].reserve(now)
                if state.global_limiter is not None:
                    state.global_limiter.reserve(now)
            self._runs.start(shop, job, crashes, handler, first)
        self._schedule(shop)
        state.needs_claim.add(shop)

    def _schedule(self, shop: HeldShop) -> None:
        now = self._state.clock()
        if shop.scheduled or not shop.buffer or not shop.may_start(now):
            return
        _, first = self._handler(shop.buffer[0][0])
        at = shop.rate_limiter.next_start(now, first)
        shop.scheduled, shop.next_start = True, at
        heapq.heappush(self._heap, (at, next(self._order), shop))

    def _handler(self, job: Job) -> tuple[JobHandler, Access | None]:
        handler = self._state.handlers[job.kind]
        return handler, handler.first_access(job)
