"""Commands of many callers that share a round trip."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from redis_client.connect import connect
from redis_client.shared_trips import SharedTrips
from tests.support.free_ports import free_port


async def test_callers_of_one_moment_share_a_round_trip(redis: Redis) -> None:
    trips = SharedTrips(redis)
    await redis.mset({"a": 1, "b": 2})
    async with redis.monitor() as monitor:
        assert await asyncio.gather(*(trips.execute("GET", name) for name in "abc")) == [b"1", b"2", None]
        seen = [await monitor.next_command() for _ in range(3)]
    assert len({each["client_port"] for each in seen}) == 1


async def test_a_failed_command_concerns_its_caller_only(redis: Redis) -> None:
    trips = SharedTrips(redis)
    await redis.set("text", "x")
    found = await asyncio.gather(trips.execute("INCR", "text"), trips.execute("GET", "text"), return_exceptions=True)
    assert isinstance(found[0], ResponseError)
    assert found[1] == b"x"


async def test_a_cancelled_caller_does_not_disturb_the_others(redis: Redis) -> None:
    trips = SharedTrips(redis)
    await redis.set("a", 1)
    impatient, patient = (asyncio.create_task(trips.execute("GET", "a")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == b"1"
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_every_caller_learns_that_redis_is_unavailable() -> None:
    redis = connect(f"redis://127.0.0.1:{free_port()}/0")
    trips = SharedTrips(redis)
    found = await asyncio.gather(*(trips.execute("GET", "a") for _ in range(2)), return_exceptions=True)
    await redis.aclose()
    assert [type(each) for each in found] == [RedisConnectionError] * 2
    assert found[0] is not found[1]
