"""Runs a job from its start to its result: slot, timeout, circuit breaker, and the operation to commit."""

from __future__ import annotations

import asyncio
import contextlib
import math
from functools import partial

import structlog

from model.job import Job
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import FencedError, Release
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.call_permits import Access, JobPermits, LeaseOver
from worker.engine.commit_operations import to_commit_operation
from worker.engine.held_shop import HeldShop
from worker.engine.job_handler import JobHandler
from worker.engine.poison_jobs import PoisonJobGuard
from worker.engine.results import Park, Result, Retry
from worker.engine.state import RECONNECT_SECONDS, EngineState

log = structlog.get_logger("relist.engine")


class JobRuns:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._poison_jobs = PoisonJobGuard(state)
        self._deadlines: dict[asyncio.Task[None], float] = {}
        """The tasks that hold a slot, each with the monotonic time at which it is cancelled."""

    def start(self, shop: HeldShop, job: Job, crashes: int, handler: JobHandler, first: Access | None) -> None:
        """`first` is the endpoint class of the first call, whose permit the caller has reserved."""
        state = self._state
        now = state.clock()
        state.slots -= 1
        state.breaker.started((job.shop_id, job.id), now)
        if handler.writes:
            shop.rate_limiter.expected_writes += 1
        task = asyncio.create_task(self._run(shop, job, crashes, handler, first))
        shop.running[job.id] = task
        # A suspect that waits to be isolated has not started yet.
        self._deadlines[task] = math.inf if crashes else now + handler.timeout_seconds
        task.add_done_callback(partial(self._cancelled_before_start, shop, job, handler))
        self._check_slots()

    def cancel_overdue(self) -> None:
        now = self._state.clock()
        for task, deadline in list(self._deadlines.items()):
            if deadline <= now:
                task.cancel()

    def _set_deadline(self, task: asyncio.Task[None], handler: JobHandler) -> None:
        self._deadlines[task] = self._state.clock() + handler.timeout_seconds

    def _free(self, shop: HeldShop, handler: JobHandler, task: asyncio.Task[None]) -> bool:
        """Returns the slot and the expected write of a job; False if that was done before."""
        if self._deadlines.pop(task, None) is None:
            return False
        self._state.slots += 1
        if handler.writes:
            shop.rate_limiter.expected_writes -= 1
        self._check_slots()
        return True

    def _check_slots(self) -> None:
        state = self._state
        assert state.slots + len(self._deadlines) == state.options.max_jobs, "a slot was lost or counted twice"

    def _cancelled_before_start(self, shop: HeldShop, job: Job, handler: JobHandler, task: asyncio.Task[None]) -> None:
        """A task that is cancelled before its first step never runs `_run`."""
        if self._free(shop, handler, task):
            shop.running.pop(job.id, None)
            self._state.breaker.inconclusive((job.shop_id, job.id), self._state.clock())
            if self._state.holds(shop):
                shop.finished.append(Release(job.id))
                self._state.after_change(shop)

    async def _run(self, shop: HeldShop, job: Job, crashes: int, handler: JobHandler, first: Access | None) -> None:
        state = self._state
        state.observer.job_started(job)
        began = state.clock()
        task = shop.running[job.id]
        permits = JobPermits(
            shop.rate_limiter,
            first,
            state.clock,
            state.global_limiter,
            state.observer,
            job.shop_id,
            lambda: state.holds(shop) and shop.lease_ends > state.clock(),
        )
        result: Result | None = None
        try:
            async with self._poison_jobs.probation(shop, job, crashes, partial(self._set_deadline, task, handler)):
                result = await handler.run(job, permits)
        except asyncio.CancelledError:
            if state.clock() >= self._deadlines.get(task, math.inf):
                result = Retry(f"took longer than {handler.timeout_seconds:g} s", code="timeout")
        except LeaseOver:
            pass  # The job is released, unless another worker has the shop by now.
        except Exception as error:
            log.exception("job_unhandled_exception", shop_id=job.shop_id, job_id=job.id, kind=job.kind)
            result = Retry(f"unexpected {type(error).__name__}", code="bug")
        self._free(shop, handler, task)
        if result is None:
            state.breaker.inconclusive((job.shop_id, job.id), state.clock())
            state.observer.job_released(job)
        else:
            state.observer.job_ended(job, result, state.clock() - began)
            result = self._apply_breaker(job, result, permits.answered)
        if isinstance(result, Park):
            # The job still counts as running, so that the shop is not released before it is parked. A drain may cancel
            # the wait; the job is then released as usual.
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
                to_commit_operation(job, result, state.options.max_attempts, at, is_product=handler.is_product)
            )
        state.after_change(shop)

    def _apply_breaker(self, job: Job, result: Result, answered: bool) -> Result | None:
        """Reports the job to the circuit breaker.

        Returns None for a job that met an outage: it is released as if it had not started. Returns Park if the API does
        not answer for this shop.
        """
        state = self._state
        breaker, key, now = state.breaker, (job.shop_id, job.id), state.clock()
        if isinstance(result, Retry) and result.outage:
            was_closed = breaker.state == "closed"
            match breaker.failed(key, now):
                case "shop":
                    reason = f"the API does not answer for this shop: {result.error}"
                    return Park(reason, breaker.backoff_seconds(job.shop_id, now))
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
        if shop.is_halted:
            return
        state = self._state
        state.observer.shop_parked(shop.shop_id, park.reason)
        state.halt(shop, park.seconds)
        while state.holds(shop):
            try:
                await state.consumer.park(shop.lease, park.reason, park.seconds)
                return
            except FencedError:
                state.abandon(shop)
            except REDIS_UNAVAILABLE as error:
                if is_lane_corruption(error):
                    state.quarantine(shop, error)
                    return
                state.observer.redis_unavailable(type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
