"""A webhook event for a job in flight runs it again only if it ended blocked; hints always do.

The run that an event repeats publishes no outcome: the product would have two ends.
"""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import CategoryChange, RelistState
from shop_queue.consumer import ClaimBatch, Commit, Complete, LaneConsumer
from shop_queue.keys import OUTCOMES, lane_keys
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer


@pytest.mark.parametrize(
    ("blocked", "update_only", "left", "published"),
    [(False, True, 0, 1), (True, True, 1, 0), (False, False, 1, 1), (True, False, 1, 1)],
)
async def test_event_or_hints_for_a_job_in_flight(
    redis: Redis, blocked: bool, update_only: bool, left: int, published: int
) -> None:
    lanes, consumer, leases = LaneProducer(redis), LaneConsumer(redis), Leases(redis, "w1", 30)
    await lanes.enqueue([EnqueueRequest(Job("1", "p"))])
    (lease,) = (await leases.take(1, 0)).leases
    await consumer.open(lease)
    await consumer.claim([(lease, 1)])
    update = (
        Job("1", "p", state=RelistState(changed=CategoryChange("853000")))
        if update_only
        else Job("1", "p", category_id="853000")
    )
    await lanes.enqueue([EnqueueRequest(update, update_only=update_only)])
    await consumer.commit([Commit(lease, [Complete("p", "needs_input" if blocked else "in_audit", {"a": 1}, blocked)])])
    counts = (await lanes.counts(["1"]))[0]
    assert counts["queued"] == left
    assert await redis.xlen(OUTCOMES) == published
    assert await redis.hlen(lane_keys("1").blocked) == (published if blocked else 0)
    (batch,) = await consumer.claim([(lease, 1)])
    assert isinstance(batch, ClaimBatch)
    again = [job.id for job, _ in batch.jobs]
    assert again == ["p"] * left
    await consumer.commit([Commit(lease, [Complete(each, "needs_input", {"a": 2}, True) for each in again])])
    assert await redis.xlen(OUTCOMES) == published + left


async def test_a_wake_up_runs_no_job_again(redis: Redis) -> None:
    lanes, consumer, leases = LaneProducer(redis), LaneConsumer(redis), Leases(redis, "w1", 30)
    await lanes.enqueue([EnqueueRequest(Job("1", "p"))])
    (lease,) = (await leases.take(1, 0)).leases
    await consumer.open(lease)
    await consumer.claim([(lease, 1)])
    await lanes.enqueue([EnqueueRequest(Job("1", "p", priority="urgent"), update_only=True)])
    await consumer.commit([Commit(lease, [Complete("p", "needs_input", {"a": 1}, blocked=True)])])
    assert (await lanes.counts(["1"]))[0]["queued"] == 0
    assert await redis.xlen(OUTCOMES) == 1
