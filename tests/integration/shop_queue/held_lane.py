"""A lane whose lease is held: claim from it and commit to it, where neither may fail."""

from __future__ import annotations

from redis.asyncio import Redis

from shop_queue.holder import Claimed, Commit, Committed, LaneHolder, Operation
from shop_queue.keys import READY, lane_keys
from shop_queue.leases import Lease, Leases

SHOP = "7494"
KEYS = lane_keys(SHOP)


async def held(redis: Redis) -> Lease:
    """A new lease, whoever has the shop; what was in flight is back in the lane."""
    await redis.zadd(READY, {SHOP: 1})
    (lease,) = (await Leases(redis, "w1", 60).take(1, 0)).leases
    await LaneHolder(redis).open(lease)
    return lease


async def claim(redis: Redis, lease: Lease, count: int = 10) -> Claimed:
    (claimed,) = await LaneHolder(redis).claim([(lease, count)])
    assert isinstance(claimed, Claimed)
    return claimed


async def commit(redis: Redis, lease: Lease, *operations: Operation, number: int = 0) -> Committed:
    (done,) = await LaneHolder(redis).commit([Commit(lease, operations, number=number)])
    assert isinstance(done, Committed)
    return done
