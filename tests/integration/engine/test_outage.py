"""An outage of the API costs few attempts, and every job finishes afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from authorisation.causes import Cause
from model.job import Job
from model.outcome import Outcome
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, running, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.observer import Observer
from worker.engine.results import Done, Result, Retry

SHOPS = [str(7000 + n) for n in range(10)]
JOBS = 3000
SLOTS = 40


class Alarm(Observer):
    def __init__(self) -> None:
        self.events: list[str] = []

    def circuit_opened(self, error: str, cause: Cause | None) -> None:
        self.events.append("down")

    def circuit_closed(self) -> None:
        self.events.append("up")


class Platform:
    """Down until `up` is set."""

    def __init__(self) -> None:
        self.up = False
        self.failures = self.probes = 0

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        await asyncio.sleep(0.001)
        if not self.up:
            self.failures += 1
            return Retry("no answer", outage=True)
        permits.report("read", False, None)
        return Done(Outcome("relisted"))

    async def probe(self, shop_id: str, permits: JobPermits) -> bool:
        self.probes += 1
        return self.up


async def test_an_outage_costs_no_attempts(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(SHOPS[n % 10], str(n))) for n in range(JOBS))
    platform, alarm = Platform(), Alarm()
    options = replace(UNPACED, max_jobs=SLOTS, max_attempts=2)
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(platform)}, options, alarm, probe=platform.probe)
    working = asyncio.create_task(engine.run())

    async def down() -> bool:
        return alarm.events == ["down"] and engine.slots == SLOTS

    await until(down, 30)
    met, probes = platform.failures, platform.probes
    assert met <= 2 * SLOTS, "only running jobs met the outage"

    async def probed_twice() -> bool:
        return platform.probes >= probes + 2

    await until(probed_twice, 30)
    assert platform.failures == met, "no job starts while the circuit is open"
    platform.up = True
    await until(emptied(redis, *SHOPS), 60)
    assert alarm.events == ["down", "up"]
    await engine.drain(5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    ended = await outcomes(redis)
    assert [each["outcome"] for each in ended] == ["relisted"] * JOBS
    assert {each["attempts"] for each in ended} == {1}, "an outage costs no attempt"


async def test_a_single_shop_without_responses_is_parked_and_retried(redis: Redis) -> None:
    platform = Platform()

    async def parked() -> bool:
        return await redis.hget(lane_keys("7").control, "state") == b"parked"

    await LaneProducer(redis).enqueue(EnqueueRequest(Job("7", str(n))) for n in range(100))
    async with working(redis, platform, replace(UNPACED, max_jobs=4, max_attempts=2), probe=platform.probe):
        await until(parked, 30)
        first = platform.failures
        assert first <= 4

        async def tried_again() -> bool:
            return platform.failures > first

        await until(tried_again, 30)
        platform.up = True
        await until(emptied(redis, "7"), 60)
    ended = await outcomes(redis)
    assert {each["outcome"] for each in ended} == {"relisted"}
    spent = sum(int(str(each["attempts"])) - 1 for each in ended)
    assert spent <= 4, "only jobs whose probe met the end of the outage"


async def test_a_bad_product_fails_alone(redis: Redis) -> None:
    async def run(job: Job, permits: JobPermits) -> Result:
        if job.id == "bad":
            return Retry("HTTP 500", outage=True)
        permits.report("read", False, None)
        return Done(Outcome("relisted"))

    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job("7", "bad")), *(EnqueueRequest(Job("7", str(n))) for n in range(200))]
    )

    async def probe(shop_id: str, permits: JobPermits) -> bool:
        return True

    options, alarm = replace(UNPACED, max_attempts=2), Alarm()
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(run)}, options, alarm, probe=probe)
    working = asyncio.create_task(engine.run())
    await until(emptied(redis, "7"), 30)
    await engine.drain(5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert alarm.events == []
    assert [each["product_id"] for each in await outcomes(redis) if each["outcome"] == "failed"] == ["bad"]


async def test_a_lane_without_a_shop_is_not_evidence_of_an_outage(redis: Redis) -> None:
    """The canary has a separate lane, for which no call can be sent."""
    is_held, ends = asyncio.Event(), asyncio.Event()

    async def run(job: Job, permits: JobPermits) -> Result:
        if job.shop_id == "heartbeat":
            is_held.set()
            await ends.wait()
            return Done(Outcome("relisted"))
        return Retry("no answer", outage=True)

    async def probe(shop_id: str, permits: JobPermits) -> bool | None:
        return None if shop_id == "heartbeat" else False

    async def parked() -> bool:
        return await redis.hget(lane_keys("7").control, "state") == b"parked"

    alarm = Alarm()
    engine = LaneEngine(redis, "w1", {"relist": JobHandler(run)}, UNPACED, alarm, probe=probe)
    async with running(engine):
        await LaneProducer(redis).enqueue([EnqueueRequest(Job("heartbeat", "1"))])
        await is_held.wait()
        await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
        await until(parked, 30)
        assert alarm.events == [], "one shop without responses is not an outage of the API"
        ends.set()


async def test_a_job_that_cannot_reach_redis_is_counted_and_uses_no_attempt(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.engine.job_runs.REDIS_UNAVAILABLE_SECONDS", 0.01)
    counted: list[str] = []
    attempts: list[int] = []

    class Watch(Observer):
        def redis_unavailable(self, error: str) -> None:
            counted.append(error)

    async def run(job: Job, permits: JobPermits) -> Result:
        attempts.append(job.attempts)
        if len(attempts) < 3:
            raise OutOfMemoryError("command not allowed when used memory > 'maxmemory'")
        return DONE

    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
    async with running(LaneEngine(redis, "w1", {"relist": JobHandler(run)}, UNPACED, Watch())):
        await until(emptied(redis, "7"))
    assert (attempts, counted) == ([0, 0, 0], ["OutOfMemoryError"] * 2)
