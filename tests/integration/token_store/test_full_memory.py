"""A refresh on a server at maxmemory stores the new tokens: the platform sends them only once."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from redis_client.connect import connect
from tests.support.tcp_redis import tcp_server
from tests.support.token_platform import Platform, store, tokens


async def test_tokens_are_refreshed_on_a_full_server() -> None:
    with tcp_server("--maxmemory-policy", "noeviction") as running:
        redis = connect(running.url)
        assert isinstance(redis, Redis)
        await redis.config_set("maxmemory", 1)
        with pytest.raises(OutOfMemoryError):
            await redis.set("more", "x")
        platform = Platform()
        async with store(redis, platform) as first:
            await first.save("acc", tokens(-1))
            fresh = await first.access_token("acc")
        assert fresh != "a0"
        assert (await store(redis, platform).load("acc")).access_token == fresh
        assert platform.calls == 1
        await redis.aclose()
