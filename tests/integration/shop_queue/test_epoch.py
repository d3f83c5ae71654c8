"""Epoch and schema: an emptied Redis stops every process that knew it; data of another schema refuses the start."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from structlog.testing import capture_logs

from model.job import Job
from model.shop import Shop
from producers.intake import Intake
from redis_client.server_checks import UnsuitableRedis
from shop_queue.epoch import EmptiedRedis, EpochWatch, UnreadableSchema, begin_epoch, check_schema, write_epoch
from shop_queue.keys import EPOCH, INTAKE, INTAKE_REJECTED, SCHEMA
from shop_queue.leases import Leases
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.required_commands import GATEWAY_COMMANDS, WORKER_COMMANDS
from shop_queue.shop_registry import ShopRegistry
from shop_queue.start import check_redis
from tests.support.held_lane import SHOP


class Clock:
    """Advances by two seconds per call, so that every check asks Redis."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 2
        return self.now


async def test_first_start_writes_epoch_and_schema_once(redis: Redis) -> None:
    worker = await check_redis(redis, WORKER_COMMANDS)
    epoch = await redis.get(EPOCH)
    gateway = await check_redis(redis, GATEWAY_COMMANDS)
    assert await redis.get(EPOCH) == epoch
    assert await redis.get(SCHEMA) == b"1"
    assert await worker.ready()
    assert await gateway.ready()


@pytest.mark.parametrize("how", ["flushed", "epoch deleted", "another start wrote a new epoch"])
async def test_emptied_redis_is_noticed(redis: Redis, how: str) -> None:
    watch = EpochWatch(redis, await begin_epoch(redis), Clock())
    assert await watch.ready()
    if how == "epoch deleted":
        await redis.delete(EPOCH)
    else:
        await redis.flushall()
    if how == "another start wrote a new epoch":
        await write_epoch(redis)
    with capture_logs() as logs:
        assert not await watch.ready()
        assert not await watch.ready()
    assert [each["event"] for each in logs] == ["redis_emptied"]


async def test_no_shop_is_leased_after_redis_was_emptied(redis: Redis) -> None:
    watch = EpochWatch(redis, await begin_epoch(redis), Clock())
    leases = Leases(redis, "w1", 30, may_lease=watch.intact)
    await redis.flushall()
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    assert (await leases.take(5, 0)).leases == ()
    await redis.set(EPOCH, watch._epoch)
    assert len((await leases.take(5, 0)).leases) == 1


async def test_start_is_refused_when_only_the_record_knows_products(redis: Redis) -> None:
    async def recorded() -> int:
        return 1234

    async def nothing_recorded() -> int:
        return 0

    with pytest.raises(EmptiedRedis, match=r"the record contains 1,234 products.*relist record rebuild"):
        await check_redis(redis, WORKER_COMMANDS, recorded)
    assert not await redis.exists(EPOCH)
    await ShopRegistry(redis).add(Shop("1", "c", "US", "1"))
    assert await begin_epoch(redis, recorded), "data of a release without epochs is adopted"
    await redis.flushall()
    assert await begin_epoch(redis, nothing_recorded)


@pytest.mark.parametrize("schema", ["2", "0", "none of the numbers"])
async def test_other_schema_refuses_the_start(redis: Redis, schema: str) -> None:
    await redis.set(SCHEMA, schema)
    with pytest.raises(UnreadableSchema, match=f"has schema {schema[:20]}, this release reads schema 1"):
        await check_schema(redis)
    with pytest.raises(UnsuitableRedis):
        await check_redis(redis, WORKER_COMMANDS)


async def test_intake_is_not_read_after_redis_was_emptied(redis: Redis) -> None:
    """Otherwise every job would be rejected, since no shop is known."""
    watch, asked = EpochWatch(redis, await begin_epoch(redis), Clock()), asyncio.Event()

    async def may_read() -> bool:
        intact = await watch.intact()
        if not intact:
            asked.set()
        return intact

    await redis.flushall()
    await redis.xadd(INTAKE, {"job": '{"shop_id": "7", "product_id": "1"}'})
    task = asyncio.create_task(Intake(redis, "g", CollectorRegistry(), may_read=may_read).run())
    async with asyncio.timeout(10):
        await asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await redis.xlen(INTAKE), await redis.xlen(INTAKE_REJECTED)) == (1, 0)
