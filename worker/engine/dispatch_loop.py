"""Starts each job at the moment it can send, and runs it to its end.

A heap orders the held shops by the time of their next start, so a throttled shop costs nothing while it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
from functools import partial
from itertools import count

import structlog

from model.job import Job
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import FencedError, Release
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.call_permits import Access, JobPermits, LeaseOver
from worker.engine.claims import Claims
from worker.engine.commit_operations import to_commit_operation
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.poison_jobs import PoisonJobGuard
from worker.engine.results import Park, Result, Retry
from worker.engine.state import RECONNECT_SECONDS, EngineState, wait

log = structlog.get_logger("relist.engine")

STARTS_IN_TURN = 32
"""Jobs of one shop that start before the other shops that are due have their turn."""


class DispatchLoop:
    def __init__(self, state: EngineState, claims: Claims) -> None:
        self._state, self._claims = state, claims
        self._suspects = PoisonJobGuard(state)
        self._heap: list[tuple[float, int, HeldShop]] = []
        self._order = count()
        self._deadlines: dict[asyncio.Task[None], float] = {}

    async def run(self) -> None:
        state = self._state
        while True:
            state.dispatch_now.clear()
            now = state.clock()
            while self._heap and self._next_start() <= now:
                _, _, shop = heapq.heappop(self._heap)
                shop.scheduled = False
                self._start_due(shop, now)
            for shop in self._claims.refill():
                self._schedule(shop)
            await wait(state.dispatch_now, min(self._next_start() - state.clock(), 1.0))

    def _next_start(self) -> float:
        """When the next job of any shop may start."""
        state = self._state
        if not self._heap or state.slots <= 0:
            return float("inf")
        at = max(self._heap[0][0], state.breaker.next_start)
        return at if state.app is None else max(at, state.app.earliest())

    def _start_due(self, shop: HeldShop, now: float) -> None:
        """Starts jobs of the shop while they can send now; a few at most before the other shops have their turn."""
        state = self._state
        if not shop.may_start(now):
            # The claim, or the renewal, schedules it again.
            return
        for _ in range(STARTS_IN_TURN):
            if not shop.buffer or state.slots <= 0 or state.breaker.next_start > now:
                break
            if state.app is not None and state.app.earliest() > now:
                break
            job, deaths = shop.buffer[0]
            kind = state.kinds[job.kind]
            first = kind.first_access(job)
            if shop.pacing.next_start(now, first, kind.writes) > now:
                break
            shop.buffer.popleft()
            if first is not None:
                shop.pacing.paces[first].reserve(now)
                if state.app is not None:
                    state.app.reserve(now)
            self._start(shop, job, deaths, kind, first, now)
        self._schedule(shop)
        state.needs_claim.add(shop)

    def _schedule(self, shop: HeldShop) -> None:
        now = self._state.clock()
        if shop.scheduled or not shop.buffer or not shop.may_start(now):
            return
        job, _ = shop.buffer[0]
        kind = self._state.kinds[job.kind]
        at = shop.pacing.next_start(now, kind.first_access(job), kind.writes)
        shop.scheduled = True
        heapq.heappush(self._heap, (at, next(self._order), shop))

    def _start(self, shop: HeldShop, job: Job, deaths: int, kind: JobHandler, first: Access | None, now: float) -> None:
        state = self._state
        state.slots -= 1
        state.breaker.started((job.shop_id, job.id), now)
        if kind.writes:
            shop.pacing.expected_writes += 1
        task = asyncio.create_task(self._run_job(shop, job, deaths, kind, first))
        shop.running[job.id] = task
        # One that waits for its turn to be tried is not on its time yet.
        self._deadlines[task] = now + kind.timeout_seconds if not deaths else math.inf
        task.add_done_callback(partial(self._never_began, shop, job, kind))

    def _set_deadline(self, task: asyncio.Task[None], kind: JobHandler) -> None:
        self._deadlines[task] = self._state.clock() + kind.timeout_seconds

    def _free(self, shop: HeldShop, kind: JobHandler, task: asyncio.Task[None]) -> bool:
        """Gives back what a job was given at its start; False when that was done before."""
        if self._deadlines.pop(task, None) is None:
            return False
        self._state.slots += 1
        if kind.writes:
            shop.pacing.expected_writes -= 1
        return True

    def _never_began(self, shop: HeldShop, job: Job, kind: JobHandler, task: asyncio.Task[None]) -> None:
        """A task that is cancelled before its first step runs none of its own code."""
        if self._free(shop, kind, task):
            shop.running.pop(job.id, None)
            self._state.breaker.inconclusive((job.shop_id, job.id), self._state.clock())
            if self._state.holds(shop):
                shop.finished.append(Release(job.id))
                self._state.after_change(shop)

    async def _run_job(self, shop: HeldShop, job: Job, deaths: int, kind: JobHandler, first: Access | None) -> None:
        state = self._state
        state.observer.job_started(job)
        began = state.clock()
        task = shop.running[job.id]
        gate = JobPermits(
            shop.pacing,
            first,
            state.clock,
            state.app,
            state.observer,
            job.shop_id,
            lambda: state.holds(shop) and shop.lease_ends > state.clock(),
        )
        result: Result | None = None
        try:
            async with self._suspects.trial(shop, job, deaths, partial(self._set_deadline, task, kind)):
                result = await kind.run(job, gate)
        except asyncio.CancelledError:
            if state.clock() >= self._deadlines.get(task, float("inf")):
                result = Retry(f"took longer than {kind.timeout_seconds:g} s", code="timeout")
        except LeaseOver:
            pass  # handed back, if nobody else has the shop by now
        except Exception as error:
            log.exception("job_unhandled_exception", shop_id=job.shop_id, job_id=job.id, kind=job.kind)
            result = Retry(f"unexpected {type(error).__name__}", code="bug")
        self._free(shop, kind, task)
        if result is None:
            state.breaker.inconclusive((job.shop_id, job.id), state.clock())
            state.observer.job_handed_back(job)
        else:
            state.observer.job_ended(job, result, state.clock() - began)
            result = self._judge(job, result, gate.answered)
        if isinstance(result, Park):
            # The job counts as running meanwhile, so that the shop is not released before it is parked; a drain that
            # cancels it here still hands it back.
            with contextlib.suppress(asyncio.CancelledError):
                await self._park(shop, result)
        shop.running.pop(job.id, None)
        if not state.holds(shop):
            return
        if result is None:
            shop.finished.append(Release(job.id))
        else:
            at = state.redis_clock.now()
            shop.finished.append(
                to_commit_operation(job, result, state.options.max_attempts, at, is_product=kind.is_product)
            )
        state.after_change(shop)

    def _judge(self, job: Job, result: Result, answered: bool) -> Result | None:
        """Tells the breaker how the job fared. What met an outage goes back as if it had never started (None); a shop
        that gets no answers is parked."""
        state = self._state
        breaker, key, now = state.breaker, (job.shop_id, job.id), state.clock()
        if isinstance(result, Retry) and result.outage:
            was_closed = breaker.state == "closed"
            match breaker.failed(key, now):
                case "shop":
                    reason = f"the API does not answer for this shop: {result.error}"
                    return Park(reason, breaker.rest_seconds(job.shop_id, now))
                case "api":
                    if was_closed:
                        log.error("circuit_opened", error=result.error, probe_seconds=breaker.interval)
                        state.observer.circuit_opened(result.error)
                    return None
                case "job":
                    return result
        if not answered:
            breaker.inconclusive(key, now)
        elif breaker.answered(key):
            log.info("circuit_closed")
            state.observer.circuit_closed()
        return result

    async def _park(self, shop: HeldShop, park: Park) -> None:
        if shop.rests:
            return
        state = self._state
        shop.rests, shop.release_in = True, park.seconds
        state.observer.shop_parked(shop.shop_id, park.reason)
        state.close(shop)
        while state.holds(shop):
            try:
                await state.holder.park(shop.lease, park.reason, park.seconds)
                return
            except FencedError:
                state.drop(shop)
            except REDIS_UNAVAILABLE as error:
                if is_lane_corruption(error):
                    state.quarantine(shop, error)
                    return
                state.observer.redis_unavailable(type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def watch_time(self) -> None:
        """Ends jobs that take too long; and shops whose next delayed job is due are looked at again."""
        state = self._state
        while True:
            await asyncio.sleep(0.5)
            now = state.clock()
            for task, ends in list(self._deadlines.items()):
                if ends <= now:
                    task.cancel()
            for shop in state.held.values():
                if shop.next_due is not None and not shop.waiting:
                    shop.next_due -= 0.5
                    if shop.next_due <= 0:
                        state.needs_claim.add(shop)
            state.dispatch_now.set()
