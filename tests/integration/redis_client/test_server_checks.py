"""Checks at start: eviction policy, and every right the user lacks, by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from model.job import Job
from redis_client.connect import connect
from redis_client.server_checks import UnsuitableRedis, check_rights, check_server
from shop_queue.keys import READY
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.required_commands import GATEWAY_COMMANDS, WORKER_COMMANDS, Command
from tests.support.redis_acl import server_with_users
from tests.support.tcp_redis import tcp_server

ALLOWED = "on nopass ~* &* +@all"


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_eviction_policy_is_refused(policy: str) -> None:
    with tcp_server("--maxmemory-policy", policy) as server:
        client = connect(server.url)
        with pytest.raises(UnsuitableRedis, match=f"maxmemory-policy {policy}.*set it to noeviction"):
            await check_server(client, READY)
        await client.aclose()


@pytest.mark.parametrize(
    ("commands", "rights", "missing"),
    [
        (WORKER_COMMANDS, "-zscore -hmget", ["HMGET relist:{probe}:jobs", "ZSCORE relist:shops:ready"]),
        (WORKER_COMMANDS, "-evalsha", ["EVALSHA relist:{probe}:jobs"]),
        (GATEWAY_COMMANDS, "-xreadgroup -memory|usage", ["XREADGROUP", "MEMORY USAGE"]),
        (GATEWAY_COMMANDS, "resetkeys ~relist:{* ~relist:shops*", ["GET relist:epoch", "SET relist:writable"]),
        (GATEWAY_COMMANDS, "resetchannels", ["PUBLISH relist:wake"]),
    ],
)
async def test_missing_rights_are_named(commands: tuple[Command, ...], rights: str, missing: list[str]) -> None:
    with tcp_server() as server:
        async with server.admin() as admin:
            await admin.execute_command("ACL", "SETUSER", "service", *ALLOWED.split(), *rights.split())
            client = connect(f"redis://service:x@127.0.0.1:{server.port}/0")
            with pytest.raises(UnsuitableRedis, match="Redis user service lacks rights") as problem:
                await check_rights(client, commands, READY)
            assert [each for each in missing if each not in str(problem.value)] == []
            await admin.execute_command("ACL", "SETUSER", "service", *ALLOWED.split())
            await check_rights(client, commands, READY)
            assert await admin.dbsize() == 0, "the check changed something"
            await client.aclose()


async def test_the_published_rights_pass_the_check_and_add_jobs(tmp_path: Path) -> None:
    with server_with_users(tmp_path) as server:
        for user, commands in (("worker", WORKER_COMMANDS), ("gateway", GATEWAY_COMMANDS)):
            async with connect(server.url(user)) as client:
                await check_rights(client, commands, READY)
                await LaneProducer(client).enqueue([EnqueueRequest(Job("7", user))])
        assert server.refusals() == []


async def test_the_rights_of_the_first_release_do_not_suffice_for_a_gateway(tmp_path: Path) -> None:
    old = (Path(__file__).parents[2] / "deploy/users_0.1.0.acl").read_text()
    (gateway,) = (line for line in old.splitlines() if line.startswith("user gateway "))
    with tcp_server() as server:
        async with server.admin() as admin:
            rules = re.findall(r"\([^)]*\)|\S+", gateway)[2:]
            await admin.execute_command("ACL", "SETUSER", "gateway", *rules, "nopass")
            client = connect(f"redis://gateway:x@127.0.0.1:{server.port}/0")
            with pytest.raises(UnsuitableRedis, match="EVALSHA"):
                await check_rights(client, GATEWAY_COMMANDS, READY)
            await client.aclose()
