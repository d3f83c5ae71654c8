"""A fleet works with only the Redis rights that deploy/redis/users.acl gives each process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import orjson
import pytest
from redis.exceptions import NoPermissionError

from demo.local_fleet import LocalFleet
from shop_queue.keys import INTAKE, INTAKE_REJECTED
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.redis_acl import (
    ClusterWithUsers,
    ServerWithUsers,
    cluster_with_users,
    server_with_users,
)
from tests.support.survived import Survived

IN_FLIGHT = 100
"""The default of the setting."""
COMMANDS = (
    ("shops", "list"),
    ("status",),
    ("status", "--reasons"),
    ("doctor",),
    ("tokens", "rotate"),
    ("retry", "--outcome", "needs_input"),
)


WITH_USERS: dict[str, Callable[[Path], AbstractContextManager[ServerWithUsers | ClusterWithUsers]]] = {
    "one server": server_with_users,
    "a cluster of three": cluster_with_users,
}


@pytest.mark.slow
@pytest.mark.parametrize("where", WITH_USERS)
async def test_each_process_works_with_its_own_redis_user(where: str, tmp_path: Path, survived: Survived) -> None:
    with WITH_USERS[where](tmp_path) as server:
        settings = {"redis_url": server.url("gateway"), "audit_poll_seconds": "2", "lease_seconds": "2"}
        log = tmp_path / "log"
        fleet = LocalFleet(("--shops", "3", "--products", "200"), settings, redis_at=server.url("admin"), log_file=log)
        async with fleet:
            shops = await fleet.add_shops()
            as_worker = {"RELIST_REDIS_URL": server.url("worker")}
            await asyncio.gather(*(fleet.start_worker(environment=as_worker) for _ in range(2)))
            await search_all(fleet)
            with server.client("feeder") as feeder:
                feeder.xadd(INTAKE, {"job": "no JSON"})
                feeder.xadd(INTAKE, {"job": orjson.dumps({"kind": "search", "shop_id": shops[0]})})
            await until_moved(fleet, 20)
            await fleet.workers[0].kill()
            await fleet.start_worker(environment=as_worker)
            fleet.environment["RELIST_REDIS_URL"] = server.url("operator")
            for order in ("pause", "resume"):
                ended = await fleet.command("shops", order, shops[0])
                assert ended.code == 0, ended.err
            await until_done(fleet)
            await assert_conserved(fleet, IN_FLIGHT)
            for command in COMMANDS:
                ended = await fleet.command(*command)
                assert "permission" not in ended.err.lower() + ended.out.lower(), ended
                assert ended.code == 0 or command == ("doctor",), ended
            await until_done(fleet)
            async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/metrics") as answer:
                # On a cluster the gateway reports no memory: each node has a separate exporter.
                assert ("relist_redis_memory_bytes" in await answer.text()) == isinstance(server, ServerWithUsers)
            with server.client("feeder") as feeder:
                assert feeder.xrange(INTAKE_REJECTED)
                with pytest.raises(NoPermissionError):
                    feeder.execute_command("DEL", INTAKE)
            refused = server.refusals()
        assert refused == [("feeder", "del")]
        assert "NoPermission" not in log.read_text()
        survived(
            f"each process has a Redis user with least privilege, on {where}; one worker is killed",
            promise="the fleet finishes, and no process needs a right it lacks",
            users=5,
            refused=len(refused) - 1,
        )
