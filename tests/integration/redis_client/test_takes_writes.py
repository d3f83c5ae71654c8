"""Readiness: whether Redis accepts writes."""

from __future__ import annotations

from redis.asyncio import Redis

from redis_client.connect import connect, takes_writes


async def test_unavailable_redis_accepts_no_writes(redis: Redis) -> None:
    assert await takes_writes(redis)
    unavailable = connect("redis://127.0.0.1:1")
    assert not await takes_writes(unavailable)
    await unavailable.aclose()
