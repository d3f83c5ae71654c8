"""People's answers to a product are used by whatever job comes next, until its listing has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import PlanFingerprint, RelistState
from shop_queue.blocked_products import read_blocked
from shop_queue.consumer import Complete
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.blocked_records import MATERIAL, block
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import OTHER_LEAF, product
from tests.support.working_engine import UNPACED, outcomes, until
from worker.engine.commit_operations import to_commit_operation
from worker.engine.results import Done, Retry, Wait

NIGHTLY = Job(SHOP_ID, "1", run_id="nightly")
OAK: dict[str, Any] = {"id": "100", "values": [{"id": "2", "name": "Oak"}]}
GLASS: dict[str, Any] = {"id": "100", "values": [{"id": "1", "name": "Glass"}]}


def materials(runner: JobRunner) -> list[str]:
    """The material in each edit."""
    return [value["id"] for edit in runner.platform.edits for value in edit["product_attributes"][0]["values"]]


async def test_a_refed_product_keeps_the_answers_of_a_rejected_edit(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"))
    sent = await runner.run(replace(NIGHTLY, run_id="answers", attributes=(OAK,)))
    assert isinstance(sent, Done)
    (audit,) = sent.follow_ups
    waits = await runner.run(NIGHTLY)
    assert isinstance(waits, Wait)
    runner.platform.products["1"] = product("1", audit={"status": "FAILED"})

    await LaneProducer(redis).enqueue([audit])
    waits = await runner.run(waits.job)
    assert isinstance(waits, Wait), "the end of the audit is not recorded yet"
    assert len(runner.platform.edits) == 1

    rejected = await runner.run(audit.job)
    assert isinstance(rejected, Done)
    assert rejected.outcome.outcome == "rejected"
    await redis.hdel(lane_keys(SHOP_ID).jobs, audit.job.id)  # type: ignore[misc]
    await block(redis, SHOP_ID, "1", outcome="rejected", kind="audit", hints={"attributes": [OAK]})
    done = await runner.run(waits.job)
    assert isinstance(done, Done)
    assert materials(runner) == ["2", "2"]
    assert done.follow_ups[0].job.attributes == (OAK,), "kept in case this audit fails too"


@pytest.mark.parametrize("stored", [{"hints": {"attributes": [OAK]}}, {"kept": {"q": {"hint": {"attribute": OAK}}}}])
async def test_a_refed_product_has_the_answers_that_wait_for_others(
    runner: JobRunner, redis: Redis, stored: dict[str, Any]
) -> None:
    runner.platform.add(product("1", product_attributes=[]))
    await block(redis, SHOP_ID, "1", MATERIAL, **stored)
    assert isinstance(await runner.run(NIGHTLY), Done)
    assert materials(runner) == ["2"]


async def test_a_feeders_own_answer_wins(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"))
    await block(redis, SHOP_ID, "1", MATERIAL, hints={"attributes": [OAK]})
    assert isinstance(await runner.run(replace(NIGHTLY, attributes=(GLASS,))), Done)
    assert materials(runner) == ["1"]


@pytest.mark.parametrize(
    ("hints", "state"),
    [
        ({"dry_run": True}, RelistState()),
        ({"state": {"plan": {"product": "a", "edit": "b"}}}, RelistState()),
        ({}, RelistState(on_v1=True)),
        ({}, RelistState(plan=PlanFingerprint("a", "b"))),
    ],
)
async def test_decisions_of_plans_and_dry_runs_stay_theirs(
    runner: JobRunner, redis: Redis, hints: dict[str, Any], state: RelistState
) -> None:
    await block(redis, SHOP_ID, "1", MATERIAL, hints={"attributes": [OAK], **hints})
    job = replace(NIGHTLY, state=state)
    assert await runner.services.decisions.added_to(job) == job


async def test_a_dry_run_leaves_what_blocks_a_known_product(runner: JobRunner, redis: Redis) -> None:
    """`relist plan` after a rejection must not make the service forget the answers."""
    lanes, blocked = LaneProducer(redis), lane_keys(SHOP_ID).blocked
    runner.platform.add(product("1"), product("2"))
    await block(redis, SHOP_ID, "1", MATERIAL, hints={"attributes": [OAK]})
    await lanes.enqueue([EnqueueRequest(Job(SHOP_ID, "1"), skip_if_pending=True)])  # a search: known and blocked
    before = await redis.hgetall(blocked)  # type: ignore[misc]
    await lanes.enqueue([EnqueueRequest(Job(SHOP_ID, each, dry_run=True)) for each in ("1", "2")])
    async with runner.engine(redis, UNPACED):

        async def planned() -> bool:
            return [each["outcome"] for each in await outcomes(redis)] == ["planned", "planned"]

        await until(planned)
    assert await redis.hgetall(blocked) == before  # type: ignore[misc]


async def test_a_refed_product_that_is_blocked_again_keeps_its_answers(runner: JobRunner, redis: Redis) -> None:
    """A category that a person chose must not be asked again after every night's feed."""
    runner.platform.add(product("1", product_attributes=[]))
    await block(redis, SHOP_ID, "1", MATERIAL, hints={"category_id": OTHER_LEAF})
    for run_id in ("monday", "tuesday"):
        await LaneProducer(redis).enqueue([EnqueueRequest(replace(NIGHTLY, run_id=run_id))])
        async with runner.engine(redis, UNPACED):

            async def ended(run_id: str = run_id) -> bool:
                return [each["run_id"] for each in await outcomes(redis)][-1:] == [run_id]

            await until(ended)
        (blocked,) = (await read_blocked(redis, [(SHOP_ID, "1")])).values()
        assert blocked is not None
        assert (blocked.outcome, blocked.retry().category_id) == ("needs_input", OTHER_LEAF)


async def test_a_job_whose_attempts_are_used_up_keeps_its_answers(runner: JobRunner, redis: Redis) -> None:
    await block(redis, SHOP_ID, "1", MATERIAL, hints={"attributes": [OAK]})
    runner.platform.bad.add("1")
    failed = await runner.run(NIGHTLY)
    assert isinstance(failed, Retry)
    operation = to_commit_operation(NIGHTLY, failed, 1, runner.clock())
    assert isinstance(operation, Complete)
    assert operation.context is not None
    assert operation.context["hints"]["attributes"] == (OAK,)
