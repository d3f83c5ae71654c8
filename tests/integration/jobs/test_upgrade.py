"""The platform's own upgrade: requested, polled, requested again, then searched for remaining products."""

from __future__ import annotations

from typing import Any

from model.job import Job
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import Refused, product
from worker.engine.results import Continue, Done

JOB = Job(SHOP_ID, "upgrade", "upgrade", run_id="move")


async def begun(runner: JobRunner) -> Job:
    step = await runner.run(JOB)
    assert isinstance(step, Continue)
    assert step.seconds == 60
    return step.job


async def searches(runner: JobRunner, job: Job) -> list[tuple[str, dict[str, Any], float]]:
    done = await runner.run(job)
    assert isinstance(done, Done), done
    assert done.publish
    assert done.outcome.outcome == "done"
    return [(each.job.id, each.job.filter or {}, each.delay_seconds) for each in done.follow_ups]


async def test_remaining_products_are_searched_for(runner: JobRunner) -> None:
    job = await begun(runner)
    assert runner.platform.calls["upgrade"] == 1
    ((name, search, delay),) = await searches(runner, job)
    assert (name, search["category_version"], delay) == ("search:move", "v1", 0.0)


async def test_upgrade_is_requested_again_after_two_hours(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    job = await begun(runner)
    runner.clock.forward(hours=1)
    step = await runner.run(job)
    assert isinstance(step, Continue)
    assert runner.platform.calls["upgrade"] == 1
    runner.clock.forward(hours=1, minutes=1)
    step = await runner.run(step.job)
    assert isinstance(step, Continue)
    assert runner.platform.calls["upgrade"] == 2
    runner.clock.forward(hours=2, minutes=1)
    await searches(runner, step.job)
    assert runner.platform.calls["upgrade"] == 2


async def test_stalled_upgrade_ends(runner: JobRunner) -> None:
    runner.platform.add(product("1"), product("2"))
    job, polls = await begun(runner), 0
    while True:
        step = await runner.run(job)
        if isinstance(step, Done):
            break
        assert isinstance(step, Continue)
        job, polls = step.job, polls + 1
        runner.platform.on_v1.discard("2")
    assert runner.platform.calls["upgrade"] == 2
    assert polls < 20


async def test_young_products_are_searched_a_day_later(runner: JobRunner) -> None:
    job = await begun(runner)
    runner.platform.add(product("2", create_time=int(runner.clock().timestamp()) - 3600))
    now, later = await searches(runner, job)
    assert now[1]["create_time_le"] == int(runner.clock().timestamp()) - 86_400
    assert later == ("search:move:young", {"category_version": "v1"}, 86_400.0)


async def test_upgrade_does_not_wait_for_inactive_products(runner: JobRunner) -> None:
    job = await begun(runner)
    runner.platform.add(product("1", status="SELLER_DEACTIVATED"))
    assert len(await searches(runner, job)) == 1


async def test_outcome_counts_remaining_products(runner: JobRunner) -> None:
    job = await begun(runner)
    now = int(runner.clock().timestamp())
    runner.platform.add(product("1", create_time=now - 60), product("2", status="SELLER_DEACTIVATED"))
    done = await runner.run(job)
    assert isinstance(done, Done)
    assert done.outcome.counts == {"requests": 1, "left_on_v1": 0, "younger_than_a_day": 1}


async def test_refused_upgrade_fails_with_the_reason(runner: JobRunner) -> None:
    def refuse() -> None:
        raise Refused(12052048, "not this shop")

    runner.platform.before["upgrade"] = [refuse]
    done = await runner.run(JOB)
    assert isinstance(done, Done)
    assert done.outcome.outcome == "failed"
    assert [reason.code for reason in done.outcome.reasons] == ["12052048"]
