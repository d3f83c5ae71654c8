"""Opens the Redis the settings name: one server, over TLS or a socket, behind Sentinel, or a Cluster."""

from __future__ import annotations

import socket
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis.asyncio import ConnectionPool, Redis, Sentinel
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

AnyRedis = Redis | RedisCluster
REDIS_UNAVAILABLE = (RedisError, RedisClusterException, OSError)
"""What a call raises while Redis is away: a cluster that can not be reached has an exception of another family."""
ANSWER_SECONDS = 20.0
"""How long a command may take, to the last byte of its reply: a frozen server, or a slow link, ends here."""
SILENT_LINK_SECONDS = 10
"""How long a peer may acknowledge nothing before its connection is given up, whatever waits on it."""
CONNECT_SECONDS = 5.0
WRITABLE, WRITABLE_MS = "relist:writable", 60_000
"""What is written to see whether Redis takes it; gone in a minute."""


class SteadyNodes(dict[str, ClusterNode]):
    """The servers a cluster client asks for the map of slots.

    redis-py forgets one for good whenever a call to it fails, and when none is left never finds the cluster again; here
    it only becomes the last to be asked. And it iterates while other calls change it, so that iteration is over a copy.
    """

    def pop(self, name: str, default: Any = None) -> Any:
        node = super().pop(name, default)
        if isinstance(node, ClusterNode):
            self[name] = node
        return node

    def values(self) -> Any:
        return list(super().values())


def socket_options() -> dict[str, Any]:
    """What ends a connection whose peer has vanished without a word: docs/decisions/0010-timeouts.md."""
    options: dict[str, Any] = {
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_keepalive": True,
    }
    if sys.platform == "linux":
        # Keepalive probes what is idle; the user timeout ends what is sent and not acknowledged.
        options["socket_keepalive_options"] = {
            socket.TCP_KEEPIDLE: SILENT_LINK_SECONDS // 2,
            socket.TCP_KEEPINTVL: 1,
            socket.TCP_KEEPCNT: SILENT_LINK_SECONDS // 2,
            socket.TCP_USER_TIMEOUT: SILENT_LINK_SECONDS * 1000,
        }
    return options


def connect(url: str, *, max_connections: int = 64) -> AnyRedis:
    """A client that outlives short outages; nothing is sent before the first command.

    `redis+sentinel://host:port,host:port/<master name>[/<db>]` and `redis+cluster://host:port[,host:port]` take
    a user and a password in the usual place. `rediss://`, `rediss+sentinel://` and `rediss+cluster://` take files in
    their query: `ssl_ca_certs` (the system's authorities without it), and `ssl_certfile` and `ssl_keyfile` for servers
    that ask who their clients are. Raises ValueError for an address it cannot read.
    """
    scheme = scheme_of(url)
    options: dict[str, Any] = {
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.05), 3),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        **socket_options(),
    }
    if scheme.endswith("+cluster"):
        return _cluster(url, options)
    options["max_connections"] = max_connections
    if scheme.endswith("+sentinel"):
        return _behind_sentinel(url, options)
    if scheme == "unix":
        for name in ("socket_keepalive", "socket_keepalive_options", "socket_connect_timeout"):
            options.pop(name, None)
        database = parse_qs(urlsplit(url).query).get("db", ["0"])[0]
        path = urlsplit(url).path
        return Redis.from_pool(
            ConnectionPool(connection_class=PackedUnixConnection, path=path, db=int(database), **options)
        )
    if scheme == "redis":
        options["connection_class"] = PackedConnection
    elif scheme == "rediss":
        # Without it redis-py 5 takes every certificate of the authority, whosoever it is.
        options["ssl_check_hostname"] = True
    single: Redis = Redis.from_url(url, **options)
    if scheme == "rediss":
        # from_url takes the class that goes with the scheme, whatever it is told.
        single.connection_pool.connection_class = PackedSslConnection
    return single


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
        raise ValueError("REDIS_URL for Sentinel names the master: redis+sentinel://host:26379/mymaster")
    asking = socket_options() | {"socket_timeout": CONNECT_SECONDS, "ssl": bool(tls), **tls}
    sentinel = Sentinel(hosts(url), sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
    for each in sentinel.sentinels:
        each.connection_pool.connection_class = PackedSslConnection if tls else PackedConnection
    connection_class = PackedSentinelSslConnection if tls else PackedSentinelConnection
    signing_in = credentials(url)
    client: Redis = sentinel.master_for(
        master, connection_class=connection_class, db=int(database or 0), **signing_in, **tls, **options
    )
    return client


async def one_server(redis: AnyRedis, key: str) -> Redis:
    """A client of the one server that holds `key`: of the same pool, or on a cluster a client of its own to close.

    For what a cluster client can not do: subscribe, and transactions whose keys share the key's slot. It does not
    follow a failover; ask again after an error. Raises redis.exceptions.RedisError.
    """
    if isinstance(redis, Redis):
        return Redis(connection_pool=redis.connection_pool)
    # The cluster client follows the slot wherever it has gone, and then knows.
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
    """Whether Redis takes what is written to it now: one that is away, full, read-only or without disk does not."""
    try:
        await redis.execute_command("SET", WRITABLE, "", "PX", WRITABLE_MS)
    except REDIS_UNAVAILABLE:
        return False
    return True


def is_cluster(redis: AnyRedis) -> bool:
    """Whether a shop's transaction can not reach `relist:outcomes`, so that outcomes go by way of an outbox."""
    return isinstance(redis, RedisCluster)
