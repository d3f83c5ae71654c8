"""Promises about the runs of jobs, checked when a run begins: a reason to repeat it, a pause, a delay, memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from model.job import Job
from shop_queue.keys import OUTCOMES
from tests.simulation import oracles
from tests.simulation.platform import Run
from tests.simulation.processes import Process
from worker.engine.commit_operations import FIRST_BACKOFF
from worker.engine.held_shop import body_bytes

if TYPE_CHECKING:
    from tests.simulation.worlds import World

HEARD_SECONDS = 1.5
"""By then every worker in contact with Redis knows that a shop is paused."""
EARLY_MS = 100.0
MIN_BACKOFF = FIRST_BACKOFF / 2
"""Seconds after the first failure; jitter takes up to half of a backoff away."""
WAKING = frozenset({"event", "feed_again"})


class RunOracles:
    def __init__(self, world: World) -> None:
        self._world = world
        self._runs: dict[tuple[str, str], Run] = {}
        """Product -> its last run."""
        self._ended: tuple[int, int, Any] = (-1, -1, None)

    def begin(self, process: Process, job: Job) -> Run:
        """Records a run, and checks that there was a reason for it if the job has run before."""
        product = (job.shop_id, job.id)
        before = self._runs.get(product)
        run = Run(process, self._world.epoch, self._world.fed.counts()[product], self._world.loop.now)
        self._runs[product] = run
        self._world.last_category[product] = job.category_id
        self._world.story.note(f"{process.name} runs product {job.id}")
        run.attempts = job.attempts
        self._check_start(process, job)
        if before is not None:
            self._check_backoff(process, job, before)
        if before is not None and not self._may_repeat(product, before, run):
            how = "again although its run ended and nothing was lost" if before.is_done else "during its other run"
            self._world.report(f"double edit: {process.name} runs product {job.id} {how}")
        if (
            not self._world.plan.size.relays
            and self._world.loop.now > self._world.platform.uncertain_until
            and self._has_ended(product, run.feeds)
        ):
            self._world.report(f"double edit: {process.name} runs product {job.id}, whose outcome is published")
        return run

    def _check_start(self, process: Process, job: Job) -> None:
        """No job runs in a paused shop, or before its backoff ends."""
        paused = self._world.paused.get(job.shop_id, math.inf)
        if self._world.loop.now > max(paused, process.in_trouble) + HEARD_SECONDS and not self._world.redis_lost_writes:
            self._world.report(f"pause: {process.name} runs product {job.id} of a shop that is paused")
        if self._world.loop.now > self._world.emptied_at + self._world.plan.size.lease_seconds:
            self._world.report(
                f"emptied: {process.name} runs product {job.id} although Redis was emptied and not rebuilt"
            )
        member = self._world.members.get(process.name)
        if job.product and (engine := getattr(member, "engine", None)) is not None:
            bodies = engine._state.body_bytes
            if bodies > engine._state.options.max_body_bytes + body_bytes(job):
                self._world.report(f"memory: {process.name} holds {bodies:,} bytes of bodies")
        early = (job.state.retry_at if job.state else 0) - self._world.server_milliseconds()
        if early > EARLY_MS and not self._world.clock_stepped:
            self._world.report(f"early: {process.name} runs product {job.id} {early / 1000:.2f} s too early")

    def _check_backoff(self, process: Process, job: Job, before: Run) -> None:
        """After each failure a product waits for twice as long, unless it was fed again or an event woke it."""
        world = self._world
        feeds = sum(event.kind in WAKING and event.target == job.shop_id for event in world.plan.events)
        if feeds or world.clock_stepped or before.ended is None or job.attempts != before.attempts + 1:
            return
        least = MIN_BACKOFF * 2.0**before.attempts
        waited = world.loop.now - before.ended
        if waited < least - EARLY_MS / 1000:
            world.report(
                f"backoff: {process.name} runs product {job.id} {waited:.2f} s after its failure number {job.attempts},"
                f" at least {least:g} s should pass"
            )

    def _may_repeat(self, product: tuple[str, str], before: Run, run: Run) -> bool:
        # New hints of a job in flight, buffered ones included, make it run again.
        if run.feeds > 1 or run.epoch > before.epoch or before.process.is_dead:
            return True
        if before.process.in_trouble >= before.began - 2 * self._world.plan.size.lease_seconds:
            return True
        if before.process.is_frozen or self._world.platform.uncertain_until >= before.began:
            return True
        return before.ended is not None and not before.is_done

    def _has_ended(self, product: tuple[str, str], feeds: int) -> bool:
        length = self._world.length("XLEN", OUTCOMES)
        if self._ended[:2] != (length, self._world.epoch):
            self._ended = (length, self._world.epoch, oracles.final_outcomes(self._world))
        return bool(self._ended[2][product] >= feeds > 0)
