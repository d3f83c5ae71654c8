"""Opens the Redis the settings name: one server, over TLS or a socket, behind Sentinel, or a Cluster."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis.asyncio import Redis, Sentinel
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

AnyRedis = Redis | RedisCluster
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "redis+cluster")


def connect(url: str, *, max_connections: int = 64) -> AnyRedis:
    """A client that outlives short outages; nothing is sent before the first command.

    `redis+sentinel://host:port,host:port/<master name>[/<db>]` and `redis+cluster://host:port[,host:port]` take a
    password in the usual place. Raises ValueError for an address it cannot read.
    """
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise ValueError(f"REDIS_URL must start with one of {', '.join(SCHEMES)}://")
    options: dict[str, Any] = {
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.05), 3),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        "socket_connect_timeout": 5.0,
        "socket_keepalive": True,
    }
    if scheme == "redis+cluster":
        host, port, password = _hosts(url)[0]
        cluster: RedisCluster = RedisCluster(host=host, port=port, password=password, max_connections=max_connections)
        return cluster
    if scheme == "redis+sentinel":
        hosts = _hosts(url)
        master, _, database = urlsplit(url).path.strip("/").partition("/")
        if not master:
            raise ValueError("REDIS_URL for Sentinel names the master: redis+sentinel://host:26379/mymaster")
        sentinel = Sentinel([(host, port) for host, port, _ in hosts], socket_timeout=5.0)  # type: ignore[no-untyped-call]
        client: Redis = sentinel.master_for(
            master, db=int(database or 0), password=hosts[0][2], max_connections=max_connections, **options
        )
        return client
    if scheme == "unix":
        options.pop("socket_keepalive")
        options.pop("socket_connect_timeout")
        database = parse_qs(urlsplit(url).query).get("db", ["0"])[0]
        return Redis(unix_socket_path=urlsplit(url).path, db=int(database), max_connections=max_connections, **options)
    single: Redis = Redis.from_url(url, max_connections=max_connections, **options)
    return single


def _hosts(url: str) -> list[tuple[str, int, str | None]]:
    credentials, _, hosts = urlsplit(url).netloc.rpartition("@")
    password = credentials.rpartition(":")[2] or None
    parsed = []
    for host in hosts.split(","):
        name, _, port = host.rpartition(":")
        if not name or not port.isdigit():
            raise ValueError(f"REDIS_URL: {host!r} is not host:port")
        parsed.append((name, int(port), password))
    return parsed
