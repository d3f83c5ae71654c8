"""A lane that something else has spoilt is told of, and the others go on."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from model.job import Job
from redis_client.connect import connect, takes_writes
from shop_queue.blocked_products import in_lane
from shop_queue.consumer import ClaimBatch, Commit, Committed, Complete, FencedError, LaneConsumer
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import Lease, Leases
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS = ("1", "2")


async def held(redis: Redis) -> dict[str, Lease]:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, "1729")) for shop in SHOPS])
    leases = {lease.shop_id: lease for lease in (await Leases(redis, "w1", 60).take(2, 0)).leases}
    for lease in leases.values():
        await LaneConsumer(redis).open(lease)
    return leases


async def spoil(redis: Redis, key: str) -> None:
    await redis.delete(key)
    await redis.set(key, "no such thing")


@pytest.mark.parametrize("forgetful", [False, True])
async def test_a_claim_tells_the_lane_that_failed_and_claims_of_the_others(redis: Redis, forgetful: bool) -> None:
    leases = await held(redis)
    if forgetful:
        await redis.script_flush()
    await spoil(redis, lane_keys("1").waiting)
    broken, whole = await LaneConsumer(redis).claim([(leases[shop], 5) for shop in SHOPS])
    assert isinstance(broken, ResponseError)
    assert isinstance(whole, ClaimBatch)
    assert [job.id for job, _ in whole.jobs] == ["1729"]


@pytest.mark.parametrize("forgetful", [False, True])
async def test_a_commit_tells_the_lane_that_failed_and_commits_to_the_others(redis: Redis, forgetful: bool) -> None:
    leases = await held(redis)
    await LaneConsumer(redis).claim([(leases[shop], 5) for shop in SHOPS])
    if forgetful:
        await redis.script_flush()
    await spoil(redis, lane_keys("1").counters)
    commits = [Commit(leases[shop], [Complete("1729", "relisted", {})]) for shop in SHOPS]
    broken, whole = await LaneConsumer(redis).commit(commits)
    assert isinstance(broken, ResponseError)
    assert isinstance(whole, Committed)
    assert await redis.hget(lane_keys("2").counters, "relisted") == b"1"


async def test_one_who_lost_the_lane_parks_it_no_more(redis: Redis) -> None:
    old = (await held(redis))["1"]
    await redis.zadd(READY, {"1": 1})
    (heir,) = (await Leases(redis, "w2", 60).take(1, 0)).leases
    await LaneConsumer(redis).open(heir)
    with pytest.raises(FencedError, match="shop 1 was lost"):
        await LaneConsumer(redis).park(old, "quota", 60)
    assert (await LaneConsumer(redis).open(heir)).state == "active"


async def test_which_products_have_a_job(redis: Redis) -> None:
    await held(redis)
    assert await in_lane(redis, "1", ["1729", "1730"]) == {"1729"}
    assert await in_lane(redis, "1", []) == set()


async def test_a_redis_that_is_away_takes_no_writes(redis: Redis) -> None:
    assert await takes_writes(redis)
    away = connect("redis://127.0.0.1:1")
    assert not await takes_writes(away)
    await away.aclose()
