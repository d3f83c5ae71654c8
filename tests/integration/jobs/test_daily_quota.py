"""A used-up daily quota stops edits and creations, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.job import Job
from model.job_state import AcceptedEdit, RelistState
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.new_listing import NEW
from tests.support.tiny_platform import LEAF, Refused, product
from worker.daily_quotas import FOLLOW_AUDITS_SECONDS, MAX_ASIDE
from worker.engine.results import Done, Park, StepAside
from worker.jobs.audit import audit_job

FIRST, SECOND = Job(SHOP_ID, "1"), Job(SHOP_ID, "2")
NEW_LISTING = Job(SHOP_ID, "list:erp-1", "list", external_id="erp-1", product=NEW)


def refused() -> None:
    raise Refused(12052093, "daily upload limit is 300 products")


async def used_up(runner: JobRunner) -> None:
    """The first product meets the used-up quota; the park that follows has ended."""
    for number in ("1", "2"):
        runner.platform.add(product(number))
    runner.platform.before["edit"] = [refused]
    parked = await runner.run(FIRST)
    assert isinstance(parked, Park)
    assert parked.seconds == FOLLOW_AUDITS_SECONDS
    runner.clock.forward(seconds=FOLLOW_AUDITS_SECONDS)
    runner.platform.calls.clear()


@pytest.mark.parametrize("job", [FIRST, SECOND, NEW_LISTING])
async def test_edits_step_aside_and_then_park_the_shop_without_a_call(runner: JobRunner, job: Job) -> None:
    await used_up(runner)
    for _ in range(MAX_ASIDE):
        assert isinstance(await runner.run(job), StepAside)
    assert isinstance(await runner.run(job), Park)
    assert not runner.platform.calls


async def test_audits_are_followed_and_plans_are_made_meanwhile(runner: JobRunner) -> None:
    await used_up(runner)
    edited = AcceptedEdit(LEAF, "req-9", int(runner.clock().timestamp()) - 3600)
    followed = await runner.run(audit_job(Job(SHOP_ID, "2"), "2", edited))
    assert not isinstance(followed, Park | StepAside)
    planned = await runner.run(replace(SECOND, dry_run=True))
    assert isinstance(planned, Done)
    assert planned.outcome.outcome == "planned"


async def test_an_edit_whose_response_was_lost_is_looked_for_meanwhile(runner: JobRunner) -> None:
    await used_up(runner)
    sent_at = int(runner.clock().timestamp())
    await runner.run(replace(SECOND, state=RelistState(sent_at=sent_at)))
    assert runner.platform.calls["get"]


async def test_edits_continue_on_the_next_day(runner: JobRunner) -> None:
    await used_up(runner)
    runner.clock.forward(hours=12)
    done = await runner.run(FIRST)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "in_audit"


async def test_edits_continue_at_once_if_an_operator_resumes_the_shop(runner: JobRunner) -> None:
    await used_up(runner)
    runner.platform.before["edit"] = []
    for _ in range(MAX_ASIDE + 1):
        await runner.run(FIRST)
    assert isinstance(await runner.run(FIRST), Done), "the shop runs before its park has ended"
