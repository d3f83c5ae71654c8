"""A master of the cluster dies under load and restarts: no job is lost, and none has two outcomes."""

from __future__ import annotations

import asyncio
from collections import Counter

import orjson
import pytest
from redis.asyncio.cluster import RedisCluster as Client

from model.job import Job
from model.outcome import Outcome
from redis_client.connect import REDIS_UNAVAILABLE, connect
from shop_queue.keys import OUTCOMES, READY, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reaper import requeue_orphaned_shops
from tests.support.redis_cluster import RedisCluster
from tests.support.working_engine import UNPACED, until
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import LaneEngine
from worker.engine.observer import Observer
from worker.engine.results import Done, Result

EACH = 200


@pytest.mark.slow
async def test_master_that_restarts_loses_no_job() -> None:
    with RedisCluster() as cluster:
        redis = connect(cluster.url)
        assert isinstance(redis, Client)
        await redis.initialize()

        def port_of(key: str) -> int:
            node = redis.get_node_from_key(key)
            assert node is not None
            return int(node.port)

        (victim, *_) = [port for port in cluster.ports if port not in (port_of(READY), port_of(OUTCOMES))]
        shops = [str(7000 + n) for n in range(12)]
        assert any(port_of(lane_keys(shop).jobs) == victim for shop in shops)
        under_way, noticed = asyncio.Event(), asyncio.Event()

        class Watch(Observer):
            def redis_unavailable(self, error: str) -> None:
                noticed.set()

        async def run(job: Job, permits: JobPermits) -> Result:
            under_way.set()
            await asyncio.sleep(0.01)
            return Done(Outcome("relisted"))

        async def finished() -> bool:
            try:
                await requeue_orphaned_shops(redis, shops)
                return not any([await redis.hlen(lane_keys(shop).jobs) for shop in shops])
            except REDIS_UNAVAILABLE:
                return False

        async def published() -> bool:
            try:
                return await redis.xlen(OUTCOMES) >= EACH * len(shops)
            except REDIS_UNAVAILABLE:
                return False

        await LaneProducer(redis).enqueue(
            EnqueueRequest(Job(shop, f"{shop}{n}")) for shop in shops for n in range(EACH)
        )
        engine = LaneEngine(redis, "w1", {"relist": JobHandler(run)}, UNPACED, Watch())
        task = asyncio.create_task(engine.run())
        try:
            await asyncio.wait_for(under_way.wait(), 30)
            await asyncio.to_thread(cluster.kill, victim)
            await asyncio.wait_for(noticed.wait(), 60)
            await asyncio.to_thread(cluster.start, victim)
            await until(finished, 90)
            await until(published, 60)
            await engine.drain(5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        ids = Counter(orjson.loads(fields[b"outcome"])["product_id"] for _, fields in await redis.xrange(OUTCOMES))
        assert ids == Counter(f"{shop}{n}" for shop in shops for n in range(EACH))
        await redis.aclose()
