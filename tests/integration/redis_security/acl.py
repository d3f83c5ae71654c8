"""A server with deploy/redis/users.acl and a password for every user."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.deploy.stack import ROOT, free_port
from tests.redis_binary import redis_binary
from tests.redis_secured import secured_server

USERS = ("worker", "gateway", "feeder", "operator", "monitoring")


@dataclass(frozen=True, slots=True)
class ServerWithUsers:
    port: int

    def url(self, user: str) -> str:
        return f"redis://{user}:{password(user)}@127.0.0.1:{self.port}/0"

    def client(self, user: str) -> redis.Redis:
        return redis.Redis.from_url(self.url(user))


def password(user: str) -> str:
    return f"password-of-{user}"


@contextlib.contextmanager
def server_with_users(directory: Path) -> Iterator[ServerWithUsers]:
    """`admin`, who may do everything, is the tests' own."""
    passwords = {f"{user.upper()}_PASSWORD": password(user) for user in USERS}
    made = subprocess.run(
        [ROOT / "deploy/redis/with-passwords"], env={"PATH": os.environ["PATH"], **passwords}, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    acl = directory / "users.acl"
    acl.write_text(f"{made.stdout}user admin on >{password('admin')} ~* &* +@all\n")
    server = ServerWithUsers(free_port())
    options = ("--port", str(server.port), "--aclfile", str(acl))
    with secured_server(redis_binary(), directory, options, server.client("admin")):
        yield server
