"""Compares a worker's memory of accepted edits and of used-up quotas with second implementations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from model.job import Job, undo_job_id
from tests.simulation.pipeline.exercise_edit import NOW, PRODUCT, SHOP, parts_of_time
from tiktok_shop.product_responses import EditResponse
from worker.daily_quotas import FOLLOW_AUDITS_SECONDS, MAX_ASIDE, DailyQuotas
from worker.edit_ledger import MAX_ACCEPTED, REMEMBERED_SECONDS, EditLedger
from worker.engine.results import Park, StopWorker

DAY = 86_400.0
JOBS = (
    Job(SHOP.shop_id, PRODUCT, run_id="r"),
    Job(SHOP.shop_id, PRODUCT, run_id="r", brand_id="b"),
    Job(SHOP.shop_id, undo_job_id(PRODUCT), "undo", run_id="r"),
)
"""The second one is the first with an answer."""


@dataclass(slots=True)
class Quota:
    """The quota of a shop as it should be remembered."""

    ends: datetime | None = None
    parked_until: datetime = NOW
    aside: int = 0

    def refused(self, now: datetime, seconds: float) -> float:
        """An edit was refused. The seconds for which the shop is parked."""
        if self.ends is None or now >= self.parked_until:
            self.ends, self.aside = now + timedelta(seconds=seconds), 0
            self.parked_until = min(self.ends, now + timedelta(seconds=FOLLOW_AUDITS_SECONDS))
        return (self.parked_until - now).total_seconds()

    def asked(self, now: datetime) -> float | str:
        """An edit is about to be sent: it may be, it steps aside, or the shop is parked for these seconds."""
        if self.ends is None or now < self.parked_until or now >= self.ends:
            self.ends = None
            return "sent"
        if self.aside < MAX_ASIDE:
            self.aside += 1
            return "aside"
        return self.refused(now, (self.ends - now).total_seconds())


def exercise_quotas(random: Random, report: Callable[[str], None], steps: int) -> None:
    real, right, now = DailyQuotas(), Quota(), NOW
    for step in range(steps):
        now += timedelta(seconds=random.choice((0.0, 1.0, 300.0, 599.0, 601.0, 3_000.0, DAY)))
        if random.random() < 0.3:
            seconds = random.choice((100.0, 5_000.0, DAY))
            found: float | str | None = real.used_up(SHOP.shop_id, Park("quota", seconds), now).seconds
            wanted: float | str = right.refused(now, seconds)
        else:
            for _ in range(random.choice((1, 1, 1, MAX_ASIDE + 1))):
                answer, wanted = real.still_used_up(SHOP.shop_id, now), right.asked(now)
                found = answer.seconds if isinstance(answer, Park) else "sent" if answer is None else "aside"
                if found != wanted:
                    break
        if found != wanted:
            report(f"edit guard: in step {step} of a quota an edit has the answer {found!r} instead of {wanted!r}")
            return


@dataclass(slots=True)
class Memory:
    """The accepted edits and the last sender of a product as they should be remembered."""

    accepted: dict[str, tuple[str, float, int]] = field(default_factory=dict)
    """Job -> its brand when its edit was accepted, the time, and how often for this decision."""
    sender: tuple[str, float] | None = None

    def remember(self, job: Job, now: float) -> None:
        brand, _, times = self.accepted.get(job.id, ("", 0.0, 0))
        self.accepted[job.id] = (job.brand_id, now, times + 1 if brand == job.brand_id else 1)
        self.sender = (job.id, now)

    def says(self, job: Job, since: float, now: float) -> tuple[bool, bool, bool]:
        """Whether the edit is accepted, whether it may not be sent, and whether another job has sent one since."""
        brand, at, times = self.accepted.get(job.id, ("?", 0.0, 0))
        is_same = brand == job.brand_id
        is_outdated = self.sender is not None and self.sender[0] != job.id and self.sender[1] >= since
        return is_same and now - at <= REMEMBERED_SECONDS, is_same and times >= MAX_ACCEPTED, is_outdated


@dataclass(slots=True)
class Clock:
    now: float = 1_000.0

    def monotonic(self) -> float:
        return self.now


def exercise_ledger(random: Random, report: Callable[[str], None], steps: int) -> None:
    clock, right = Clock(), Memory()
    real = EditLedger(lambda: clock.now)
    with parts_of_time(clock):
        for step in range(steps):
            job = random.choice(JOBS)
            match random.randrange(8):
                case 0 | 1:
                    real.remember(job, PLAN, EditResponse(PRODUCT, None, (), None), step)
                    right.remember(job, clock.now)
                case 2:
                    real.sending(job)
                    right.sender = (job.id, clock.now)
                case 3:
                    real.job_committed(SHOP.shop_id, job.id)
                    right.accepted.pop(job.id, None)
                case 4 if random.random() < 0.3:
                    real.lease_lost(SHOP.shop_id)
                    right.accepted, right.sender = {}, None
                case 5:
                    clock.now += random.choice((1.0, 300.0, REMEMBERED_SECONDS, REMEMBERED_SECONDS + 1))
            since = clock.now - random.choice((0.0, 0.5, 400.0))
            found = real.accepted(job) is not None, _is_refused(real, job), real.other_sent_since(job, since)
            if found != (wanted := right.says(job, since, clock.now)):
                names = ("accepted", "sent too often", "outdated")
                wrong = [name for name, one, other in zip(names, found, wanted, strict=True) if one != other]
                report(f"edit guard: in step {step} a worker is wrong about an edit: {', '.join(wrong)}")
                return


PLAN: Any = None


def _is_refused(ledger: EditLedger, job: Job) -> bool:
    try:
        ledger.check(job)
    except StopWorker:
        return True
    return False
