"""Urgent re-feeds of a long lane: constant time each; stale entries are skipped and never run a job twice."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import Complete, Requeue
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, claim, commit, held

LONG = 100_000


def urgent(number: int) -> EnqueueRequest:
    return EnqueueRequest(Job(SHOP, str(number), priority="urgent"))


async def script_microseconds(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(int(stats[name]["usec"]) for name in ("cmdstat_evalsha", "cmdstat_eval") if name in stats)


async def fill(redis: Redis, jobs: int) -> None:
    ids = [str(number) for number in range(jobs)]
    for first in range(0, jobs, 10_000):
        part = ids[first : first + 10_000]
        await redis.rpush(KEYS.waiting, *part)  # type: ignore[misc]
        await redis.hset(KEYS.jobs, mapping=dict.fromkeys(part, "{}"))  # type: ignore[misc]


async def test_urgent_refeed_costs_the_same_in_a_long_lane(redis: Redis) -> None:
    cost = {}
    for jobs in (1_000, LONG):
        await redis.flushall()
        await fill(redis, jobs)
        await redis.config_resetstat()
        await LaneProducer(redis).enqueue([urgent(number) for number in range(jobs - 500, jobs)])
        cost[jobs] = await script_microseconds(redis)
        lease = await held(redis)
        assert [job.id for job, _ in (await claim(redis, lease, 3)).jobs] == [str(jobs - 500 + n) for n in range(3)]
    # LREM would take 100 times as long in the long lane.
    assert cost[LONG] < 20 * cost[1_000]


async def test_stale_entry_of_a_finished_job_is_skipped(redis: Redis) -> None:
    producer = LaneProducer(redis)
    await producer.enqueue([EnqueueRequest(Job(SHOP, str(n))) for n in range(3)])
    await producer.enqueue([urgent(1)])
    lease = await held(redis)
    assert [job.id for job, _ in (await claim(redis, lease, 1)).jobs] == ["1"]
    await commit(redis, lease, Complete("1", "relisted"))
    assert [job.id for job, _ in (await claim(redis, lease)).jobs] == ["0", "2"]
    assert (await claim(redis, lease)).waiting == 0


async def test_stale_entry_of_a_running_or_delayed_job_is_skipped(redis: Redis) -> None:
    producer = LaneProducer(redis)
    await producer.enqueue([EnqueueRequest(Job(SHOP, str(n))) for n in range(3)])
    await producer.enqueue([urgent(1), urgent(2)])
    lease = await held(redis)
    running, delayed = (job for job, _ in (await claim(redis, lease, 2)).jobs)
    await commit(redis, lease, Requeue(delayed, 60))
    assert [job.id for job, _ in (await claim(redis, lease)).jobs] == ["0"]
    assert running.id == "1"
    assert await redis.zcard(KEYS.inflight) == 2
    assert await redis.zcard(KEYS.delayed) == 1


async def test_repeated_urgent_feeds_add_one_entry(redis: Redis) -> None:
    producer = LaneProducer(redis)
    await producer.enqueue([EnqueueRequest(Job(SHOP, "1"))])
    for _ in range(20):
        await producer.enqueue([urgent(1)])
    assert await redis.llen(KEYS.urgent) == 1  # type: ignore[misc]
    lease = await held(redis)
    assert [job.id for job, _ in (await claim(redis, lease)).jobs] == ["1"]
    assert not await redis.exists(KEYS.overtaking, KEYS.urgent, KEYS.waiting)


async def test_long_run_of_stale_entries_ends_within_a_few_claims(redis: Redis) -> None:
    await redis.rpush(KEYS.waiting, *(f"gone {n}" for n in range(5_000)), "1")  # type: ignore[misc]
    await redis.hset(KEYS.jobs, "1", "{}")  # type: ignore[misc]
    await redis.sadd(KEYS.overtaking, "")  # type: ignore[misc]
    lease, claims = await held(redis), 0
    while not (batch := await claim(redis, lease, 100)).jobs:
        claims += 1
        assert batch.waiting > 0, "the consumer would not claim again"
    assert claims <= 3
