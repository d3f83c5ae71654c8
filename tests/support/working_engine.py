"""An engine that runs against a real Redis, and conditions to wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
from redis.asyncio import Redis

from model.job import Job
from model.outcome import Outcome
from shop_queue.keys import OUTCOMES, lane_keys
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.outages import Probe, no_probe
from worker.engine.results import Done, Result

UNPACED = EngineOptions(max_jobs=50, default_rate=1e9, max_rate=1e9, lease_seconds=1.0)
DONE = Done(Outcome("relisted"))


@contextlib.asynccontextmanager
async def working(
    redis: Redis,
    function: Callable[[Job, JobPermits], Awaitable[Result]],
    options: EngineOptions = UNPACED,
    name: str = "w1",
    probe: Probe = no_probe,
) -> AsyncIterator[LaneEngine]:
    async with running(LaneEngine(redis, name, {"relist": JobHandler(function)}, options, probe=probe)) as engine:
        yield engine


@contextlib.asynccontextmanager
async def running(engine: LaneEngine) -> AsyncIterator[LaneEngine]:
    """Runs the engine until the block ends, and drains it unless the block failed."""
    task = asyncio.create_task(engine.run())
    try:
        yield engine
        await engine.drain(5)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


async def until_true(condition: Callable[[], bool]) -> None:
    async def check() -> bool:
        return condition()

    await until(check)


def emptied(redis: Redis, *shops: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return not any([await redis.hlen(lane_keys(shop).jobs) for shop in shops])

    return check


async def outcomes(redis: Redis) -> list[dict[str, object]]:
    return [orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(OUTCOMES)]
