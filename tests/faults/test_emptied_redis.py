"""Redis is emptied under a running fleet, or may evict keys: no process reports that it is ready, and none starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from demo.local_fleet import LocalFleet
from shop_queue.keys import EPOCH, OUTCOMES, SHOPS
from tests.support.conservation import search_all, until_moved
from tests.support.fault_fleets import eventually, readiness
from tests.support.tcp_redis import tcp_server

SIZE = ("--shops", "2", "--products", "120")
NOTICED_SECONDS = 10.0


@pytest.mark.slow
async def test_emptied_redis_makes_every_process_unready(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with LocalFleet(SIZE, {"audit_poll_seconds": "2"}, log_file=log) as fleet:
        await fleet.add_shops()
        await fleet.start_worker()
        await search_all(fleet)
        await until_moved(fleet, 10)
        parts = (fleet.gateway, *fleet.workers)
        assert [await readiness(fleet, part) for part in parts] == [200, 200]
        await fleet.redis.flushall()

        async def none_is_ready() -> bool:
            return [await readiness(fleet, part) for part in parts] == [503, 503]

        await eventually(none_is_ready, NOTICED_SECONDS, "no process reports that it is ready")
        assert not await fleet.redis.exists(EPOCH, SHOPS, OUTCOMES)
        for command in ("worker", "gateway"):
            ended = await asyncio.wait_for(fleet.command(command), 60)
            assert ended.code != 0
            assert "Redis was emptied" in ended.err
    assert b"redis_emptied" in log.read_bytes()


@pytest.mark.slow
async def test_process_does_not_start_under_an_eviction_policy() -> None:
    with tcp_server() as server:
        async with server.admin() as admin, LocalFleet(SIZE, {}, redis_at=server.url) as fleet:
            await admin.config_set("maxmemory-policy", "allkeys-lru")
            for command in ("worker", "gateway"):
                ended = await asyncio.wait_for(fleet.command(command), 60)
                assert ended.code != 0
                (line,) = ended.err.strip().splitlines()
                assert "maxmemory-policy allkeys-lru" in line
                assert "noeviction" in line
