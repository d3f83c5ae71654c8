"""A master of the cluster is demoted on command: clients find the new one within seconds, and no job is lost."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio.cluster import RedisCluster as Client

from model.job import Job
from redis_client.connect import REDIS_UNAVAILABLE, connect
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.redis_cluster import RedisCluster

FOLLOWED_SECONDS = 5.0
SHOPS = [str(7000 + number) for number in range(12)]


async def enqueue_everywhere(redis: Client, number: int) -> None:
    """Enqueues a job in every lane; repeating is safe."""
    while True:
        try:
            await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop, str(number))) for shop in SHOPS])
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.05)
        else:
            return


@pytest.mark.slow
async def test_clients_leave_a_demoted_master() -> None:
    with RedisCluster(replicated=True) as cluster:
        redis = connect(cluster.url)
        assert isinstance(redis, Client)
        await enqueue_everywhere(redis, 1)
        node = redis.get_node_from_key(lane_keys(SHOPS[0]).jobs)
        assert node is not None
        master = int(node.port)
        with cluster.client(cluster.replica_of[master]) as replica:
            await asyncio.to_thread(replica.execute_command, "CLUSTER", "FAILOVER")
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(cluster.is_promoted, master):
                await asyncio.sleep(0.05)
        async with asyncio.timeout(FOLLOWED_SECONDS):
            await enqueue_everywhere(redis, 2)
        queued = [count["queued"] for count in await LaneProducer(redis).counts(SHOPS)]
        assert queued == [2] * len(SHOPS)
        await redis.aclose()
