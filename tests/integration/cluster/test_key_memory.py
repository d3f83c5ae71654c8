"""On a cluster the memory of keys is summed over its servers."""

from __future__ import annotations

from redis.asyncio.cluster import RedisCluster

from tests.support.key_memory import assert_largest_kind_is_what_was_filled


async def test_largest_kind_of_keys_is_the_filled_one(redis: RedisCluster) -> None:
    await assert_largest_kind_is_what_was_filled(redis)
