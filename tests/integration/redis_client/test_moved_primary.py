"""The primary behind a single address moves: clients must leave the demoted server, to which they are connected."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from model.job import Job
from redis_client.connect import connect, takes_writes
from redis_client.scripts import Script, ScriptCall, run_many
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import SHOP
from tests.support.tcp_redis import MovingAddress, TcpServer, replicate, tcp_server

FOLLOWED_SECONDS = 5.0


async def promote(old: TcpServer, new: TcpServer, address: MovingAddress) -> None:
    async with old.admin() as demoted, new.admin() as promoted:
        await promoted.execute_command("REPLICAOF", "NO", "ONE")
        await demoted.execute_command("REPLICAOF", "127.0.0.1", str(new.port))
    address.target = new.port


@pytest.mark.parametrize("how", ["command", "script", "pipeline", "readiness"])
async def test_clients_leave_a_demoted_server(how: str) -> None:
    with tcp_server() as first, tcp_server() as second:
        await replicate(first, second)
        async with MovingAddress(first.port) as address:
            client = connect(address.url)
            assert isinstance(client, Redis)
            await asyncio.gather(*(client.set(str(n), n) for n in range(8)))
            await promote(first, second, address)
            async with asyncio.timeout(FOLLOWED_SECONDS):
                if how == "command":
                    await client.set("after", "1")
                elif how == "script":
                    await LaneProducer(client).enqueue([EnqueueRequest(Job(SHOP, "1"))])
                elif how == "pipeline":
                    script = Script("write", "return redis.call('SET', KEYS[1], 1)", "0" * 40)
                    replies = await run_many(client, [ScriptCall(script, ("a",), ()), ScriptCall(script, ("b",), ())])
                    assert replies == [b"OK", b"OK"]
                else:
                    assert await takes_writes(client)
            ports = {int((await client.info("server"))["tcp_port"]) for _ in range(10)}
            assert ports == {second.port}, "a connection is left on the demoted server"
            await client.aclose()


async def test_server_without_enough_replicas_is_unavailable() -> None:
    with tcp_server("--min-replicas-to-write", "1") as server:
        client = connect(server.url)
        assert not await takes_writes(client)
        async with server.admin() as admin:
            await admin.config_set("min-replicas-to-write", 0)
        assert await takes_writes(client)
        await client.aclose()
