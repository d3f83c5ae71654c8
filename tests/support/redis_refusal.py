"""Redis refuses writes for a while: every process must report it, and work must resume afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.exceptions import RedisError

from demo.local_fleet import LocalFleet
from shop_queue.keys import INTAKE
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.fault_fleets import (
    at_work,
    eventually,
    fault_fleet,
    metric,
    readiness,
    same_processes,
    until_searched,
)

IN_FLIGHT = 20
SIZE = ("--shops", "2", "--products", "240")
SETTINGS = {"lease_seconds": "2", "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "3", "max_rate": "20"}
ALARM_SECONDS = 40.0
"""The gateway checks Redis every 15 s."""
RESUME_SECONDS = 15.0
PROMISE = "/readyz and the series of RedisDown report it, feeders get an error; nothing is lost, work resumes"

Change = Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def busy_fleet(
    *redis_options: str, append_only: bool = False, redis_at: str | None = None
) -> AsyncIterator[LocalFleet]:
    fleet = fault_fleet(SIZE, SETTINGS, append_only=append_only, redis_options=redis_options, redis_at=redis_at)
    async with at_work(fleet):
        await search_all(fleet)
        await until_searched(fleet)
        await until_moved(fleet, 30)
        yield fleet


async def assert_refusal_is_survived(fleet: LocalFleet, begin: Change, end: Change) -> dict[str, float]:
    """Checks everything that `PROMISE` states, and returns the figures."""
    parts = (fleet.gateway, *fleet.workers)

    async def none_is_ready() -> bool:
        return [await readiness(fleet, part) for part in parts] == [503, 503, 503]

    async def alarm() -> bool:
        up = await metric(fleet, fleet.gateway, "relist_redis_up")
        failed = [await metric(fleet, worker, "relist_redis_errors_total{") for worker in fleet.workers]
        return up == 0 and all(failed)

    await begin()
    unready = await eventually(none_is_ready, 15, "no process reports that it is ready")
    with pytest.raises(RedisError):
        await fleet.redis.xadd(INTAKE, {"job": b"{}"})
    alarmed = await eventually(alarm, ALARM_SECONDS, "relist_redis_up is 0 and the workers count errors")
    accepted = (await fleet.books())["total"]["edits_accepted"]

    async def resumed() -> bool:
        if [await readiness(fleet, part) for part in parts] != [200, 200, 200]:
            return False
        return bool((await fleet.books())["total"]["edits_accepted"] > accepted)

    await end()
    back = await eventually(resumed, RESUME_SECONDS, "all are ready and the next edit is made")
    await until_done(fleet)
    same_processes(fleet)
    books = await assert_conserved(fleet, 2 * IN_FLIGHT)
    return {
        "unready_seconds": unready,
        "alarm_seconds": alarmed,
        "back_seconds": back,
        "edited_twice": books["edited_more_than_once"],
    }
