"""The platform's own upgrade: requested, polled, requested again, then searched for remaining products."""

from __future__ import annotations

from typing import Any

from model.job import Job
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import product
from worker.engine.results import Continue, Done

JOB = Job(SHOP_ID, "upgrade", "upgrade", run_id="move")


async def begun(desk: Desk) -> Job:
    step = await desk.run(JOB)
    assert isinstance(step, Continue)
    assert step.seconds == 60
    return step.job


async def searches(desk: Desk, job: Job) -> list[tuple[str, dict[str, Any], float]]:
    done = await desk.run(job)
    assert isinstance(done, Done), done
    assert not done.publish
    return [(each.job.id, each.job.filter or {}, each.delay_seconds) for each in done.follow_ups]


async def test_remaining_products_are_searched_for(desk: Desk) -> None:
    job = await begun(desk)
    assert desk.platform.calls["upgrade"] == 1
    ((name, search, delay),) = await searches(desk, job)
    assert (name, search["category_version"], delay) == ("search:move", "v1", 0.0)


async def test_upgrade_is_requested_again_after_two_hours(desk: Desk) -> None:
    desk.platform.add(product("1"))
    job = await begun(desk)
    desk.clock.forward(hours=1)
    step = await desk.run(job)
    assert isinstance(step, Continue)
    assert desk.platform.calls["upgrade"] == 1
    desk.clock.forward(hours=1, minutes=1)
    step = await desk.run(step.job)
    assert isinstance(step, Continue)
    assert desk.platform.calls["upgrade"] == 2
    desk.clock.forward(hours=2, minutes=1)
    await searches(desk, step.job)
    assert desk.platform.calls["upgrade"] == 2


async def test_stalled_upgrade_is_not_waited_for(desk: Desk) -> None:
    desk.platform.add(product("1"), product("2"))
    job, polls = await begun(desk), 0
    while True:
        step = await desk.run(job)
        if isinstance(step, Done):
            break
        assert isinstance(step, Continue)
        job, polls = step.job, polls + 1
        desk.platform.on_v1.discard("2")
    assert desk.platform.calls["upgrade"] == 2
    assert polls < 20


async def test_young_products_are_searched_a_day_later(desk: Desk) -> None:
    job = await begun(desk)
    desk.platform.add(product("2", create_time=int(desk.clock().timestamp()) - 3600))
    now, later = await searches(desk, job)
    assert now[1]["create_time_le"] == int(desk.clock().timestamp()) - 86_400
    assert later == ("search:move:young", {"category_version": "v1"}, 86_400.0)


async def test_inactive_products_are_not_waited_for(desk: Desk) -> None:
    job = await begun(desk)
    desk.platform.add(product("1", status="SELLER_DEACTIVATED"))
    assert len(await searches(desk, job)) == 1
