"""A job that does nothing goes the way of every job, and what it tells is how long that took."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from producers.canary import EVERY_MS, LANE, send_canary
from shop_queue.keys import CANARY, OUTCOMES, lane_keys
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.jobs.canary import Canary


async def sent(redis: Redis) -> int:
    return int(await redis.hget(CANARY, "sent") or 0)  # type: ignore[misc]


async def test_it_runs_on_a_worker_and_its_lag_is_known(redis: Redis) -> None:
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
    assert await redis.xlen(OUTCOMES) == 0, "it is nobody's product"


async def test_one_on_its_way_tells_its_age_and_is_sent_again_when_it_was_lost(redis: Redis) -> None:
    await send_canary(redis)
    await redis.hincrby(CANARY, "sent", -90_000)  # type: ignore[misc]
    first = await sent(redis)
    await redis.delete(lane_keys(LANE).jobs, lane_keys(LANE).waiting)
    lag = await send_canary(redis)
    assert lag is not None
    assert 90 <= lag < 120
    assert await sent(redis) == first, "its age goes on"
    assert await redis.hlen(lane_keys(LANE).jobs) == 1  # type: ignore[misc]


async def test_the_next_is_sent_when_its_time_has_come(redis: Redis) -> None:
    await send_canary(redis)
    first = await sent(redis)
    await redis.hset(CANARY, "ran", first + 40)  # type: ignore[misc]
    assert await send_canary(redis) == 0.04
    assert await sent(redis) == first, "not yet"
    earlier = first - EVERY_MS
    await redis.hset(CANARY, mapping={"sent": earlier, "ran": earlier + 40})  # type: ignore[misc]
    assert await send_canary(redis) == 0.04
    assert await sent(redis) >= first
