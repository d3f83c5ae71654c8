"""A server and a cluster with deploy/redis/users.acl and a password for every user."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.cluster import ClusterNode

from tests.support.free_ports import free_port
from tests.support.monitoring_stack import ROOT
from tests.support.redis_binary import redis_binary
from tests.support.redis_cluster import RedisCluster
from tests.support.redis_secured import secured_server

USERS = ("worker", "gateway", "feeder", "operator", "monitoring")


@dataclass(frozen=True, slots=True)
class ServerWithUsers:
    port: int

    def url(self, user: str) -> str:
        return f"redis://{user}:{password(user)}@127.0.0.1:{self.port}/0"

    def client(self, user: str) -> redis.Redis:
        return redis.Redis.from_url(self.url(user))

    def refusals(self) -> list[tuple[str, str]]:
        """The refused users and commands, from the server's ACL log."""
        with self.client("admin") as admin:
            return refusals_of(admin)


@dataclass(frozen=True, slots=True)
class ClusterWithUsers:
    cluster: RedisCluster

    def url(self, user: str) -> str:
        return self.cluster.address(f"{user}:{password(user)}")

    def client(self, user: str) -> redis.RedisCluster:
        nodes = [ClusterNode("127.0.0.1", port) for port in self.cluster.ports]
        return redis.RedisCluster(startup_nodes=nodes, username=user, password=password(user))

    def refusals(self) -> list[tuple[str, str]]:
        return sorted({each for node in self.cluster.clients() for each in refusals_of(node)})


def refusals_of(admin: redis.Redis) -> list[tuple[str, str]]:
    return sorted({(_text(entry["username"]), _text(entry["object"])) for entry in admin.acl_log()})


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def password(user: str) -> str:
    return f"password-of-{user}"


@contextlib.contextmanager
def server_with_users(directory: Path) -> Iterator[ServerWithUsers]:
    """The user `admin` has all rights and exists only in tests."""
    server = ServerWithUsers(free_port())
    options = ("--port", str(server.port), "--aclfile", str(_users(directory)))
    with secured_server(redis_binary(), directory, options, server.client("admin")):
        yield server


@contextlib.contextmanager
def cluster_with_users(directory: Path) -> Iterator[ClusterWithUsers]:
    admin = {"username": "admin", "password": password("admin")}
    with RedisCluster(options=("--aclfile", str(_users(directory))), client=admin) as cluster:
        yield ClusterWithUsers(cluster)


def _users(directory: Path) -> Path:
    passwords = {f"{user.upper()}_PASSWORD": password(user) for user in USERS}
    made = subprocess.run(
        [ROOT / "deploy/redis/with-passwords"], env={"PATH": os.environ["PATH"], **passwords}, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    acl = directory / "users.acl"
    acl.write_text(f"{made.stdout}user admin on >{password('admin')} ~* &* +@all\n")
    return acl
