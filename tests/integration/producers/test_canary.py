"""The canary runs like any job and measures queue latency."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from producers.canary import INTERVAL_MS, LANE, send_canary
from shop_queue.keys import CANARY, OUTCOMES, lane_keys
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.jobs.canary import Canary


async def sent(redis: Redis) -> int:
    return int(await redis.hget(CANARY, "sent") or 0)  # type: ignore[misc]


async def test_canary_runs_on_a_worker_and_reports_latency(redis: Redis) -> None:
    assert await send_canary(redis) is None, "nothing has run yet"
    engine = LaneEngine(redis, "w1", {"canary": JobHandler(Canary(redis), lambda _: None)}, EngineOptions())
    working = asyncio.create_task(engine.run())
    async with asyncio.timeout(10):
        while await redis.hlen(lane_keys(LANE).jobs):  # type: ignore[misc]
            await asyncio.sleep(0.01)
    await engine.drain(5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    lag = await send_canary(redis)
    assert lag is not None
    assert 0 <= lag < 10
    assert await redis.xlen(OUTCOMES) == 0, "the canary publishes no outcome"


async def test_pending_canary_reports_its_age_and_is_resent(redis: Redis) -> None:
    await send_canary(redis)
    await redis.hincrby(CANARY, "sent", -90_000)  # type: ignore[misc]
    first = await sent(redis)
    await redis.delete(lane_keys(LANE).jobs, lane_keys(LANE).waiting)
    lag = await send_canary(redis)
    assert lag is not None
    assert 90 <= lag < 120
    assert await sent(redis) == first, "the pending canary keeps its start time"
    assert await redis.hlen(lane_keys(LANE).jobs) == 1  # type: ignore[misc]


async def test_next_canary_is_sent_after_the_interval(redis: Redis) -> None:
    await send_canary(redis)
    first = await sent(redis)
    await redis.hset(CANARY, "ran", first + 40)  # type: ignore[misc]
    assert await send_canary(redis) == 0.04
    assert await sent(redis) == first, "the interval has not passed"
    earlier = first - INTERVAL_MS
    await redis.hset(CANARY, mapping={"sent": earlier, "ran": earlier + 40})  # type: ignore[misc]
    assert await send_canary(redis) == 0.04
    assert await sent(redis) >= first
