"""The jobs of a parked shop stay in their lane, and step aside if others go first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from model.job import Job
from model.job_state import RelistState
from shop_queue.operations import Release, Requeue
from worker.engine.commit_operations import URGENT_AFTER_SECONDS, to_commit_operation
from worker.engine.results import Park

NOW = datetime(2026, 11, 29, tzinfo=UTC)
JOB = Job("7", "1")
QUOTA = Park("the shop's daily quota is used up", 600, others_first=True)


def test_a_job_that_meets_a_park_keeps_its_place() -> None:
    assert to_commit_operation(JOB, Park("the platform refuses the shop's token", 60), 5, NOW) == Release("1")


def test_a_job_steps_behind_the_others_if_they_go_first() -> None:
    assert to_commit_operation(JOB, QUOTA, 5, NOW) == Requeue(JOB, to_tail=True)


def test_an_urgent_job_runs_soon_after_the_park_instead() -> None:
    urgent = replace(JOB, priority="urgent")
    assert to_commit_operation(urgent, QUOTA, 5, NOW) == Requeue(urgent, 600 + URGENT_AFTER_SECONDS)


def test_a_product_that_waits_stays_in_that_state() -> None:
    waiting = replace(JOB, state=RelistState(waiting_since=1))
    assert to_commit_operation(waiting, QUOTA, 5, NOW) == Requeue(waiting, to_tail=True, waits=True)
