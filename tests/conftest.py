"""Fixtures of all tests: a real Redis-protocol server per test process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from tests.support.redis_server import RedisServer
from tests.support.secret_watch import pytest_configure as pytest_configure
from tests.support.secret_watch import pytest_runtest_makereport as pytest_runtest_makereport

# A loaded machine is slow at times, which is no property of the code.
settings.register_profile("machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Mutants are many: it is enough to know that one was seen, and their count is to be the same again.
settings.register_profile(
    "mutants",
    settings.get_profile("machine"),
    max_examples=30,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("machine")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """An empty database on the session's server."""
    client: Redis = Redis.from_url(redis_server.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """URL of the session's server, emptied."""
    with BlockingRedis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url
