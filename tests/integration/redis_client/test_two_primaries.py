"""A manual promotion while the old primary still runs: connections stay on it, and it still accepts writes."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis
from structlog.testing import capture_logs

from redis_client.connect import connect
from redis_client.primary_watch import PrimaryWatch
from shop_queue.epoch import EpochWatch, begin_epoch
from tests.support.tcp_redis import MovingAddress, TcpServer, replicate, tcp_server


class Clock:
    """Advances by ten seconds per call, so that every check is made."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10
        return self.now


async def promote_by_hand(new: TcpServer, address: MovingAddress) -> None:
    """The old primary is neither demoted nor stopped, and connections to it stay open."""
    async with new.admin() as promoted:
        await promoted.execute_command("REPLICAOF", "NO", "ONE")
    address.target = new.port


async def ports_of(client: Redis) -> set[int]:
    infos = await asyncio.gather(*(client.info("server") for _ in range(8)))
    return {int(info["tcp_port"]) for info in infos}


async def test_two_primaries_are_reported_and_the_new_one_is_followed() -> None:
    with tcp_server() as first, tcp_server() as second:
        await replicate(first, second)
        async with MovingAddress(first.port) as address:
            client = connect(address.url)
            assert isinstance(client, Redis)
            watch = EpochWatch(client, await begin_epoch(client), Clock())
            await asyncio.gather(*(client.set(str(n), n) for n in range(8)))
            async with first.admin() as there:
                await there.wait(1, 5000)
            assert await watch.ready()
            await promote_by_hand(second, address)
            with capture_logs() as logs:
                assert not await watch.ready(), "no lease may be taken before the change is through"
            assert [each["event"] for each in logs] == ["two_primaries"]
            assert await ports_of(client) == {second.port}
            assert await watch.ready()
            await client.aclose()


async def test_an_address_that_leads_to_both_stays_unready() -> None:
    with tcp_server() as first, tcp_server() as second:
        async with MovingAddress(first.port) as address:
            client = connect(address.url)
            watch = PrimaryWatch(client, Clock())
            for server in (second, first, second):
                await client.execute_command("PING")
                address.target = server.port
                assert not await watch.has_one_primary()
            assert await watch.has_one_primary()
            await client.aclose()


async def test_a_replica_behind_the_address_is_not_a_second_primary() -> None:
    with tcp_server() as first, tcp_server() as second:
        await replicate(first, second)
        async with MovingAddress(first.port) as address:
            client = connect(address.url)
            watch = PrimaryWatch(client, Clock())
            await client.execute_command("PING")
            address.target = second.port
            assert await watch.has_one_primary()
            await client.aclose()


async def test_an_address_that_refuses_connections_is_not_evidence() -> None:
    with tcp_server() as first:
        client = connect(f"redis://127.0.0.1:{first.port}/0")
        watch = PrimaryWatch(client, Clock())
        assert await watch.has_one_primary()
        await client.aclose()
    assert await watch.has_one_primary()
