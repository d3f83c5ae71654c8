"""Opens a client for the configured Redis: one server (TCP, TLS or socket), behind Sentinel, or a Cluster."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis.asyncio import Redis, Sentinel
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from redis_client.address import certificates, credentials, hosts, scheme_of
from redis_client.packed_connection import (
    PackedConnection,
    PackedSentinelConnection,
    PackedSentinelSslConnection,
    PackedSslConnection,
    PackedUnixConnection,
)
from redis_client.primary import Generation
from redis_client.waiting_pool import WaitingPool, WaitingSentinelPool

AnyRedis = Redis | RedisCluster
REDIS_UNAVAILABLE = (RedisError, RedisClusterException, OSError)
"""Exceptions of a call while Redis is unavailable; an unreachable cluster raises an exception of another family."""
REPLY_SECONDS = 20.0
"""Time limit of a command, up to the last byte of its reply, on a slow link. A silent connection fails much earlier."""
SILENT_LINK_SECONDS = 10
"""Time after which a connection is closed if the peer acknowledges nothing."""
CONNECT_SECONDS = 2.0
SENTINEL_SECONDS = 1.5
"""Time limit for connecting to a sentinel, and for its reply; then the next sentinel is asked."""
READY_SECONDS = 4.0
"""Time within which Redis must accept a write to count as available; longer than the tolerated silence."""
WRITABLE, WRITABLE_MS = "relist:writable", 60_000
"""Key written to check that Redis accepts writes, and its lifetime."""


class SteadyNodes(dict[str, ClusterNode]):
    """The servers that a cluster client asks for the slot map.

    redis-py removes a server whenever a call to it fails, and never finds the cluster again when none is left. Here a
    failed server only moves to the end of the list. redis-py also iterates while other calls change the dict, so
    iteration uses a copy.
    """

    def pop(self, name: str, default: Any = None) -> Any:
        node = super().pop(name, default)
        if isinstance(node, ClusterNode):
            self[name] = node
        return node

    def values(self) -> Any:
        return list(super().values())


def socket_options() -> dict[str, Any]:
    """Options that detect a peer that vanished without closing the connection: docs/decisions/0010-timeouts.md."""
    options: dict[str, Any] = {
        "socket_timeout": REPLY_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_keepalive": True,
    }
    if sys.platform == "linux":
        # Keepalive covers idle connections; the user timeout covers data sent but not acknowledged.
        options["socket_keepalive_options"] = {
            socket.TCP_KEEPIDLE: SILENT_LINK_SECONDS // 2,
            socket.TCP_KEEPINTVL: 1,
            socket.TCP_KEEPCNT: SILENT_LINK_SECONDS // 2,
            socket.TCP_USER_TIMEOUT: SILENT_LINK_SECONDS * 1000,
        }
    return options


def connect(url: str, *, max_connections: int = 64) -> AnyRedis:
    """A client that survives short outages; it sends nothing before the first command.

    `redis+sentinel://host:port,host:port/<master name>[/<db>]` and `redis+cluster://host:port[,host:port]` take a user
    and a password in the usual place. `rediss://`, `rediss+sentinel://` and `rediss+cluster://` take files in their
    query: `ssl_ca_certs` (default: the system's authorities), and `ssl_certfile` and `ssl_keyfile` for servers that
    require client certificates. Raises ValueError for an invalid address.
    """
    scheme = scheme_of(url)
    options: dict[str, Any] = {
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.05), 3),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        **socket_options(),
    }
    if scheme.endswith("+cluster"):
        return _cluster(url, options)
    options |= {"max_connections": max_connections, "generation": Generation()}
    if scheme.endswith("+sentinel"):
        return _behind_sentinel(url, options)
    if scheme == "unix":
        for name in ("socket_keepalive", "socket_keepalive_options", "socket_connect_timeout"):
            options.pop(name, None)
        database = parse_qs(urlsplit(url).query).get("db", ["0"])[0]
        path = urlsplit(url).path
        return Redis.from_pool(
            WaitingPool(connection_class=PackedUnixConnection, path=path, db=int(database), **options)
        )
    # A lost DNS packet takes longer than an attempt. redis-py retries the attempt itself only for the
    # errors named here; Sentinel and Cluster connect again on their own.
    options["retry_on_error"].append(TimeoutError)
    if scheme == "redis":
        options["connection_class"] = PackedConnection
    elif scheme == "rediss":
        # Without it redis-py 5 accepts any certificate of the authority.
        options["ssl_check_hostname"] = True
    pool = WaitingPool.from_url(url, **options)
    if scheme == "rediss":
        # from_url ignores connection_class for this scheme.
        pool.connection_class = PackedSslConnection
    return Redis.from_pool(pool)


def _cluster(url: str, options: dict[str, Any]) -> RedisCluster:
    tls = certificates(url)
    startup = [ClusterNode(host, port) for host, port in hosts(url)]
    cluster: RedisCluster = RedisCluster(startup_nodes=startup, ssl=bool(tls), **credentials(url), **tls, **options)
    connection_class = PackedSslConnection if tls else PackedConnection
    cluster.nodes_manager.startup_nodes = SteadyNodes(cluster.nodes_manager.startup_nodes)
    for node in cluster.nodes_manager.startup_nodes.values():
        node.connection_class = connection_class
    cluster.connection_kwargs["connection_class"] = connection_class
    return cluster


def _behind_sentinel(url: str, options: dict[str, Any]) -> Redis:
    tls = certificates(url)
    master, _, database = urlsplit(url).path.strip("/").partition("/")
    if not master:
        raise ValueError("REDIS_URL for Sentinel must name the master: redis+sentinel://host:26379/mymaster")
    limits = {"socket_timeout": SENTINEL_SECONDS, "socket_connect_timeout": SENTINEL_SECONDS}
    sentinel_options = socket_options() | limits | {"ssl": bool(tls), **tls}
    sentinel = Sentinel(hosts(url), sentinel_kwargs=sentinel_options)
    for each in sentinel.sentinels:
        each.connection_pool.connection_class = PackedSslConnection if tls else PackedConnection
    connection_class = PackedSentinelSslConnection if tls else PackedSentinelConnection
    sign_in = credentials(url)
    client: Redis = sentinel.master_for(
        master,
        connection_pool_class=WaitingSentinelPool,
        connection_class=connection_class,
        db=int(database or 0),
        **sign_in,
        **tls,
        **options,
    )
    return client


async def one_server(redis: AnyRedis, key: str) -> Redis:
    """A client for the server that holds `key`; the caller closes it. On a single server it shares the pool.

    For operations that a cluster client lacks: subscriptions, and transactions on the key's slot. It does not follow a
    failover; call this again after an error. Raises one of REDIS_UNAVAILABLE.
    """
    if isinstance(redis, Redis):
        return Redis(connection_pool=redis.connection_pool)
    # Lets the cluster client find the slot if it has moved.
    await redis.execute_command("EXISTS", key)
    node = redis.get_node_from_key(key)
    if node is None:
        raise RedisConnectionError("no server of the cluster holds the slot")
    settings = redis.connection_kwargs
    tls = {name: value for name, value in settings.items() if name.startswith("ssl_")}
    client = Redis(
        host=node.host,
        port=int(node.port),
        username=settings.get("username"),
        password=settings.get("password"),
        ssl=bool(tls),
        **tls,
        **socket_options(),
    )
    client.connection_pool.connection_class = settings["connection_class"]
    return client


async def takes_writes(redis: AnyRedis) -> bool:
    """Whether Redis accepts writes now: false if it is unavailable, silent, full, read-only or without disk space."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            await redis.execute_command("SET", WRITABLE, "", "PX", WRITABLE_MS)
    except (*REDIS_UNAVAILABLE, TimeoutError):
        return False
    return True


def is_cluster(redis: AnyRedis) -> bool:
    """Whether a shop's transaction cannot reach `relist:outcomes`, so that outcomes go through an outbox."""
    return isinstance(redis, RedisCluster)
