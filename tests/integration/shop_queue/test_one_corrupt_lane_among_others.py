"""Claims and commits of several lanes report a corrupt one and go through for the others."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from model.job import Job
from shop_queue.consumer import ClaimBatch, Commit, Committed, Complete, LaneConsumer
from shop_queue.keys import lane_keys
from shop_queue.leases import Lease, Leases
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS = ("1", "2")


async def held(redis: Redis) -> dict[str, Lease]:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1729")) for shop in SHOPS])
    leases = {lease.shop_id: lease for lease in (await Leases(redis, "w1", 60).take(2, 0)).leases}
    for lease in leases.values():
        await LaneConsumer(redis).open(lease)
    return leases


async def corrupt(redis: Redis, key: str) -> None:
    await redis.delete(key)
    await redis.set(key, "not a list")


@pytest.mark.parametrize("flushed", [False, True])
async def test_claim_reports_a_corrupt_lane_and_claims_from_others(redis: Redis, flushed: bool) -> None:
    leases = await held(redis)
    if flushed:
        await redis.script_flush()
    await corrupt(redis, lane_keys("1").waiting)
    corrupted, healthy = await LaneConsumer(redis).claim([(leases[shop], 5) for shop in SHOPS])
    assert isinstance(corrupted, ResponseError)
    assert isinstance(healthy, ClaimBatch)
    assert [job.id for job, _ in healthy.jobs] == ["1729"]


@pytest.mark.parametrize("flushed", [False, True])
async def test_commit_reports_a_corrupt_lane_and_commits_to_others(redis: Redis, flushed: bool) -> None:
    leases = await held(redis)
    await LaneConsumer(redis).claim([(leases[shop], 5) for shop in SHOPS])
    if flushed:
        await redis.script_flush()
    await corrupt(redis, lane_keys("1").counters)
    commits = [Commit(leases[shop], [Complete("1729", "relisted", {})]) for shop in SHOPS]
    corrupted, healthy = await LaneConsumer(redis).commit(commits)
    assert isinstance(corrupted, ResponseError)
    assert isinstance(healthy, Committed)
    assert await redis.hget(lane_keys("2").counters, "relisted") == b"1"
