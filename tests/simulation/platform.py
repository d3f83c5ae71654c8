"""The platform as the engine sees it: calls with a latency and an allowance, edits that are counted, answers that fail.

It also checks the engine's promises about calls: each call is checked at the moment it is sent.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from model.job import Job
from tests.simulation.processes import Process
from tests.simulation.story import Story
from worker.engine.call_permits import Access, JobPermits

MIN_LATENCY, MAX_LATENCY = 0.003, 0.06


class NoAnswer(Exception):
    """The request may or may not have been carried out."""


@dataclass(slots=True)
class Run:
    """One run of a job."""

    process: Process
    epoch: int
    """How often Redis had lost writes when the call began."""
    feeds: int
    """Times the job had been fed when it began."""
    began: float
    attempts: int = 0
    """Failures of the job before it."""
    edited: bool = False
    ended: float | None = None
    is_done: bool = False
    """It returned a result that ends the job."""


@dataclass(slots=True, eq=False)
class Platform:
    random: Random
    story: Story
    now: Callable[[], float]
    holder_of: Callable[[str], str]
    """The worker that holds a shop's lease according to Redis."""
    allowance: int
    is_down: bool = False
    is_slow: bool = False
    shops_down: set[str] = field(default_factory=set)
    bad_products: dict[str, int] = field(default_factory=dict)
    """Shop -> failures still to come for its products."""
    silent_products: set[str] = field(default_factory=set)
    """Shops whose failing products get no answer at all, although the platform is up."""
    lost_answers: dict[str, int] = field(default_factory=dict)
    poison: dict[str, int] = field(default_factory=dict)
    """Shop -> crashes still to come of the workers that run its first product."""
    problems: list[str] = field(default_factory=list)
    calls: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """(shop, endpoint class) -> times of its calls."""
    throttled: Counter[str] = field(default_factory=Counter)
    accepted: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    edits: Counter[tuple[str, str]] = field(default_factory=Counter)
    unanswered_edits: Counter[tuple[str, str]] = field(default_factory=Counter)
    uncertain_until: float = -1.0
    """Until then Redis and a worker may disagree about a lease: Redis lost writes, or its clock stepped."""

    async def call(self, process: Process, worker: str, shop: str, access: Access, permits: JobPermits) -> None:
        """Raises NoAnswer, or LeaseOver of the engine."""
        while True:
            await permits.acquire(access)
            self._check_lease(worker, shop)
            self.calls[shop, access].append(self.now())
            await asyncio.sleep(self._latency())
            if self.is_down or shop in self.shops_down:
                await asyncio.sleep(0.05)
                raise NoAnswer
            is_throttled = self._is_throttled(shop, access)
            self.throttled[shop] += is_throttled
            is_soon = permits.report(access, is_throttled, None)
            if not is_throttled:
                return
            if not is_soon:
                await asyncio.sleep(0.5)

    def _check_lease(self, worker: str, shop: str) -> None:
        holder = self.holder_of(shop)
        if holder and holder != worker and self.now() > self.uncertain_until:
            self.problems.append(f"fencing: {worker} sent a call for shop {shop} while {holder} held its lease")
            self.story.note(self.problems[-1])

    def _is_throttled(self, shop: str, access: Access) -> bool:
        if not self.allowance:
            return False
        accepted, now = self.accepted[shop, access], self.now()
        if len(accepted) - bisect_left(accepted, now - 1.0) >= self.allowance:
            return True
        accepted.append(now)
        return False

    def _latency(self) -> float:
        latency = MIN_LATENCY + self.random.random() * (MAX_LATENCY - MIN_LATENCY)
        return latency * 10 if self.is_slow else latency

    def edit(self, job: Job) -> None:
        """Raises NoAnswer for an edit that was carried out and whose answer is lost."""
        self.edits[job.shop_id, job.id] += 1
        if self.lost_answers.get(job.shop_id, 0) > 0:
            self.lost_answers[job.shop_id] -= 1
            self.unanswered_edits[job.shop_id, job.id] += 1
            self.story.note(f"the answer to the edit of {job.id} was lost")
            raise NoAnswer

    def fails(self, job: Job) -> bool:
        """Raises NoAnswer for a product for which the platform never answers."""
        if self.bad_products.get(job.shop_id, 0) > 0:
            self.bad_products[job.shop_id] -= 1
            if job.shop_id in self.silent_products:
                self.story.note(f"the platform does not answer for product {job.id}")
                raise NoAnswer
            return True
        return False


def most_in_a_second(times: list[float]) -> int:
    """The largest number of calls within any second."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
