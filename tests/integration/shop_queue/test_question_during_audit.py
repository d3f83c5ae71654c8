"""A question that a product raises while its edit is in audit, for example after an answer, outlives that audit."""

from __future__ import annotations

from typing import Any

import orjson
from redis.asyncio import Redis

from model.job import Job, audit_job_id
from shop_queue.consumer import Complete
from shop_queue.lane_stats import read_lane_stats
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, claim, commit, held

RELIST = Job(SHOP, "1")
AUDIT = Job(SHOP, audit_job_id("1"), "audit")


def ended(job: Job, outcome: str, *follow_ups: EnqueueRequest) -> Complete:
    record = {"outcome": outcome, "kind": job.kind, "product_id": "1"}
    return Complete(job.id, outcome, record, outcome in ("needs_input", "rejected"), follow_ups, {"hints": {"n": 1}})


async def run(redis: Redis, lease: Lease, job: Job, outcome: str, *follow_ups: EnqueueRequest) -> None:
    await claim(redis, lease)
    await commit(redis, lease, ended(job, outcome, *follow_ups))


async def edited(redis: Redis) -> Lease:
    """The product is in audit, after a question that an answer has ended."""
    lease = await held(redis)
    for outcome, follow_ups in (("needs_input", ()), ("in_audit", (EnqueueRequest(AUDIT),))):
        await LaneProducer(redis).enqueue([EnqueueRequest(RELIST)])
        await run(redis, lease, RELIST, outcome, *follow_ups)
    return lease


async def asked_in_audit(redis: Redis, audit_end: str) -> None:
    lease = await edited(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(RELIST)])
    await claim(redis, lease)
    await commit(redis, lease, ended(RELIST, "needs_input"))
    await commit(redis, lease, ended(AUDIT, audit_end))


async def blocked(redis: Redis) -> dict[str, Any]:
    return {name.decode(): orjson.loads(body) for name, body in (await redis.hgetall(KEYS.blocked)).items()}


async def counted(redis: Redis) -> dict[str, int]:
    (lane,) = await read_lane_stats(redis, [SHOP])
    return {state: number for state, number in lane.products.by_state.items() if number}


async def test_question_outlives_an_audit_that_passes(redis: Redis) -> None:
    await asked_in_audit(redis, "relisted")
    assert (await blocked(redis))["1"]["outcome"] == "needs_input"
    assert await counted(redis) == {"needs_input": 1}
    assert await redis.hget(KEYS.counters, "relisted") == b"1"


async def test_question_outlives_an_audit_that_fails(redis: Redis) -> None:
    await asked_in_audit(redis, "rejected")
    assert (await blocked(redis))["1"]["kind"] == "relist"
    assert await counted(redis) == {"needs_input": 1}


async def test_rejection_of_a_replaced_edit_ends_with_the_next_audit(redis: Redis) -> None:
    lease = await edited(redis)
    await claim(redis, lease)  # The audit runs while another edit is accepted.
    await LaneProducer(redis).enqueue([EnqueueRequest(RELIST)])
    await claim(redis, lease)
    await commit(redis, lease, ended(RELIST, "in_audit", EnqueueRequest(AUDIT)), ended(AUDIT, "rejected"))
    assert await counted(redis) == {"in_audit": 1}
    await run(redis, lease, AUDIT, "relisted")
    assert await blocked(redis) == {}
    assert await counted(redis) == {"relisted": 1}
