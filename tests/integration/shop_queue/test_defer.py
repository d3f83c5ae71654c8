"""Jobs that a release does not understand wait for one that does, and end after a limited number of times."""

from __future__ import annotations

import orjson
from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import Complete, Defer, LaneConsumer
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, claim, commit, held

NEWER = b'{"Z":{"field":"of a newer release"}}'
FAILED = Complete("1", "failed", {"product_id": "1", "outcome": "failed"}, blocked=True)


async def test_job_of_a_newer_release_is_kept_unchanged(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1")), EnqueueRequest(Job(SHOP, "2"))])
    await redis.hset(KEYS.jobs, "1", NEWER)  # type: ignore[misc]
    lease = await held(redis)
    batch = await claim(redis, lease)
    assert [job_id for job_id, _ in batch.unreadable] == ["1"]
    done = await commit(redis, lease, Defer(FAILED), Complete("2", "relisted", {"product_id": "2"}))
    assert done.next_due_seconds is not None
    assert 59 < done.next_due_seconds <= 60
    assert await redis.hget(KEYS.jobs, "1") == NEWER  # type: ignore[misc]
    assert await redis.xlen(OUTCOMES) == 1
    assert await redis.hgetall(KEYS.deferrals) == {b"1": b"1"}  # type: ignore[misc]


async def test_deferred_job_ends_after_its_limit(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    await redis.hset(KEYS.jobs, "1", NEWER)  # type: ignore[misc]
    times = 0
    while await redis.hexists(KEYS.jobs, "1"):  # type: ignore[misc]
        lease = await held(redis)
        for job_id in await redis.zrange(KEYS.delayed, 0, -1):
            await redis.zadd(KEYS.delayed, {job_id: 1})
        await claim(redis, lease)
        await commit(redis, lease, Defer(FAILED, most=3))
        times += 1
    assert times == 4
    assert [orjson.loads(fields[b"outcome"])["outcome"] for _, fields in await redis.xrange(OUTCOMES)] == ["failed"]
    assert await redis.hexists(KEYS.blocked, "1")  # type: ignore[misc]
    assert not await redis.exists(KEYS.deferrals, KEYS.delayed, KEYS.inflight)


async def test_understood_job_forgets_its_deferrals(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    lease = await held(redis)
    await claim(redis, lease)
    await commit(redis, lease, Defer(FAILED, delay_seconds=0))
    await redis.zadd(KEYS.delayed, {"1": 1})
    await claim(redis, lease)
    await commit(redis, lease, Complete("1", "relisted"))
    assert not await redis.exists(KEYS.deferrals)


async def test_repeated_defer_counts_once(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    lease = await held(redis)
    await claim(redis, lease)
    for _ in range(2):
        await commit(redis, lease, Defer(FAILED), number=1)
    assert await redis.hget(KEYS.deferrals, "1") == b"1"  # type: ignore[misc]
    assert (await LaneConsumer(redis).open(lease)).recovered == 0
