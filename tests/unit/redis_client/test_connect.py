"""Redis addresses are parsed or rejected before anything is sent, and commands are packed like in redis-py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import Connection
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.connect import SteadyNodes, connect, is_cluster
from redis_client.packed_connection import (
    PackedConnection,
    PackedSentinelSslConnection,
    PackedSslConnection,
    PackedUnixConnection,
)


def settings_of(client: Redis) -> dict[str, Any]:
    return dict(client.connection_pool.connection_kwargs)


def test_single_server_address() -> None:
    network = connect("redis://user:p%40ss@localhost:6380/2")
    assert isinstance(network, Redis)
    known = settings_of(network)
    assert (known["host"], known["port"], known["db"]) == ("localhost", 6380, 2)
    assert (known["username"], known["password"]) == ("user", "p@ss")
    assert network.connection_pool.connection_class is PackedConnection
    by_socket = connect("unix:///run/redis.sock?db=3")
    assert isinstance(by_socket, Redis)
    assert (settings_of(by_socket)["path"], settings_of(by_socket)["db"]) == ("/run/redis.sock", 3)
    assert by_socket.connection_pool.connection_class is PackedUnixConnection


def test_single_server_over_tls_checks_the_host_name() -> None:
    client = connect("rediss://a:6380/1?ssl_ca_certs=/ca.pem")
    assert isinstance(client, Redis)
    assert client.connection_pool.connection_class is PackedSslConnection
    assert {"ssl_ca_certs": "/ca.pem", "ssl_check_hostname": True, "db": 1}.items() <= settings_of(client).items()


def test_sentinel_address() -> None:
    client = connect("redis+sentinel://user:p%40ss@a:26379,b:26380/mymaster/1")
    assert isinstance(client, Redis)
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "mymaster"
    assert len(pool.sentinel_manager.sentinels) == 2
    known = settings_of(client)
    assert (known["db"], known["username"], known["password"]) == (1, "user", "p@ss")


def test_cluster_address_lists_several_servers() -> None:
    client = connect("redis+cluster://user:p%40ss@a:7000,b:7001")
    assert isinstance(client, RedisCluster)
    assert is_cluster(client)
    assert sorted(client.nodes_manager.startup_nodes) == ["a:7000", "b:7001"]
    known = client.connection_kwargs
    assert (known["username"], known["password"]) == ("user", "p@ss")


def test_failed_server_is_asked_again_last() -> None:
    nodes = SteadyNodes({f"a:{port}": ClusterNode("a", port) for port in (7000, 7001)})
    failed = nodes["a:7000"]
    assert nodes.pop("a:7000") is failed
    assert list(nodes) == ["a:7001", "a:7000"]
    assert nodes.pop("b:1", None) is None
    for node in nodes.values():
        nodes.pop(node.name)
    assert list(nodes) == ["a:7001", "a:7000"], "iteration lost a server"


def test_sentinel_and_cluster_over_tls_check_host_names() -> None:
    files = "?ssl_ca_certs=/ca%20s.pem&ssl_certfile=/c.crt&ssl_keyfile=/c.key"
    wanted = {
        "ssl_ca_certs": "/ca s.pem",
        "ssl_certfile": "/c.crt",
        "ssl_keyfile": "/c.key",
        "ssl_check_hostname": True,
    }
    cluster = connect(f"rediss+cluster://a:7000,b:7001{files}")
    assert isinstance(cluster, RedisCluster)
    assert wanted.items() <= cluster.connection_kwargs.items()
    assert {node.connection_class for node in cluster.nodes_manager.startup_nodes.values()} == {PackedSslConnection}
    client = connect(f"rediss+sentinel://a:26379/mymaster/1{files}")
    assert isinstance(client, Redis)
    assert wanted.items() <= settings_of(client).items()
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.connection_class is PackedSentinelSslConnection
    (sentinel,) = pool.sentinel_manager.sentinels
    assert sentinel.connection_pool.connection_class is PackedSslConnection
    assert wanted.items() <= settings_of(sentinel).items()


@pytest.mark.parametrize(
    "url",
    [
        "redis+cluster://a:7000?ssl_ca_certs=/ca.pem",
        "rediss+cluster://a:7000?ssl_check_hostname=false",
        "rediss+sentinel://a:26379/m?db=1",
        "ftp://x",
        "redis+cluster://nowhere",
        "redis+cluster://a:7000,b",
        "redis+sentinel://a:26379",
        "localhost:6379",
    ],
)
def test_invalid_address_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="REDIS_URL"):
        connect(url)


async def test_an_attempt_that_times_out_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts end after 2 s, and resolvers repeat a lost query after 5 s: the next attempt gets its own query."""
    monkeypatch.setattr("redis_client.connect.CONNECT_SECONDS", 0.01)
    lookups = 0

    async def lost(*_: Any, **__: Any) -> Any:
        nonlocal lookups
        lookups += 1
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lost)
    client = connect("redis://redis:6379/0")
    with pytest.raises(RedisTimeoutError):
        await client.execute_command("PING")
    assert lookups == 4


arguments = st.one_of(st.text(), st.binary(), st.integers(), st.floats(allow_nan=False))


@given(st.sampled_from(["GET", b"GET", "CLIENT SETINFO"]), st.lists(arguments, max_size=6))
def test_commands_are_packed_like_redis_py(name: str | bytes, rest: list[Any]) -> None:
    ours = b"".join(PackedConnection().pack_command(name, *rest))
    assert ours == b"".join(Connection().pack_command(name, *rest))
