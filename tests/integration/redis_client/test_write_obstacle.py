"""A Redis that refuses writes is named with its reason, not only as unavailable."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from redis_client.connect import connect, takes_writes
from redis_client.write_obstacle import obstacle, write_obstacle


@pytest.mark.parametrize(
    ("info", "named"),
    [
        ({"role": "master", "maxmemory": 0, "used_memory": 5}, ""),
        ({"role": "slave"}, "replica"),
        ({"role": "master", "maxmemory": 2**20, "used_memory": 2**20}, "full (1 of 1 MiB)"),
        ({"maxmemory": 2**20, "used_memory": 2**20, "mem_not_counted_for_evict": 9}, ""),
        ({"aof_last_write_status": "err"}, "append-only file"),
    ],
)
def test_reason_of_refused_writes(info: dict[str, object], named: str) -> None:
    assert named in obstacle(info)
    assert bool(obstacle(info)) == bool(named)


async def test_a_real_server_that_is_full_or_a_replica(redis: Redis) -> None:
    assert await write_obstacle(redis) == ""
    try:
        await redis.config_set("maxmemory", "1")
        assert not await takes_writes(redis)
        assert "Redis is full" in await write_obstacle(redis)
        await redis.config_set("maxmemory", "0")
        await redis.execute_command("REPLICAOF", "127.0.0.1", "1")
        assert "replica" in await write_obstacle(redis)
    finally:
        await redis.execute_command("REPLICAOF", "NO", "ONE")
        await redis.config_set("maxmemory", "0")


async def test_an_unreachable_server_gives_no_reason() -> None:
    away = connect("redis://127.0.0.1:1")
    assert await write_obstacle(away) == ""
    await away.aclose()
