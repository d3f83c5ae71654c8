"""The guard of every edit: fresh reads, no version under review, and no second edit after a lost response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import RelistState
from record.entry import StoredEdit
from record.record import Record
from shop_queue.consumer import LaneConsumer
from shop_queue.keys import cancelled_key, lane_keys
from shop_queue.leases import wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.recorded_edit import recorded_undo
from tests.support.tiny_platform import Cut, Refused, product
from tests.support.working_engine import UNPACED, outcomes, until
from worker.engine.results import Done, Result, Retry, Wait
from worker.jobs.earlier_edit import ARRIVAL_SECONDS

RELIST = Job(SHOP_ID, "1", run_id="r")
NEW_TITLE = "The seller's new title, of glass"


async def job_of(runner: JobRunner, kind: str) -> Job:
    """A relist, or the undo of an edit that made the product's present material."""
    if kind == "relist":
        return RELIST
    oak = [{"id": "100", "name": "Material", "values": [{"id": "2", "name": "Oak"}]}]
    changed = {"product_attributes": product("1")["product_attributes"]}
    return await recorded_undo(runner.record, SHOP_ID, product("1", product_attributes=oak), changed)


def name_of(result: Result) -> str:
    assert isinstance(result, Done), result
    return result.outcome.outcome


def titles(runner: JobRunner) -> list[str]:
    return [str(edit["title"]) for edit in runner.platform.edits]


def raising(error: Exception) -> Callable[[], None]:
    def happen() -> None:
        raise error

    return happen


@pytest.mark.parametrize("kind", ["relist", "undo"])
@pytest.mark.parametrize("status", ["AUDITING", "PRE_APPROVED", "auditing", "QUALITY_CHECK"])
async def test_a_version_under_review_is_never_edited_over(runner: JobRunner, kind: str, status: str) -> None:
    job = await job_of(runner, kind)
    runner.platform.add(product("1"))
    runner.platform.save("1", title=NEW_TITLE)
    runner.platform.products["1"]["audit"] = {"status": status}
    delays: list[float] = []
    for poll in range(4):
        wait = await runner.run(job)
        assert isinstance(wait, Wait)
        assert (wait.outcome is not None) == (poll == 0), "published once"
        assert wait.job.attempts == 0
        job = wait.job
        delays.append(wait.seconds)
    assert delays == sorted(delays)
    assert delays[-1] <= runner.services.audit_poll_seconds
    assert runner.platform.edits == []
    runner.platform.approve("1")
    assert name_of(await runner.run(job)) == "in_audit"
    if job.kind == "relist":
        assert titles(runner) == [NEW_TITLE]


async def test_an_operator_may_decide_to_edit_the_version_under_review(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.save("1", title=NEW_TITLE)
    held = await runner.run(RELIST)
    assert isinstance(held, Wait), held
    decided = held.job.merged_with(replace(RELIST, state=RelistState(over_review=True)))
    assert name_of(await runner.run(decided)) == "in_audit"
    assert titles(runner) == [NEW_TITLE], "the seller's change is part of the edit"
    entry = await runner.record.last_edit(SHOP_ID, "1")
    assert isinstance(entry, StoredEdit)
    assert entry.before is not None
    assert entry.before["title"] == NEW_TITLE


async def test_a_review_that_ended_before_the_decision_is_not_an_obstacle(runner: JobRunner) -> None:
    runner.platform.add(product("1", title=NEW_TITLE, audit={"status": "AUDITING"}))
    held = await runner.run(replace(RELIST, state=RelistState(over_review=True)))
    assert isinstance(held, Wait), "the platform shows a review but no version"
    runner.platform.products["1"]["audit"] = {"status": "APPROVED"}
    assert name_of(await runner.run(held.job)) == "in_audit"


async def test_a_wait_is_published_once_and_holds_no_slot(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"))
    runner.platform.save("1", title=NEW_TITLE)
    await LaneProducer(redis).enqueue([EnqueueRequest(RELIST)])
    async with runner.engine(redis, UNPACED) as engine:

        async def delayed() -> bool:
            return bool(await redis.zcard(lane_keys(SHOP_ID).delayed)) and engine.slots == UNPACED.max_jobs

        await until(delayed)
        runner.platform.approve("1")
        await redis.zadd(lane_keys(SHOP_ID).delayed, {"1": 0})
        await wake(redis, [(SHOP_ID, 0)])
        engine.wake()
        engine.reread(SHOP_ID)

        async def edited() -> bool:
            return [each["outcome"] for each in await outcomes(redis)] == ["waiting", "in_audit"]

        await until(edited)
    assert {each["attempts"] for each in await outcomes(redis)} == {1}
    assert titles(runner) == [NEW_TITLE]


async def test_a_refed_product_keeps_the_answers_of_the_edit_in_audit(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    answer = ({"id": "100", "values": [{"id": "2", "name": "Oak"}]},)
    assert name_of(await runner.run(replace(RELIST, attributes=answer))) == "in_audit"
    wait = await runner.run(RELIST)
    assert isinstance(wait, Wait)
    runner.platform.approve("1")
    assert name_of(await runner.run(wait.job)) == "in_audit", "the audit of the first edit is followed"
    (live,) = runner.platform.products["1"]["product_attributes"]
    assert live["values"][0]["id"] == "2"
    assert len(runner.platform.edits) == 1


async def test_an_answer_given_during_the_audit_is_not_lost(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    assert name_of(await runner.run(RELIST)) == "in_audit"
    weight = {"value": "2.5", "unit": "KILOGRAM"}
    wait = await runner.run(replace(RELIST, fields={"package_weight": weight}))
    assert isinstance(wait, Wait), "the version under review lacks the answer"
    runner.platform.approve("1")
    assert name_of(await runner.run(wait.job)) == "in_audit"
    assert runner.platform.edits[-1]["package_weight"] == weight


async def test_a_lost_response_is_followed_and_not_repeated(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [raising(Cut())]
    retry = await runner.run(RELIST)
    assert isinstance(retry, Retry)
    assert retry.job is not None
    done = await runner.run(replace(retry.job, attempts=1))
    assert name_of(done) == "in_audit"
    assert isinstance(done, Done)
    assert [each.job.id for each in done.follow_ups] == ["audit:1"]
    assert len(runner.platform.edits) == 1


@pytest.mark.parametrize("kind", ["relist", "undo"])
async def test_an_edit_that_arrived_unnoticed_is_relisted(runner: JobRunner, kind: str) -> None:
    job = await job_of(runner, kind)
    runner.platform.add(product("1"))
    runner.platform.after["edit"] = [raising(Refused(36009003, "internal error", 500))]
    retry = await runner.run(job)
    assert isinstance(retry, Retry)
    assert retry.job is not None
    runner.platform.approve("1")
    assert name_of(await runner.run(replace(retry.job, attempts=1))) == "relisted"
    assert len(runner.platform.edits) == 1


async def test_an_edit_that_never_arrived_is_sent_again(runner: JobRunner) -> None:
    runner.platform.add(product("1"))
    runner.platform.before["edit"] = [raising(Cut())]
    retry = await runner.run(RELIST)
    assert isinstance(retry, Retry)
    assert retry.job is not None
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    assert name_of(await runner.run(replace(retry.job, attempts=1))) == "in_audit"
    assert len(runner.platform.edits) == 1


async def test_an_undo_of_a_weight_that_never_arrived_is_sent_again(runner: JobRunner) -> None:
    old, new = ({"value": value, "unit": "KILOGRAM"} for value in ("1.2", "2.5"))
    runner.platform.add(product("1", package_weight=new))
    job = await recorded_undo(runner.record, SHOP_ID, product("1", package_weight=old), {"package_weight": new})
    runner.platform.before["edit"] = [raising(Cut())]
    retry = await runner.run(job)
    assert isinstance(retry, Retry)
    assert retry.job is not None
    runner.clock.forward(seconds=ARRIVAL_SECONDS)
    assert name_of(await runner.run(replace(retry.job, attempts=1))) == "in_audit"
    assert [each["package_weight"] for each in runner.platform.edits] == [old]


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The clock that determines the age of reads."""
    time = Time()
    monkeypatch.setattr("worker.jobs.edit.time", time)
    return time


def seller_saves(runner: JobRunner) -> None:
    runner.platform.products["1"]["title"] = NEW_TITLE


async def test_a_slow_record_makes_the_product_be_read_again(
    runner: JobRunner, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.platform.add(product("1"))
    append, stalls = Record.append, [12.0]

    async def append_slowly(record: Record, entry: Any) -> int:
        number = await append(record, entry)
        if stalls:
            clock.now += stalls.pop()
            seller_saves(runner)
        return number

    monkeypatch.setattr(Record, "append", append_slowly)
    assert name_of(await runner.run(RELIST)) == "in_audit"
    assert titles(runner) == [NEW_TITLE]
    assert runner.platform.calls["get"] == 2


async def test_a_throttled_edit_is_read_again_before_it_is_resent(runner: JobRunner, clock: Time) -> None:
    runner.platform.add(product("1"))

    def throttle() -> None:
        clock.now += 12.0
        seller_saves(runner)
        raise Refused(36009002, "too many requests", 429)

    runner.platform.before["edit"] = [throttle]
    assert name_of(await runner.run(RELIST)) == "in_audit"
    assert titles(runner) == [NEW_TITLE]
    assert (runner.platform.calls["get"], runner.platform.calls["edit"]) == (2, 2)


async def test_a_review_that_begins_before_the_resend_is_respected(runner: JobRunner, clock: Time) -> None:
    runner.platform.add(product("1"))

    def throttle() -> None:
        clock.now += 12.0
        runner.platform.save("1", title=NEW_TITLE)
        raise Refused(36009002, "too many requests", 429)

    runner.platform.before["edit"] = [throttle]
    assert isinstance(await runner.run(RELIST), Wait)
    assert runner.platform.edits == []


async def test_a_lost_commit_does_not_repeat_the_edit(
    runner: JobRunner, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.platform.add(product("1"))
    commit, lost = LaneConsumer.commit, [3]

    async def loses_commits(consumer: LaneConsumer, commits: Any) -> Any:
        if lost[0]:
            lost[0] -= 1
            return [ConnectionError("Connection closed by server.")] * len(commits)
        return await commit(consumer, commits)

    monkeypatch.setattr(LaneConsumer, "commit", loses_commits)
    await LaneProducer(redis).enqueue([EnqueueRequest(RELIST)])
    async with runner.engine(redis, UNPACED):

        async def done() -> bool:
            return len(await outcomes(redis)) == 1

        await until(done)
    assert len(runner.platform.edits) == 1


async def test_nothing_is_sent_for_a_cancelled_run(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"), product("2"))
    await redis.set(cancelled_key(SHOP_ID, "r"), 1)
    done = await runner.run(RELIST)
    assert isinstance(done, Done)
    assert done.outcome.reasons[0].code == "cancelled"
    assert runner.platform.edits == []
    await runner.run(replace(RELIST, id="2", run_id="another", state=RelistState(on_v1=True)))
    assert len(runner.platform.edits) == 1


async def test_an_undo_continues_in_a_shop_whose_other_work_was_cancelled(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(product("1"))
    undo = await job_of(runner, "undo")
    await redis.set(cancelled_key(SHOP_ID, ""), 1)
    assert name_of(await runner.run(undo)) == "in_audit"
