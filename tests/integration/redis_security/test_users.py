"""deploy/redis/users.acl on a real server: the allowed and the forbidden commands of each user."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError

from redis_client.connect import connect
from shop_queue.required_commands import GATEWAY_COMMANDS, WORKER_COMMANDS, Command
from shop_queue.start import check_redis
from tests.support.monitoring_stack import ROOT
from tests.support.redis_acl import USERS, ServerWithUsers, server_with_users

FORBIDDEN_TO_ALL = (
    "FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG SET maxmemory 1", "CONFIG REWRITE", "SHUTDOWN NOSAVE", "ACL LIST",
    "ACL SETUSER x on", "SCRIPT FLUSH", "FUNCTION FLUSH", "REPLICAOF NO ONE", "SAVE", "MONITOR",
    "CLIENT KILL TYPE normal", "SWAPDB 0 1", "GET elsewhere", "SET elsewhere 1", "PUBLISH elsewhere x",
    "MIGRATE 127.0.0.1 1 x 0 1", "MODULE LIST",
)  # fmt: skip
FORBIDDEN = {
    "worker": ("XADD relist:intake * job x", "XRANGE relist:intake - +", "GET relist:fleet:reporter", "SCAN 0",
               "CONFIG GET *", "EVAL return(redis.call('GET','elsewhere')) 0", "SUBSCRIBE elsewhere"),
    "gateway": ("XADD relist:outcomes * outcome x",
                "DEL relist:outcomes", "SCAN 0", "CONFIG GET *"),
    "feeder": ("XRANGE relist:intake - +", "DEL relist:intake", "XDEL relist:intake 1-1",
               "XTRIM relist:intake MAXLEN 0",
               "XDEL relist:outcomes 1-1", "XADD relist:outcomes * outcome x", "DEL relist:outcomes", "SCAN 0",
               "XTRIM relist:outcomes MAXLEN 0", "GET relist:token:{a}", "HGETALL relist:shops", "INFO", "TIME",
               "EVAL return(1) 0", "HGETALL relist:{1}:jobs", "PUBLISH relist:wake x",
               "XGROUP DESTROY relist:outcomes g"),
    "operator": ("GET {arq:abort}:x", "SORT relist:x", "RESTORE relist:x 0 x"),
    "monitoring": ("GET relist:token:{a}", "SCAN 0", "XLEN relist:outcomes", "CONFIG GET *", "EVAL return(1) 0"),
}  # fmt: skip
ALLOWED = {
    "worker": ("GET relist:token:{a}", "SET relist:token:{a} x", "XADD relist:outcomes * outcome x", "TIME", "INFO",
               "PUBLISH relist:wake x"),
    "gateway": ("XADD relist:intake:rejected * error x", "GET relist:token:{a}", "SET relist:token:{a} x",
                "INFO", "HLEN relist:{1}:jobs"),
    "feeder": ("XADD relist:intake * job x", "XRANGE relist:outcomes - +", "XRANGE relist:intake:rejected - +",
               "XGROUP CREATE relist:outcomes erp 0", "XREADGROUP GROUP erp me STREAMS relist:outcomes >"),
    "operator": ("SCAN 0", "CONFIG GET maxmemory-policy", "DEL relist:token:{a}", "PUBLISH relist:control 1"),
    "monitoring": ("INFO", "PING"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerWithUsers]:
    with server_with_users(tmp_path_factory.mktemp("acl")) as running:
        with running.client("admin") as admin:
            admin.xadd("relist:outcomes", {"outcome": "{}"})
        yield running


@pytest.mark.parametrize("user", USERS)
def test_user_is_refused_forbidden_commands(server: ServerWithUsers, user: str) -> None:
    allowed = []
    with server.client(user) as client:
        for command in (*FORBIDDEN_TO_ALL, *FORBIDDEN[user]):
            try:
                client.execute_command(*command.split())
            except NoPermissionError:
                continue
            except redis.exceptions.ResponseError as error:
                if "permission" in str(error) or "can't access" in str(error):
                    continue
                allowed.append(f"{command}: {error}")
            else:
                allowed.append(command)
    assert not allowed


@pytest.mark.parametrize("user", USERS)
def test_user_may_run_its_commands(server: ServerWithUsers, user: str) -> None:
    with server.client(user) as client:
        for command in ALLOWED[user]:
            client.execute_command(*command.split())


def test_login_requires_a_password(server: ServerWithUsers) -> None:
    for url in (f"redis://127.0.0.1:{server.port}/0", f"redis://worker:wrong@127.0.0.1:{server.port}/0"):
        with pytest.raises(AuthenticationError), redis.Redis.from_url(url) as client:
            client.ping()


def test_acl_file_contains_no_password(tmp_path: Path) -> None:
    bare = subprocess.run([ROOT / "deploy/redis/with-passwords"], env={"PATH": "/usr/bin:/bin"}, capture_output=True,
                          text=True, check=True, timeout=60).stdout  # fmt: skip
    assert bare == (ROOT / "deploy/redis/users.acl").read_text()
    assert "nopass" not in bare
    assert not [word for word in bare.split() if word.startswith((">", "#"))]


@pytest.mark.parametrize(("user", "commands"), [("worker", WORKER_COMMANDS), ("gateway", GATEWAY_COMMANDS)])
async def test_shipped_users_have_every_right(
    server: ServerWithUsers, user: str, commands: tuple[Command, ...]
) -> None:
    client = connect(server.url(user))
    assert await (await check_redis(client, commands)).ready()
    await client.aclose()
