"""A primary that moves to another server, behind every kind of address, with or without TLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from tests.support.certificates import Authority
from tests.support.free_ports import free_port
from tests.support.redis_binary import redis_binary
from tests.support.redis_cluster import RedisCluster
from tests.support.redis_secured import secured_server
from tests.support.redis_sentinel import MASTER, WatchedRedis
from tests.support.redis_tls import REDIS_WITH_TLS
from tests.support.tcp_redis import MovingAddress

NAME = "primary.example.com"
KEY = "{relist:shops:ready}:probe"
"""Lies on the server that moves."""


@dataclass(frozen=True, slots=True)
class Security:
    """How servers listen, how the tests' client connects, and the query of the service's address."""

    options: tuple[str, ...] = ()
    client: dict[str, Any] | None = None
    query: str = ""

    @property
    def binary(self) -> str:
        return REDIS_WITH_TLS if self.client else redis_binary()


def security(directory: Path, tls: bool) -> Security:
    if not tls:
        return Security()
    authority = Authority(directory, "authority")
    certificate, key = authority.issue("server", "127.0.0.1", NAME)
    options = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file",
               str(authority.file), "--tls-auth-clients", "no", "--tls-replication", "yes")  # fmt: skip
    client = {"ssl": True, "ssl_ca_certs": str(authority.file), "ssl_check_hostname": False}
    return Security(options, client, f"?ssl_ca_certs={quote(str(authority.file))}")


@dataclass(frozen=True, slots=True)
class MovingPrimary:
    url: str
    lose: Callable[[], Awaitable[None]]
    """Ends when the old primary has been demoted, killed or frozen."""
    promote: Callable[[], Awaitable[None]]
    """Ends when the new primary is there."""
    port: int
    """The new primary's."""


@contextlib.asynccontextmanager
async def moving_primary(
    kind: str, how: str, tls: bool, directory: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[MovingPrimary]:
    """`kind`: proxy, name, sentinel or cluster. `how`: demoted, killed or frozen."""
    known = security(directory, tls)
    if kind == "sentinel":
        with WatchedRedis(options=known.options, client=known.client, tls=tls, binary=known.binary) as watched:
            yield _behind_sentinels(watched, how, known)
    elif kind == "cluster":
        options = (*known.options, *(("--tls-cluster", "yes") if tls else ()))
        with RedisCluster(
            replicated=True, node_timeout_ms=1500, options=options, client=known.client, tls=tls, binary=known.binary
        ) as cluster:
            yield _of_cluster(cluster, how, known)
    else:
        async with _two_servers(kind, how, known, directory, patch) as primary:
            yield primary


@contextlib.asynccontextmanager
async def _two_servers(
    kind: str, how: str, known: Security, directory: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[MovingPrimary]:
    # Behind a name both servers have one port, on different addresses.
    port = free_port()
    hosts = ("127.0.0.2", "127.0.0.3") if kind == "name" else ("127.0.0.1", "127.0.0.1")
    ports = (port, port) if kind == "name" else (port, free_port())
    with _server(hosts[0], ports[0], known, directory) as old, _server(hosts[1], ports[1], known, directory) as new:
        new.replicaof(hosts[0], str(ports[0]))
        await _until(lambda: _info(new, "replication")["master_link_status"] == "up")
        pid = int(_info(old, "server")["process_id"])

        async def lose() -> None:
            if how == "demoted":
                old.replicaof(hosts[1], str(ports[1]))
            else:
                os.kill(pid, signal.SIGSTOP if how == "frozen" else signal.SIGKILL)

        scheme = "rediss" if known.client else "redis"
        if kind == "proxy":
            async with MovingAddress(ports[0]) as address:

                async def promote() -> None:
                    new.replicaof("NO", "ONE")
                    address.target = ports[1]

                yield MovingPrimary(f"{scheme}://127.0.0.1:{address.port}/0{known.query}", lose, promote, ports[1])
        else:
            present = [hosts[0]]
            _resolve(patch, present)

            async def promote_other() -> None:
                new.replicaof("NO", "ONE")
                present[0] = hosts[1]

            yield MovingPrimary(f"{scheme}://{NAME}:{port}/0{known.query}", lose, promote_other, port)


def _resolve(patch: pytest.MonkeyPatch, present: list[str]) -> None:
    """Acts as the name server: NAME resolves to the current address."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        return real(present[0] if host == NAME else host, *args, **options)

    patch.setattr(socket, "getaddrinfo", getaddrinfo)


@contextlib.contextmanager
def _server(host: str, port: int, known: Security, directory: Path) -> Iterator[redis.Redis]:
    home = directory / f"{host}-{port}"
    home.mkdir()
    listening = ("--port", "0", "--tls-port", str(port)) if known.client else ("--port", str(port))
    client = redis.Redis(host=host, port=port, **(known.client or {}))
    with secured_server(known.binary, home, ("--bind", host, *listening, *known.options), client):
        yield client


def _info(server: redis.Redis, section: str) -> dict[str, Any]:
    info: Any = server.info(section)
    return dict(info)


def _behind_sentinels(watched: WatchedRedis, how: str, known: Security) -> MovingPrimary:
    async def lose() -> None:
        if how == "demoted":
            await asyncio.to_thread(watched.client(watched.sentinels[0]).sentinel_failover, MASTER)
        else:
            watched.signal(watched.primary, signal.SIGSTOP if how == "frozen" else signal.SIGKILL)

    async def promote() -> None:
        await _until(watched.is_promoted)

    return MovingPrimary(watched.address(known.query), lose, promote, watched.replica)


def _of_cluster(cluster: RedisCluster, how: str, known: Security) -> MovingPrimary:
    with cluster.client(cluster.ports[0]) as node:
        slot = int(node.execute_command("CLUSTER", "KEYSLOT", KEY))
    master = cluster.master_of(slot)

    async def lose() -> None:
        if how == "demoted":
            with cluster.client(cluster.replica_of[master]) as replica:
                await asyncio.to_thread(replica.execute_command, "CLUSTER", "FAILOVER")
        else:
            cluster.signal(master, signal.SIGSTOP if how == "frozen" else signal.SIGKILL)

    async def promote() -> None:
        await _until(lambda: cluster.is_promoted(master))

    return MovingPrimary(cluster.address(query=known.query), lose, promote, cluster.replica_of[master])


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)
