"""A failover on command: the old primary becomes a replica, and its clients must leave it within seconds."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from redis_client.connect import connect, takes_writes
from tests.support.redis_sentinel import MASTER, WatchedRedis

FOLLOWED_SECONDS = 5.0


@pytest.mark.slow
async def test_clients_leave_a_demoted_primary() -> None:
    with WatchedRedis() as servers:
        client = connect(servers.url)
        assert isinstance(client, Redis)
        await asyncio.gather(*(client.set(str(n), n) for n in range(8)))
        with servers.client(servers.sentinels[0]) as sentinel:
            await asyncio.to_thread(sentinel.sentinel_failover, MASTER)
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(servers.is_demoted):
                await asyncio.sleep(0.05)
        async with asyncio.timeout(FOLLOWED_SECONDS):
            while not await takes_writes(client):
                await asyncio.sleep(0.05)
        ports = {int((await client.info("server"))["tcp_port"]) for _ in range(10)}
        assert ports == {servers.replica}
        await client.aclose()
