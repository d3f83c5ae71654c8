"""A three-master cluster for this folder; its `redis` takes the place of the single server's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio.cluster import RedisCluster as Client

from redis_client.connect import connect
from tests.support.redis_cluster import RedisCluster


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    with RedisCluster() as cluster:
        yield cluster


@pytest.fixture
def redis_url(redis_cluster: RedisCluster) -> str:
    for node in redis_cluster.clients():
        node.flushall()
        node.close()
    return redis_cluster.url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Client]:
    """An empty cluster."""
    client = connect(redis_url)
    assert isinstance(client, Client)
    yield client
    await client.aclose()
