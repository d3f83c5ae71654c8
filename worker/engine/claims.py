"""Refills the buffers by claiming the next jobs of many lanes in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from model.job import Job
from model.outcome import Outcome, Reason
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import ClaimBatch, Defer, FencedError, Requeue
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.commit_operations import complete
from worker.engine.held_shop import HeldShop
from worker.engine.shop_phase import ShopPhase
from worker.engine.state import RECONNECT_SECONDS, EngineState

CLAIM_AT = 4
"""A buffer is refilled when no more than this part of it is left: a quarter."""
MAX_CLAIM_SIZE = 500
FIRST_UNPACED_SIZE = 64
MIN_UNPACED_BUFFER = 16
"""A claim for fewer jobs costs much more than their share of it."""
BUFFER_SECONDS = 0.25
"""Seconds of work in the buffer of a shop without a rate limit. The jobs in the buffers of a dead worker wait for the
end of its lease and then for one another.
"""
MAX_DELIVERIES = 8
"""Worker crashes after which a job fails instead of being delivered again (worker/engine/poison_jobs.py). With a limit
of four, killing all workers twenty times in two minutes failed 2 of 1,600 innocent products."""


class Claims:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None

    def refill(self) -> list[HeldShop]:
        """Starts a claim for the shops that need one. Returns the shops that have jobs ready to be scheduled.

        Raises the unexpected error of an earlier claim, because its shops would otherwise wait for that claim forever.
        """
        state = self._state
        if self._error is not None:
            raise self._error
        requests, ready = [], []
        needs_claim, state.needs_claim = state.needs_claim, set()
        for shop in needs_claim:
            if not shop.is_open or shop.claiming or state.draining or not state.holds(shop):
                continue
            wanted = self._buffer_size(shop)
            if shop.phase is ShopPhase.STALE or (shop.has_work and len(shop.buffer) * CLAIM_AT <= wanted):
                state.check(not shop.claiming, "a shop has one claim at a time", shop.shop_id)
                shop.claiming = True
                shop.on("reread")
                shop.measure_pace(state.clock())
                requests.append((shop, max(0, self._buffer_size(shop) - len(shop.buffer))))
            else:
                state.release_if_idle(shop)
            if shop.buffer and not shop.scheduled:
                ready.append(shop)
        if requests:
            task = asyncio.create_task(self._claim(requests))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return ready

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._error = error
            self._state.dispatch_now.set()

    def _buffer_size(self, shop: HeldShop) -> int:
        """The target size of the buffer: at most a second of work, since urgent jobs cannot overtake claimed ones."""
        options, rate = self._state.options, shop.rate_limiter.limiters["read"].rate
        size = unpaced_buffer_size(shop.pace) if rate >= MAX_CLAIM_SIZE else max(2, int(rate) + 1)
        # The bodies of claimed jobs occupy memory too.
        return min(size, max(2, options.max_body_bytes // shop.largest_body)) if shop.largest_body else size

    def first_size(self) -> int:
        """Number of jobs to claim when a lane is opened, before its rate is known: half a second of work at the default
        rate.
        """
        rate = self._state.options.default_rate
        return FIRST_UNPACED_SIZE if rate >= MAX_CLAIM_SIZE else max(2, int(rate) // 2)

    def opened(self, shop: HeldShop, reply: ClaimBatch | Exception) -> None:
        """Accepts the reply of the claim that was sent with the opening of the lane."""
        if not self._take(shop, reply):
            # The next claim shows whether this one was executed.
            self._unclear(shop)

    def _take(self, shop: HeldShop, reply: ClaimBatch | Exception) -> bool:
        """False if the reply does not say whether the claim was executed."""
        if isinstance(reply, ClaimBatch):
            self._accept(shop, reply)
            self._finish(shop)
        elif isinstance(reply, FencedError):
            self._state.abandon(shop)
        elif is_lane_corruption(reply):
            shop.claiming = False
            self._state.quarantine(shop, reply)
        else:
            return False
        return True

    def _unclear(self, shop: HeldShop) -> None:
        # The claim may have been executed, so its jobs may be in flight. Only another claim can show that.
        shop.waiting = max(1, shop.waiting)
        shop.on("reread_failed")
        self._finish(shop)

    async def _claim(self, requests: list[tuple[HeldShop, int]]) -> None:
        state = self._state
        replies: Sequence[ClaimBatch | Exception]
        try:
            replies = await state.consumer.claim([(shop.lease, wanted) for shop, wanted in requests])
        except REDIS_UNAVAILABLE as unavailable:
            replies = [unavailable] * len(requests)
        failed: dict[HeldShop, ClaimBatch | Exception] = {}
        for (shop, _), reply in zip(requests, replies, strict=True):
            if not self._take(shop, reply):
                failed[shop] = reply
        if failed:
            # On a cluster one server may be unavailable while the shops of others continue.
            state.observer.redis_unavailable(type(next(iter(failed.values()))).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)
            for shop in failed:
                self._unclear(shop)

    def _finish(self, shop: HeldShop) -> None:
        shop.claiming = False
        shop.on("reread_done")
        if not shop.is_open:
            self._state.drain(shop)
        self._state.after_change(shop)

    def _accept(self, shop: HeldShop, claimed: ClaimBatch) -> None:
        state = self._state
        state.check(shop.claiming, "jobs are accepted during a claim", shop.shop_id)
        claimed_now = len(claimed.jobs) + len(claimed.unreadable)
        state.check(claimed.in_flight >= claimed_now, "Redis counts claimed jobs as in flight", shop.shop_id)
        shop.waiting, shop.next_due = claimed.waiting, claimed.next_due_seconds
        shop.rate_limiter.set_limit(claimed.limit)
        at = state.redis_clock.now()
        # After a Redis failover that lost the last second, jobs that are already here may be claimed a second time.
        here = {job.id for job, _ in shop.buffer} | shop.running.keys()
        jobs = [(job, crashes) for job, crashes in claimed.jobs if job.id not in here]
        has_orphans = claimed.in_flight > shop.known_jobs + len(jobs) + len(claimed.unreadable)
        for job, crashes in jobs:
            early = job.state.retry_at / 1000 - at.timestamp() if job.state and job.state.retry_at else 0.0
            if crashes >= MAX_DELIVERIES or job.kind not in state.handlers:
                why = f"{crashes} workers crashed while they ran it" if crashes else f"unknown job kind {job.kind}"
                ended = complete(job, _failed(why), at)
                # Another release may know the kind, and a rolling upgrade must not fail its jobs.
                shop.finished.append(ended if crashes else Defer(ended))
            elif early > 0:
                shop.finished.append(Requeue(job, early))
            else:
                shop.add_claimed(job, crashes)
        for job_id, problem in claimed.unreadable:
            ended = complete(Job(shop.shop_id, job_id), _failed(f"unreadable payload: {problem}"), at)
            shop.finished.append(Defer(ended))
        if claimed.state != "active":
            shop.halt(None)
        elif has_orphans and not (shop.buffer or shop.running or shop.finished or shop.committing):
            state.reacquire(shop)


def unpaced_buffer_size(pace: float | None) -> int:
    """The slots and the other shops set the pace of a shop without a rate limit; None means it is not known yet."""
    if pace is None:
        return FIRST_UNPACED_SIZE
    return max(MIN_UNPACED_BUFFER, min(MAX_CLAIM_SIZE, int(pace * BUFFER_SECONDS)))


def _failed(why: str) -> Outcome:
    return Outcome("failed", reasons=(Reason(code="engine", message=why, actor="operator"),))
