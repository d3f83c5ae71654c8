"""A consumer that lost its lease cannot park the shop."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from shop_queue.consumer import FencedError, LaneConsumer
from tests.support.held_lane import SHOP, held


async def test_fenced_consumer_cannot_park(redis: Redis) -> None:
    old, successor = await held(redis), await held(redis)
    with pytest.raises(FencedError, match=f"shop {SHOP} was lost"):
        await LaneConsumer(redis).park(old, "quota", 60)
    assert (await LaneConsumer(redis).open(successor)).state == "active"
