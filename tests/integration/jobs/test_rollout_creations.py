"""Creations are held by the rollout and read back like edits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from rollout.operations import RolloutOperations
from rollout.service import Rollout
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.new_listing import NEW
from tests.support.tiny_platform import LEAF, Cut
from worker.engine.results import Continue, Done, Result, Retry, Wait
from worker.jobs.handlers import job_handlers


@pytest.fixture(autouse=True)
def rollout(runner: JobRunner, redis: Redis) -> Rollout:
    rollout = Rollout(redis, "normal")
    runner.services = replace(runner.services, rollout=rollout)
    runner.handlers = job_handlers(runner.services, redis)
    return rollout


def cut() -> None:
    raise Cut


def creation(number: int) -> Job:
    (sku,) = NEW["skus"]
    product = {**NEW, "skus": [{**sku, "seller_sku": f"jar-{number}"}]}
    return Job(SHOP_ID, f"list:erp-{number}", "list", external_id=f"erp-{number}", product=product)


def audit_of(result: Result) -> Job:
    assert isinstance(result, Done), result
    return result.follow_ups[0].job


async def test_a_creation_waits_for_the_first_of_its_leaf(runner: JobRunner, redis: Redis) -> None:
    first = await runner.run(creation(1))
    held = await runner.run(creation(2))
    assert isinstance(held, Wait)
    assert runner.platform.calls["create"] == 1
    before = dict(runner.platform.calls)
    assert isinstance(await runner.run(held.job), Wait)
    assert dict(runner.platform.calls) == before, "a held creation makes no call"
    await runner.run(audit_of(first))
    _, group = await RolloutOperations(redis).show(f"leaf/US/{LEAF}")
    assert group is not None
    assert (group.clean, group.looking) == (1, {})
    assert isinstance(await runner.run(held.job), Done)
    assert runner.platform.calls["create"] == 2


async def test_a_new_listing_without_its_description_stops_the_field(runner: JobRunner, redis: Redis) -> None:
    audit = audit_of(await runner.run(creation(1)))
    runner.platform.products[audit.product_id]["description"] = ""
    step = await runner.run(audit)
    assert isinstance(step, Continue), "a difference needs a second look"
    await runner.run(step.job)
    (cause,) = await RolloutOperations(redis).causes()
    assert cause.key == f"field/description/US/{LEAF}"


async def test_a_refused_creation_gives_its_places_back(runner: JobRunner, redis: Redis) -> None:
    first = await runner.run(creation(1))
    await runner.run(audit_of(first))
    again = await runner.run(replace(creation(1), attempts=1))
    assert isinstance(again, Done), "the listing is found"
    _, group = await RolloutOperations(redis).show(f"leaf/US/{LEAF}")
    assert group is not None
    assert group.looking == {}


async def test_a_creation_whose_response_was_lost_is_read_back_once_it_is_found(
    runner: JobRunner, redis: Redis
) -> None:
    runner.platform.after["create"] = [cut]
    lost = await runner.run(creation(1))
    assert isinstance(lost, Retry)
    assert lost.job is not None
    audit = audit_of(await runner.run(replace(lost.job, attempts=1)))
    assert runner.platform.calls["create"] == 1
    await runner.run(audit)
    _, group = await RolloutOperations(redis).show(f"leaf/US/{LEAF}")
    assert group is not None
    assert (group.clean, group.looking) == (1, {})


async def test_a_creation_that_never_arrived_keeps_its_places(runner: JobRunner, redis: Redis) -> None:
    runner.platform.before["create"] = [cut]
    lost = await runner.run(creation(1))
    assert isinstance(lost, Retry)
    assert lost.job is not None
    await runner.run(audit_of(await runner.run(replace(lost.job, attempts=1))))
    _, group = await RolloutOperations(redis).show(f"leaf/US/{LEAF}")
    assert group is not None
    assert (group.clean, group.looking) == (1, {})
