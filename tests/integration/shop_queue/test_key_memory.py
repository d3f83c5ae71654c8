"""The memory of keys is estimated by kind."""

from __future__ import annotations

from redis.asyncio import Redis

from tests.support.key_memory import assert_largest_kind_is_what_was_filled


async def test_largest_kind_of_keys_is_the_filled_one(redis: Redis) -> None:
    await assert_largest_kind_is_what_was_filled(redis)
