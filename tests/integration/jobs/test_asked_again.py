"""Products asked about before proposals were certified are processed again once they are, and at most once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError
from structlog.testing import capture_logs

from catalogue.known_leaf import ProposalTest
from model.job import Job
from model.job_state import RelistState
from proposals.risk import Certificate, NotCertifiable, is_checked
from shop_queue.keys import lane_keys
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import LEAF, product
from worker.asked_again import AT_ONCE, CHECK_SECONDS, AskedAgain
from worker.engine.results import Done
from worker.jobs.handlers import job_handlers

GROUP = ("US", LEAF, "100")
CERTIFIED = Certificate(20, 0.005, 400)
UNCHECKED = [str(number) for number in range(50, 200) if not is_checked(f"{SHOP_ID}/{number}/100")][:4]


async def block(redis: Redis, product_id: str, outcome: str = "needs_input", **hints: Any) -> None:
    record = {"outcome": outcome, "kind": "relist", "hints": hints}
    await redis.hset(lane_keys(SHOP_ID).blocked, product_id, orjson.dumps(record))


async def queued(redis: Redis) -> set[str]:
    return {name.decode() for name in await redis.hkeys(lane_keys(SHOP_ID).jobs)}


def filling(runner: JobRunner, redis: Redis) -> JobRunner:
    services = replace(runner.services, autofill_risk=0.01, asked_again=AskedAgain(redis))
    return replace(runner, services=services, handlers=job_handlers(services, redis))


async def with_tests(runner: JobRunner, name: str, tests: int) -> None:
    known = runner.services.known_values
    assert known is not None
    right = [ProposalTest("100", 0.9, False, "known")] * tests
    await known.learn("US", LEAF, f"{SHOP_ID}/{name}", ["oak", "box"], {"100": "2"}, right)


async def outcome_of(runner: JobRunner, product_id: str, **hints: Any) -> str:
    runner.platform.add(product(product_id, title="A box made of oak", product_attributes=[]))
    done = await runner.run(Job(SHOP_ID, product_id, **hints))
    assert isinstance(done, Done)
    return done.outcome.outcome


async def test_an_early_question_is_answered_by_the_service_once_its_value_is_certified(
    runner: JobRunner, redis: Redis
) -> None:
    worker = filling(runner, redis)
    await with_tests(worker, "few", 100)
    assert await outcome_of(worker, UNCHECKED[0]) == "needs_input"
    await block(redis, UNCHECKED[0])
    await with_tests(worker, "enough", 250)
    assert await outcome_of(worker, UNCHECKED[1]) == "in_audit"
    assert await queued(redis) == {UNCHECKED[0]}


async def test_a_complete_product_of_the_leaf_also_notices_the_certificate(runner: JobRunner, redis: Redis) -> None:
    now = 0.0
    again = AskedAgain(redis, lambda: now)
    await again.note(GROUP, Job(SHOP_ID, "1"))
    await block(redis, "1")
    await again.check(GROUP, lambda: CERTIFIED)
    assert await queued(redis) == set(), "checked at most once in a while"
    now = CHECK_SECONDS
    await again.check(GROUP, lambda: NotCertifiable(3))
    assert await queued(redis) == set(), "not certified"
    now = 2 * CHECK_SECONDS
    await again.check(GROUP, lambda: CERTIFIED)
    assert await queued(redis) == {"1"}


async def test_complete_products_are_the_tests_that_certify(runner: JobRunner, redis: Redis) -> None:
    now = 0.0
    services = replace(runner.services, autofill_risk=0.01, asked_again=AskedAgain(redis, lambda: now))
    worker = replace(runner, services=services, handlers=job_handlers(services, redis))
    await with_tests(worker, "nearly", 298)
    assert await outcome_of(worker, UNCHECKED[0]) == "needs_input"
    await block(redis, UNCHECKED[0])
    now = CHECK_SECONDS
    oak = [{"id": "100", "name": "Material", "values": [{"id": "2", "name": "Oak"}]}]
    for number in ("900", "901"):
        worker.platform.add(product(number, title="A box made of oak", product_attributes=oak))
        await worker.run(Job(SHOP_ID, number))
        now += CHECK_SECONDS
    assert await queued(redis) == {UNCHECKED[0]}


async def test_a_product_processed_again_is_not_noted_again(runner: JobRunner, redis: Redis) -> None:
    again = AskedAgain(redis)
    await again.note(GROUP, Job(SHOP_ID, "1", state=RelistState(looks_again=True)))
    await again.note(GROUP, Job(SHOP_ID, "2", dry_run=True))
    await block(redis, "1")
    await block(redis, "2")
    await again.requeue(GROUP)
    assert await queued(redis) == set()


@pytest.mark.parametrize("record", [{"outcome": "failed"}, {"dry_run": True}])
async def test_a_product_that_now_waits_for_something_else_is_left(redis: Redis, record: dict[str, Any]) -> None:
    again = AskedAgain(redis)
    await again.note(GROUP, Job(SHOP_ID, "1"))
    await again.note(GROUP, Job(SHOP_ID, "relisted since"))
    await block(redis, "1", **record)
    await again.requeue(GROUP)
    assert await queued(redis) == set()


async def test_a_question_that_is_not_committed_yet_is_kept(redis: Redis) -> None:
    again = AskedAgain(redis)
    await again.note(GROUP, Job(SHOP_ID, "1"))
    await redis.hset(lane_keys(SHOP_ID).jobs, "1", b"running")
    await again.requeue(GROUP)
    await redis.delete(lane_keys(SHOP_ID).jobs)
    await block(redis, "1")
    await again.requeue(GROUP)
    assert await queued(redis) == {"1"}


async def test_a_large_group_is_requeued_in_parts(redis: Redis) -> None:
    again = AskedAgain(redis)
    for number in range(AT_ONCE + 3):
        await again.note(GROUP, Job(SHOP_ID, str(number)))
        await block(redis, str(number))
    await again.requeue(GROUP)
    assert len(await queued(redis)) == AT_ONCE
    await again.requeue(GROUP)
    assert len(await queued(redis)) == AT_ONCE + 3


async def test_a_plan_requeues_nothing(runner: JobRunner, redis: Redis) -> None:
    worker = filling(runner, redis)
    await with_tests(worker, "few", 100)
    assert await outcome_of(worker, UNCHECKED[0]) == "needs_input"
    await block(redis, UNCHECKED[0])
    await with_tests(worker, "enough", 250)
    await outcome_of(worker, UNCHECKED[1], dry_run=True)
    assert await queued(redis) == set()


async def test_a_corrupt_lane_of_another_shop_does_not_end_the_job(redis: Redis) -> None:
    again = AskedAgain(redis)
    await again.note(GROUP, Job("7494000000000000009", "1"))
    await redis.set(lane_keys("7494000000000000009").blocked, "no hash")
    with capture_logs() as logs:
        await again.requeue(GROUP)
    assert [each["event"] for each in logs] == ["not_asked_again"]


async def test_a_full_redis_does_not_keep_a_job_from_ending(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out = redis.execute_command

    async def full(name: str, *args: Any, **options: Any) -> Any:
        if name == "SADD":
            raise OutOfMemoryError("command not allowed when used memory > 'maxmemory'")
        return await carry_out(name, *args, **options)

    monkeypatch.setattr(redis, "execute_command", full)
    with capture_logs() as logs:
        await AskedAgain(redis).note(GROUP, Job(SHOP_ID, "1"))
    assert [each["event"] for each in logs] == ["not_asked_again"]
