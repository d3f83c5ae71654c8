"""Products that never get a usable response do not delay others, and fail after their last attempt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from authorisation.causes import Cause
from model.job import Job
from model.shop import Shop
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import product
from tests.support.working_engine import UNPACED, emptied, outcomes, until
from worker.engine.observer import Observer

OTHER_SHOPS = ("7494000000000000002", "7494000000000000003")
BAD = [str(n) for n in range(1000, 1030)]
GOOD = [str(n) for n in range(2000, 2100)]
READS_PER_ATTEMPT = 3
OPTIONS = replace(UNPACED, max_jobs=10, max_attempts=3)


class Alarm(Observer):
    def __init__(self) -> None:
        self.events: list[str] = []

    def circuit_opened(self, error: str, cause: Cause | None) -> None:
        self.events.append("circuit opened")

    def shop_parked(self, shop_id: str, reason: str) -> None:
        self.events.append(reason)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiktok_shop.retry.READ_PAUSES", (0.01, 0.01))


async def feed(runner: JobRunner, redis: Redis, shop_id: str, *products: str) -> None:
    runner.platform.add(*(product(each) for each in products))
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(shop_id, each)) for each in products)


async def test_bad_products_do_not_delay_good_ones(runner: JobRunner, redis: Redis) -> None:
    for shop_id in OTHER_SHOPS:
        await runner.services.shops.add(Shop(shop_id, "ROW_x", "US", SHOP_ID))
    runner.platform.bad = {*BAD, "3000", "3001"}
    await feed(runner, redis, SHOP_ID, *BAD, *GOOD)
    await feed(runner, redis, OTHER_SHOPS[0], "3000", "3001")
    await feed(runner, redis, OTHER_SHOPS[1], *(str(n) for n in range(4000, 4020)))
    alarm = Alarm()
    async with runner.engine(redis, OPTIONS, alarm):
        ended = {"failed": len(BAD) + 2, "in_audit": len(GOOD) + 20}

        async def all_ended() -> bool:
            return Counter(str(each["outcome"]) for each in await outcomes(redis)) == ended

        await until(all_ended, 60)
    by_product = {each["product_id"]: each for each in await outcomes(redis)}
    assert {by_product[each]["attempts"] for each in BAD} == {OPTIONS.max_attempts}
    reasons = {by_product[each]["reasons"][0]["code"] for each in BAD}  # type: ignore[index]
    assert reasons == {"36009003"}
    early = [made for made in runner.platform.bad_reads if made < len(GOOD)]
    assert len(early) <= 2 * READS_PER_ATTEMPT * (len(BAD) + 2)
    assert alarm.events == [], "neither the API nor a shop is down"


async def test_a_lane_of_bad_products_alone_ends(runner: JobRunner, redis: Redis) -> None:
    runner.platform.bad = set(BAD)
    await feed(runner, redis, SHOP_ID, *BAD)
    async with runner.engine(redis, OPTIONS):
        await until(emptied(redis, SHOP_ID), 60)
    assert {each["outcome"] for each in await outcomes(redis)} == {"failed"}
    assert await redis.hlen(lane_keys(SHOP_ID).blocked) == len(BAD)
