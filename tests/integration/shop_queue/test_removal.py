"""Removing a shop deletes all its keys; gateways that ended leave no consumer behind."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from model.job import Job, audit_job_id
from shop_queue.consumer import Complete, FencedError, LaneConsumer
from shop_queue.intake_stream import IntakeStream
from shop_queue.keys import HOLDERS, INTAKE, OUTCOMES, READY
from shop_queue.leases import wake
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.removal import remove_lane
from tests.support.held_lane import SHOP, claim, commit, held


async def test_removed_shop_leaves_no_key(redis: Redis) -> None:
    producer = LaneProducer(redis)
    await producer.enqueue([EnqueueRequest(Job(SHOP, str(n)), entry="1-0") for n in range(4)])
    await producer.enqueue([EnqueueRequest(Job(SHOP, "1", priority="urgent")), EnqueueRequest(Job("8", "1"))])
    await redis.zadd(READY, {"8": 4_000_000_000_000})
    lease = await held(redis)
    await claim(redis, lease, 2)
    poll = EnqueueRequest(Job(SHOP, audit_job_id("1"), "audit"), delay_seconds=60)
    blocked = Complete("0", "needs_input", {"outcome": "needs_input"}, blocked=True)
    await commit(redis, lease, Complete("1", "in_audit", {"outcome": "in_audit"}, follow_ups=(poll,)), blocked)
    await wake(redis, [(SHOP, 5.0)])
    await producer.set_limit(SHOP, 2.0)
    await remove_lane(redis, SHOP)
    assert [key async for key in redis.scan_iter(f"*{SHOP}*")] == []
    assert await redis.zrange(READY, 0, -1) == [b"8"]
    assert await redis.hlen(HOLDERS) == 0  # type: ignore[misc]
    assert await redis.xlen(OUTCOMES) == 2
    (fenced,) = await LaneConsumer(redis).start([(lease, ["2"])])
    assert isinstance(fenced, FencedError)
    await remove_lane(redis, SHOP)


async def test_idle_consumers_without_entries_are_removed(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.intake_stream.IDLE_CONSUMER_MS", -1)
    ended, died, alive = (IntakeStream(redis, name) for name in ("ended", "died", "alive"))
    await ended.ensure_group()
    await redis.xadd(INTAKE, {"job": "{}"})
    (entry,) = await ended.read(10, 1000, block_ms=10)
    await ended.acknowledge([entry.id])
    await redis.xadd(INTAKE, {"job": "{}"})
    assert len(await died.read(10, 1000, block_ms=10)) == 1
    assert await alive.remove_idle_consumers() == 1
    assert [each["name"] for each in await redis.xinfo_consumers(INTAKE, "relist")] == [b"died"]
    monkeypatch.undo()
    assert await alive.read(10, 1000, block_ms=10) == []
    assert await alive.remove_idle_consumers() == 0
