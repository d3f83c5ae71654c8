"""The server's clock is 300 s behind a time the scripts have seen: script time advances, so nothing waits for 300 s."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import Requeue
from shop_queue.keys import CLOCK, WORKERS
from shop_queue.lane_stats import read_fleet_stats
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.faketime import told_by
from tests.support.held_lane import KEYS, SHOP, claim, commit, held
from tests.support.tcp_redis import tcp_server

STEP_SECONDS = 300


async def server_seconds(redis: Redis) -> float:
    seconds, microseconds = await redis.time()
    return float(seconds) + float(microseconds) / 1e6


async def put_clock_behind(redis: Redis, key: str) -> None:
    """Makes the scripts believe that they have seen a time 300 s ahead of the server's clock."""
    ahead = int(await server_seconds(redis) * 1000) + 1000 * STEP_SECONDS
    await redis.hset(key, mapping={"clock": ahead, "clock_offset": 0})  # type: ignore[misc]


async def assert_dead_workers_lease_expires(redis: Redis) -> None:
    """Also checks that the dead worker no longer counts in the fair share."""
    leases, leased = Leases(redis, "successor", 30), 0
    async with asyncio.timeout(20):
        while not leased or await redis.zscore(WORKERS, "dead") is not None:
            leased += len((await leases.take(1, leased)).leases)
            await asyncio.sleep(0.02)
    assert leased == 1


async def test_lease_of_a_dead_worker_expires(redis: Redis) -> None:
    await put_clock_behind(redis, CLOCK)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    assert (await Leases(redis, "dead", 0.5).take(1, 0)).leases
    await assert_dead_workers_lease_expires(redis)


async def test_fleet_stats_use_the_time_of_the_scripts(redis: Redis) -> None:
    await put_clock_behind(redis, CLOCK)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    await Leases(redis, "w1", 30).take(0, 0)
    stats = await read_fleet_stats(redis, 10)
    assert (stats.due, stats.workers) == (1, 1)
    assert stats.oldest_due_seconds < STEP_SECONDS / 2


async def test_delayed_job_becomes_due(redis: Redis) -> None:
    await put_clock_behind(redis, KEYS.control)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    lease = await held(redis)
    ((job, _),) = (await claim(redis, lease)).jobs
    await commit(redis, lease, Requeue(job, 0.5))
    async with asyncio.timeout(10):
        while not (await claim(redis, lease)).jobs:
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_real_clock_step_does_not_stop_shops(tmp_path: Path) -> None:
    shift = tmp_path / "shift"
    shift.write_text("+0s")
    with tcp_server(environment=told_by(shift)) as server:
        async with server.admin() as redis:
            await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
            assert (await Leases(redis, "dead", 0.5).take(1, 0)).leases
            before = await server_seconds(redis)
            shift.write_text(f"-{STEP_SECONDS}s")
            async with asyncio.timeout(10):
                while await server_seconds(redis) > before - STEP_SECONDS / 2:
                    await asyncio.sleep(0.02)
            await assert_dead_workers_lease_expires(redis)


async def test_time_follows_the_server_again_once_it_has_caught_up(redis: Redis) -> None:
    """The clock was ahead by an hour and is behind now; the test does not wait an hour."""
    leases = Leases(redis, "w1", 30)
    real = await server_seconds(redis)
    ahead = int(real * 1000) + 3_600_000
    await redis.hset(CLOCK, mapping={"clock": ahead, "clock_offset": 0})  # type: ignore[misc]
    first = (await leases.take(0, 0)).server_seconds
    second = (await leases.take(0, 0)).server_seconds
    assert first >= ahead / 1000
    assert second >= first
    await redis.hset(CLOCK, mapping={"clock": int(real * 1000) - 1000})  # type: ignore[misc]
    caught_up = (await leases.take(0, 0)).server_seconds
    assert int(real * 1000) / 1000 <= caught_up <= await server_seconds(redis)  # scripts count milliseconds
    assert await redis.hget(CLOCK, "clock_offset") == b"0"  # type: ignore[misc]
