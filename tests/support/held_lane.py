"""A leased lane: claims and commits that must succeed."""

from __future__ import annotations

from redis.asyncio import Redis

from shop_queue.consumer import ClaimBatch, Commit, Committed, LaneConsumer, Operation
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import Lease, Leases

SHOP = "7494"
KEYS = lane_keys(SHOP)


async def held(redis: Redis) -> Lease:
    """Leases the shop again; jobs in flight return to the lane."""
    await redis.zadd(READY, {SHOP: 1})
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    await LaneConsumer(redis).open(lease)
    return lease


async def claim(redis: Redis, lease: Lease, count: int = 10) -> ClaimBatch:
    (claimed,) = await LaneConsumer(redis).claim([(lease, count)])
    assert isinstance(claimed, ClaimBatch)
    return claimed


async def commit(redis: Redis, lease: Lease, *operations: Operation, number: int = 0) -> Committed:
    (done,) = await LaneConsumer(redis).commit([Commit(lease, operations, number=number)])
    assert isinstance(done, Committed)
    return done
