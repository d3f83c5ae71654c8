"""Audit jobs: the audit of the newest edit is followed, whatever else is committed with it."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from model.job import Job
from model.job_state import AcceptedEdit, AuditState
from shop_queue.consumer import Commit, Committed, Complete, LaneConsumer, Operation
from shop_queue.keys import lane_keys
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOP, PRODUCT = "7494", "1729"
KEYS = lane_keys(SHOP)


def audit(leaf: str) -> Job:
    return Job(SHOP, f"audit:{PRODUCT}", "audit", state=AuditState(edit=AcceptedEdit(leaf)))


@pytest.mark.parametrize("delay", [0, 60])
@pytest.mark.parametrize("first", ["the end of the old audit", "the new edit"])
async def test_audit_completed_with_a_newer_edit_keeps_its_audit(redis: Redis, first: str, delay: int) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, PRODUCT)), EnqueueRequest(audit("old leaf"))])
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    consumer = LaneConsumer(redis)
    await consumer.open(lease)
    await consumer.claim([(lease, 2)])
    edited = Complete(PRODUCT, "in_audit", {}, follow_ups=(EnqueueRequest(audit("new leaf"), delay_seconds=delay),))
    together: list[Operation] = [Complete(f"audit:{PRODUCT}", "relisted", {}), edited]
    if first == "the new edit":
        together.reverse()
    (done,) = await consumer.commit([Commit(lease, together)])
    assert isinstance(done, Committed)
    stored = await redis.hget(KEYS.jobs, f"audit:{PRODUCT}")
    assert stored is not None, "the audit of the new edit is not followed"
    assert Job.load(SHOP, f"audit:{PRODUCT}", stored) == audit("new leaf")
    assert await redis.llen(KEYS.waiting) + await redis.zcard(KEYS.delayed) == 1
    assert await redis.zcard(KEYS.audits) == 1


@pytest.mark.parametrize("is_followed", [True, False])
async def test_an_audit_that_is_followed_already_keeps_its_job(redis: Redis, is_followed: bool) -> None:
    """A worker found an accepted edit, and does not know whether the worker that sent it has committed."""
    jobs = [EnqueueRequest(Job(SHOP, PRODUCT))]
    if is_followed:
        jobs.append(EnqueueRequest(audit("by the sender"), delay_seconds=3600))
    await LaneProducer(redis).enqueue(jobs)
    due = await redis.zscore(KEYS.delayed, f"audit:{PRODUCT}")
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    consumer = LaneConsumer(redis)
    await consumer.open(lease)
    await consumer.claim([(lease, 1)])
    follow_up = EnqueueRequest(audit("by the finder"), delay_seconds=60, keeps_audit=True)
    (done,) = await consumer.commit([Commit(lease, [Complete(PRODUCT, "in_audit", {}, follow_ups=(follow_up,))])])
    assert isinstance(done, Committed)
    stored = await redis.hget(KEYS.jobs, f"audit:{PRODUCT}")
    assert stored is not None
    kept = audit("by the sender") if is_followed else audit("by the finder")
    assert Job.load(SHOP, f"audit:{PRODUCT}", stored) == kept
    assert await redis.zcard(KEYS.delayed) == 1
    if is_followed:
        assert await redis.zscore(KEYS.delayed, f"audit:{PRODUCT}") == due
