"""A requeue may publish a non-final outcome, such as the beginning of a wait, in the same transaction."""

from __future__ import annotations

import orjson
from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import Complete, Requeue
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, claim, commit, held

JOB = Job(SHOP, "1")
RECORD = {"outcome": "waiting", "product_id": "1"}


async def held_job(redis: Redis) -> Lease:
    await LaneProducer(redis).enqueue([EnqueueRequest(JOB)])
    lease = await held(redis)
    await claim(redis, lease, 10)
    return lease


async def published(redis: Redis) -> list[dict[str, str]]:
    return [orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(KEYS.outbox)]


async def test_requeue_publishes_its_record_once_and_keeps_the_job(redis: Redis) -> None:
    lease = await held_job(redis)
    waiting = Requeue(JOB, 60, outcome="waiting", record=RECORD)
    await commit(redis, lease, waiting, number=1)
    await commit(redis, lease, waiting, number=1)
    assert await published(redis) == [RECORD]
    assert await redis.zcard(KEYS.delayed) == 1
    assert await redis.hexists(KEYS.jobs, "1")


async def test_requeue_without_a_record_publishes_nothing(redis: Redis) -> None:
    lease = await held_job(redis)
    await commit(redis, lease, Requeue(JOB, 60))
    assert await published(redis) == []


async def test_waiting_product_is_not_blocked(redis: Redis) -> None:
    lease = await held_job(redis)
    blocked = {"outcome": "needs_input", "product_id": "1"}
    await commit(redis, lease, Complete("1", "needs_input", blocked, blocked=True))
    assert await redis.hexists(KEYS.blocked, "1")
    await LaneProducer(redis).enqueue([EnqueueRequest(JOB)])
    await claim(redis, lease, 10)
    await commit(redis, lease, Requeue(JOB, 60, outcome="waiting", record=RECORD))
    assert not await redis.hexists(KEYS.blocked, "1")
