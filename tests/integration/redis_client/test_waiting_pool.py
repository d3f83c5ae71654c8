"""More callers than connections wait for one; none gets an error."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from redis_client.connect import connect
from redis_client.waiting_pool import WaitingPool
from tests.support.redis_server import RedisServer


async def test_callers_wait_for_a_connection(redis_server: RedisServer, redis: Redis) -> None:
    client = connect(redis_server.url, max_connections=2)
    assert isinstance(client, Redis)
    await asyncio.gather(*(client.incr("count") for _ in range(200)))
    assert await redis.get("count") == b"200"
    names = [each["cmd"] for each in await redis.client_list()]
    assert names.count("incr") <= 2
    await client.aclose()


async def test_cancelled_callers_leave_no_connection_in_use(redis_server: RedisServer, redis: Redis) -> None:
    client = connect(redis_server.url, max_connections=2)
    assert isinstance(client, Redis)
    for turn in range(50):
        tasks = [asyncio.create_task(client.blpop(["nothing"], timeout=10)) for _ in range(4)]
        for _ in range(turn % 7):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        await asyncio.gather(*(client.ping() for _ in range(10)))
    await client.aclose()


async def test_waiting_ends_with_an_error(redis_server: RedisServer, redis: Redis) -> None:
    client = connect(redis_server.url, max_connections=1)
    assert isinstance(client, Redis)
    assert isinstance(client.connection_pool, WaitingPool)
    client.connection_pool._wait_seconds = 0.05
    held = await client.connection_pool.get_connection()
    with pytest.raises(RedisConnectionError, match="no connection became free"):
        await client.ping()
    await client.connection_pool.release(held)
    assert await client.ping()
    await client.aclose()
