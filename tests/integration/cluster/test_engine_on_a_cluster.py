"""Engine, arq worker and intake on a cluster: every job once, wakes across slots, cron jobs run once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import orjson
from prometheus_client import CollectorRegistry
from redis.asyncio.cluster import RedisCluster

from model.job import Job
from model.outcome import Outcome
from model.shop import Shop
from producers.intake import Intake
from shop_queue.keys import HOLDERS, OUTCOMES, lane_keys
from shop_queue.outcome_relay import OutcomeRelay
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.working_engine import until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result

SHOPS = [str(7000 + n) for n in range(10)]


async def run(job: Job, permits: JobPermits) -> Result:
    return Done(Outcome("relisted"))


async def published(redis: RedisCluster) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(OUTCOMES)]


async def test_each_job_on_a_cluster_has_one_outcome(redis: RedisCluster) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(SHOPS[n % 10], str(n))) for n in range(300))

    async def all_published() -> bool:
        return await redis.xlen(OUTCOMES) >= 300

    async with working(redis, run), working(redis, run, name="w2"):
        await until(all_published, 30)
    assert Counter(each["product_id"] for each in await published(redis)) == Counter(str(n) for n in range(300))
    assert await redis.hlen(HOLDERS) == 0
    counts = await LaneProducer(redis).counts(SHOPS)
    assert counts == [{"relisted": 30, "queued": 0}] * 10


async def test_next_worker_publishes_outcomes_left_in_an_outbox(redis: RedisCluster) -> None:
    outbox = lane_keys("7", own_outbox=True).outbox
    await redis.xadd(outbox, {"outcome": orjson.dumps({"product_id": "left"})})
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])

    async def all_published() -> bool:
        return await redis.xlen(OUTCOMES) >= 2

    async with working(redis, run):
        await until(all_published, 30)
    assert [each["product_id"] for each in await published(redis)] == ["left", "1"]


async def test_intake_fills_lanes_across_slots(redis: RedisCluster) -> None:
    for shop in SHOPS:
        await ShopRegistry(redis).add(Shop(shop, "c", "US", shop))
    intake = asyncio.create_task(Intake(redis, "g", CollectorRegistry()).run())
    await redis.xadd("relist:intake", {"jobs": orjson.dumps([{"shop_id": shop, "product_id": "1"} for shop in SHOPS])})

    async def queued() -> bool:
        return [count["queued"] for count in await LaneProducer(redis).counts(SHOPS)] == [1] * 10

    await until(queued, 30)
    intake.cancel()
    await asyncio.gather(intake, return_exceptions=True)
    assert await OutcomeRelay(redis, 10).relay(SHOPS) == 0
