"""A job that parks its shop, or steps aside for others, stays in its lane unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from model.job import Job
from model.job_state import RelistState
from shop_queue.operations import Release, Requeue, operation_arguments
from worker.engine.commit_operations import to_commit_operation
from worker.engine.results import Park, StepAside

NOW = datetime(2026, 11, 29, tzinfo=UTC)
JOB = Job("7", "1")
ASIDE = StepAside("the shop's daily quota is used up")


def test_a_job_that_parks_its_shop_keeps_its_place() -> None:
    assert to_commit_operation(JOB, Park("the platform refuses the shop's token", 60), 5, NOW) == Release("1")


def test_a_job_that_steps_aside_goes_behind_the_others_of_its_priority() -> None:
    urgent = replace(JOB, priority="urgent")
    for job, delay in ((JOB, -1), (urgent, -2)):
        operation = to_commit_operation(job, ASIDE, 5, NOW)
        assert operation == Requeue(job, to_tail=True, keeps_priority=True)
        assert operation_arguments([operation])[3] == delay


def test_a_product_that_waits_stays_in_that_state() -> None:
    waiting = replace(JOB, state=RelistState(waiting_since=1))
    operation = to_commit_operation(waiting, ASIDE, 5, NOW)
    assert isinstance(operation, Requeue)
    assert operation.waits
