"""Runs a job from its start to its result: slot, timeout, outages, and the operation to commit."""

from __future__ import annotations

import asyncio
import contextlib
import math
from functools import partial

import structlog

from model.job import Job
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import FencedError, Operation, Release, Requeue
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.call_permits import Access, JobPermits, LeaseOver
from worker.engine.commit_operations import to_commit_operation
from worker.engine.held_shop import HeldShop, body_bytes
from worker.engine.job_handler import JobHandler
from worker.engine.outages import Outages
from worker.engine.poison_jobs import PoisonJobGuard
from worker.engine.results import Park, Result, Retry, Snooze, StopWorker
from worker.engine.state import RECONNECT_SECONDS, EngineState

log = structlog.get_logger("relist.engine")

REDIS_UNAVAILABLE_SECONDS = 1.0
"""Seconds before a job that could not reach Redis runs again. It uses no attempt."""


class JobRuns:
    def __init__(self, state: EngineState, outages: Outages) -> None:
        self._state, self._outages = state, outages
        self._poison_jobs = PoisonJobGuard(state)
        self._deadlines: dict[asyncio.Task[None], float] = {}
        """The tasks that hold a slot -> the monotonic time of their cancellation."""
        self._bodies: dict[asyncio.Task[None], int] = {}
        """Running job -> bytes of its body."""

    def start(self, shop: HeldShop, job: Job, crashes: int, handler: JobHandler, first: Access | None) -> None:
        """`first` is the endpoint class whose permit the caller has reserved for the job."""
        state = self._state
        state.check(state.slots > 0, "a job starts in a free slot", shop.shop_id)
        state.check(job.id not in shop.running, "a job runs once at a time", shop.shop_id)
        state.slots -= 1
        task = asyncio.create_task(self._run(shop, job, crashes, handler, first))
        shop.running[job.id] = task
        if size := body_bytes(job):
            self._bodies[task] = size
            state.body_bytes += size
            self._check_bodies()
        # A suspect that waits to be isolated has not started yet.
        self._deadlines[task] = math.inf if crashes else state.clock() + handler.timeout_seconds
        task.add_done_callback(partial(self._ended, shop, job, handler))
        self._check_slots()

    def cancel_overdue(self) -> None:
        now = self._state.clock()
        for task, deadline in list(self._deadlines.items()):
            if deadline <= now:
                task.cancel()

    def _set_deadline(self, task: asyncio.Task[None], seconds: float) -> None:
        if task in self._deadlines:
            self._deadlines[task] = self._state.clock() + seconds

    def _free(self, task: asyncio.Task[None]) -> None:
        """Frees the slot and the memory of a job, once."""
        if size := self._bodies.pop(task, 0):
            self._state.body_bytes -= size
            self._check_bodies()
            self._state.dispatch_now.set()
        if self._deadlines.pop(task, None) is not None:
            self._state.slots += 1
            self._check_slots()

    def _check_bodies(self) -> None:
        self._state.check(self._state.body_bytes == sum(self._bodies.values()), "the memory of bodies adds up")

    def _check_slots(self) -> None:
        state = self._state
        state.check(state.slots + len(self._deadlines) == state.options.max_jobs, "slots add up")

    def _ended(self, shop: HeldShop, job: Job, handler: JobHandler, task: asyncio.Task[None]) -> None:
        """Ends a job whose task was cancelled or failed because of an engine error."""
        self._free(task)
        error = None if task.cancelled() else task.exception()
        if shop.running.get(job.id) is not task:
            return
        del shop.running[job.id]
        if not self._state.holds(shop):
            return
        if error is None:
            shop.finished.append(Release(job.id))
        else:
            # The attempt counts, whatever failed; otherwise the job would run forever.
            shop.finished.append(self._operation(job, handler, _bug(error)))
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
        set_deadline = partial(self._set_deadline, task)
        result: Result | None = None
        try:
            if crashes:
                begin = partial(set_deadline, handler.timeout_seconds)
                async with self._poison_jobs.probation(shop, job, crashes, begin):
                    result = await handler.run(job, permits)
            else:
                result = await handler.run(job, permits)
        except asyncio.CancelledError:
            if state.clock() >= self._deadlines.get(task, math.inf):
                result = Retry(f"took longer than {handler.timeout_seconds:g} s", code="timeout")
        except LeaseOver:
            pass  # The job is released unless another worker has the shop by now.
        except StopWorker as stop:
            state.stop(stop)
        except REDIS_UNAVAILABLE as error:
            state.observer.redis_unavailable(type(error).__name__)
            result = Snooze(REDIS_UNAVAILABLE_SECONDS, "Redis is unavailable")
        except Exception as error:
            result = _bug(error)
            log.exception("job_unhandled_exception", shop_id=job.shop_id, job_id=job.id, kind=job.kind)
        permits.give_back()
        state.check(permits.is_settled, "an unused permit is returned", shop.shop_id)
        if result is None:
            state.observer.job_released(job)
        else:
            state.observer.job_ended(job, result, state.clock() - began)
        set_deadline(math.inf)
        # A drain may cancel these waits; the job is then released as usual. It counts as running until they end, so
        # that the shop is not released before it is parked.
        operation: Operation = Release(job.id)
        with contextlib.suppress(asyncio.CancelledError):
            operation, park = await self._judge(shop, job, handler, result, permits)
            self._free(task)
            if park is not None:
                await self._park(shop, park)
        self._free(task)
        shop.running.pop(job.id, None)
        if state.holds(shop):
            shop.finished.append(operation)
            if crashes:
                # A crash before its commit would count against this job, although it ended.
                shop.commit_at = -math.inf
            state.after_change(shop)

    async def _judge(
        self, shop: HeldShop, job: Job, handler: JobHandler, result: Result | None, permits: JobPermits
    ) -> tuple[Operation, Park | None]:
        """Returns the operation to commit for the job, and whether to park its shop."""
        if result is None:
            return Release(job.id), None
        if not (isinstance(result, Retry) and result.outage):
            if permits.answered:
                self._outages.answered(shop)
            return self._operation(job, handler, result), result if isinstance(result, Park) else None
        match await self._outages.scope(shop, result.error, result.cause):
            case "api" | "unknown":
                return Release(job.id), None
            case "shop":
                reason = f"the API does not answer for this shop: {result.error}"
                seconds = self._state.breaker.shop_failed(shop.shop_id, self._state.clock())
                # Next time another product is tried first, because this one may be the cause.
                return Requeue(result.job or job, to_tail=True), Park(reason, seconds)
            case "job":
                # A write with a lost response is followed up soon; any other product goes behind the rest.
                has_others = bool(shop.waiting or shop.buffer)
                to_tail = has_others and (job.attempts > 0 or permits.last_access != "write")
                return self._operation(job, handler, result, to_tail=to_tail), None

    def _operation(self, job: Job, handler: JobHandler, result: Result, *, to_tail: bool = False) -> Operation:
        state = self._state
        at, attempts = state.redis_clock.now(), state.options.max_attempts
        return to_commit_operation(job, result, attempts, at, is_product=handler.is_product, to_tail=to_tail)

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


def _bug(error: BaseException) -> Retry:
    return Retry(f"unexpected {type(error).__name__}", code="bug")
