"""The primary dies under load: the sentinels promote its replica and the engine continues there.

Replication is asynchronous, so the last writes may be lost. Outcome and removal are one transaction, so they are lost
together: a job may run twice, but has one outcome in the history that survives.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from model.job import Job
from model.outcome import Outcome
from redis_client.connect import connect
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reaper import requeue_orphaned_shops
from tests.support.redis_sentinel import WatchedRedis
from tests.support.working_engine import UNPACED, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result

SHOPS = [str(7000 + n) for n in range(5)]
JOBS = 4000


@pytest.mark.slow
async def test_failover_loses_no_job_and_publishes_no_outcome_twice() -> None:
    with WatchedRedis() as servers:
        redis = connect(servers.url)
        assert isinstance(redis, Redis)
        runs: Counter[str] = Counter()
        under_load = asyncio.Event()

        async def run(job: Job, permits: JobPermits) -> Result:
            runs[job.id] += 1
            if len(runs) > JOBS // 10:
                under_load.set()
            await asyncio.sleep(0.01)
            return Done(Outcome("relisted"))

        async def finished() -> bool:
            try:
                # The reaper runs once a minute.
                await requeue_orphaned_shops(redis, SHOPS)
                return not any([await redis.hlen(lane_keys(shop).jobs) for shop in SHOPS])
            except RedisError:
                return False

        await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOPS[n % 5], str(n))) for n in range(JOBS)])
        assert await redis.wait(1, 10_000) == 1
        before = await redis.execute_command("INFO", "server")
        async with working(redis, run, replace(UNPACED, max_jobs=20), name="w1"):
            await asyncio.wait_for(under_load.wait(), 60)
            servers.kill_primary()
            await until(finished, 120)
        after = await redis.execute_command("INFO", "server")
        assert (before["tcp_port"], after["tcp_port"]) == (servers.primary, servers.replica)
        assert Counter(each["product_id"] for each in await outcomes(redis)) == Counter(str(n) for n in range(JOBS))
        assert len(runs) == JOBS
        twice = sum(count > 1 for count in runs.values())
        assert twice < JOBS // 4, "jobs ran again that were neither in flight nor unreplicated"
        await redis.aclose()
