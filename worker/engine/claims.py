"""Refills the buffers: the next jobs of many lanes in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from model.job import Job
from model.outcome import Outcome, Reason
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import ClaimBatch, FencedError
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.commit_operations import finish
from worker.engine.held_shop import HeldShop
from worker.engine.state import RECONNECT_SECONDS, EngineState

MOST_CLAIMED = 500
MAX_DELIVERIES = 8
"""Worker deaths after which a job is failed instead of delivered again (worker/engine/poison_jobs.py). With four, killing
all workers twenty times in two minutes failed 2 of 1,600 innocent products."""


class Claims:
    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem: BaseException | None = None

    def refill(self) -> list[HeldShop]:
        """Begins a claim for the shops that need one; returns those that have jobs and no need of more.

        Raises what a claim has failed with that it was not prepared for: its shops would wait for it for ever.
        """
        state = self._state
        if self._problem is not None:
            raise self._problem
        wants, ready = [], []
        needs_claim, state.needs_claim = state.needs_claim, set()
        for shop in needs_claim:
            if shop.closing or shop.claiming or state.draining or not state.holds(shop):
                continue
            wanted = self._wanted(shop)
            if shop.changed or (shop.has_work and len(shop.buffer) * 2 <= wanted):
                shop.claiming, shop.looking, shop.changed = True, shop.changed, False
                wants.append((shop, max(0, wanted - len(shop.buffer))))
            else:
                state.release_if_idle(shop)
            if shop.buffer and not shop.scheduled:
                ready.append(shop)
        if wants:
            task = asyncio.create_task(self._claim(wants))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return ready

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._problem = problem
            self._state.dispatch_now.set()

    def _wanted(self, shop: HeldShop) -> int:
        """Jobs the buffer should hold: about a second's work, since what is claimed can not be overtaken."""
        rate = shop.pacing.paces["read"].rate
        if rate >= MOST_CLAIMED:
            return max(64, min(MOST_CLAIMED, 2 * self._state.options.max_jobs // max(1, len(self._state.held))))
        return max(2, int(rate) + 1)

    async def _claim(self, wants: list[tuple[HeldShop, int]]) -> None:
        state = self._state
        replies: Sequence[ClaimBatch | Exception]
        try:
            replies = await state.holder.claim([(shop.lease, wanted) for shop, wanted in wants])
        except REDIS_UNAVAILABLE as away:
            replies = [away] * len(wants)
        failed: dict[HeldShop, Exception] = {}
        for (shop, _), reply in zip(wants, replies, strict=True):
            if isinstance(reply, ClaimBatch):
                self._accept(shop, reply)
                self._claimed(shop)
            elif isinstance(reply, FencedError):
                state.drop(shop)
            elif is_lane_corruption(reply):
                shop.claiming = shop.looking = False
                state.quarantine(shop, reply)
            else:
                failed[shop] = reply
        if failed:
            # Of a cluster one server may be away while the others' shops go on.
            state.observer.redis_unavailable(type(next(iter(failed.values()))).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)
            for shop in failed:
                shop.changed = shop.changed or shop.looking
                self._claimed(shop)

    def _claimed(self, shop: HeldShop) -> None:
        shop.claiming = shop.looking = False
        if shop.closing:
            self._state.close(shop)
        self._state.after_change(shop)

    def _accept(self, shop: HeldShop, claimed: ClaimBatch) -> None:
        state = self._state
        shop.waiting, shop.next_due = claimed.waiting, claimed.next_due_seconds
        shop.pacing.set_limit(claimed.limit)
        at = state.redis_clock.now()
        # A Redis that has lost its last second gives again what is here already: it would run twice at once.
        here = {job.id for job, _ in shop.buffer} | shop.running.keys()
        jobs = [(job, deaths) for job, deaths in claimed.jobs if job.id not in here]
        orphaned = claimed.in_flight > shop.known_jobs + len(jobs) + len(claimed.unreadable)
        for job, deaths in jobs:
            if deaths >= MAX_DELIVERIES or job.kind not in state.kinds:
                why = f"{deaths} workers died holding it" if deaths else f"no worker knows kind {job.kind}"
                shop.finished.append(finish(job, _failed(why), at))
            else:
                shop.buffer.append((job, deaths))
        for job_id, problem in claimed.unreadable:
            shop.finished.append(finish(Job(shop.shop_id, job_id), _failed(f"unreadable payload: {problem}"), at))
        if claimed.state != "active":
            shop.rests = True
            shop.closing = True
        elif orphaned and not (shop.buffer or shop.running or shop.finished or shop.committing):
            state.reacquire(shop)


def _failed(why: str) -> Outcome:
    return Outcome("failed", reasons=(Reason(code="engine", message=why, actor="operator"),))
