"""The API goes away and comes back: next to no attempts are spent, and everything finishes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.integration.engine.test_lane_engine import UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.circuit_breaker import JOBS_IN_A_ROW
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.observer import Observer
from worker.engine.results import Done, Result, Retry

SHOPS = [str(7000 + n) for n in range(10)]
JOBS = 3000
SLOTS = 40


class Alarm(Observer):
    def __init__(self) -> None:
        self.told: list[str] = []

    def circuit_opened(self, error: str) -> None:
        self.told.append("down")

    def circuit_closed(self) -> None:
        self.told.append("up")


class Platform:
    """Down until it is told otherwise."""

    def __init__(self) -> None:
        self.up = False
        self.refused = 0

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        await asyncio.sleep(0.001)
        if not self.up:
            self.refused += 1
            return Retry("no answer", outage=True)
        gate.report("read", False, None)
        return Done(Outcome("relisted"))


async def test_an_outage_costs_a_handful_of_attempts_and_ends_by_itself(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(SHOPS[n % 10], str(n))) for n in range(JOBS))
    platform, alarm = Platform(), Alarm()
    options = replace(UNPACED, max_jobs=SLOTS, max_attempts=2)
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(platform)}, options, alarm)
    working = asyncio.create_task(engine.run())

    async def down() -> bool:
        return alarm.told == ["down"] and engine.slots == SLOTS

    await until(down, 30)
    met = platform.refused
    assert met <= 2 * SLOTS, "only what was on its way met the outage"

    async def probed_twice() -> bool:
        return platform.refused >= met + 2

    await until(probed_twice, 30)
    assert platform.refused == met + 2, "one probe at a time"
    platform.up = True
    await until(emptied(redis, *SHOPS), 60)
    assert alarm.told == ["down", "up"]
    await engine.drain(5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    ended = await outcomes(redis)
    assert [each["outcome"] for each in ended] == ["relisted"] * JOBS
    spent = sum(int(str(each["attempts"])) - 1 for each in ended)
    assert spent <= JOBS_IN_A_ROW - 1


async def test_a_lone_shop_that_gets_no_answers_is_parked_and_tries_again_by_itself(redis: Redis) -> None:
    platform = Platform()

    async def parked() -> bool:
        return await redis.hget(lane_keys("7").control, "state") == b"parked" and platform.refused > JOBS_IN_A_ROW

    await LaneProducer(redis).enqueue(EnqueueRequest(Job("7", str(n))) for n in range(100))
    async with working(redis, platform, replace(UNPACED, max_jobs=4, max_attempts=2)):
        await until(parked, 30)
        first = platform.refused
        assert first <= JOBS_IN_A_ROW + 4

        async def tried_again() -> bool:
            return platform.refused > first

        await until(tried_again, 30)
        platform.up = True
        await until(emptied(redis, "7"), 60)
    spent = sum(int(str(each["attempts"])) - 1 for each in await outcomes(redis))
    assert spent <= JOBS_IN_A_ROW - 1
    assert {each["outcome"] for each in await outcomes(redis)} == {"relisted"}


async def test_a_product_the_platform_chokes_on_fails_alone(redis: Redis) -> None:
    async def run(job: Job, gate: JobPermits) -> Result:
        if job.id == "bad":
            return Retry("HTTP 500", outage=True)
        gate.report("read", False, None)
        return Done(Outcome("relisted"))

    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job("7", "bad")), *(EnqueueRequest(Job("7", str(n))) for n in range(200))]
    )
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(run)}, replace(UNPACED, max_attempts=2), alarm := Alarm())
    working = asyncio.create_task(engine.run())
    await until(emptied(redis, "7"), 30)
    await engine.drain(5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert alarm.told == []
    assert [each["product_id"] for each in await outcomes(redis) if each["outcome"] == "failed"] == ["bad"]
