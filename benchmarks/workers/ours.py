"""Our engine with no-op jobs, set up as in `relist worker` and with Prometheus metrics.

Every guarantee is on: dedupe, leases with fencing, outcome and removal in one transaction, the outcome stream.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from arq import cron
from prometheus_client import CollectorRegistry

from benchmarks.workers.protocol import Tally, fill_and_report, ping, work_and_report
from model.job import Job
from model.outcome import Outcome
from redis_client.connect import connect
from shop_queue.producer import EnqueueRequest, LaneProducer
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Done, Result
from worker.lane_worker import LaneWorker
from worker.metrics import WorkerMetrics

UNPACED = 1e9
PING_SHOPS = 50
DONE = Done(Outcome("relisted"))


async def _sweep(ctx: dict[Any, Any]) -> None:
    """A substitute for the reaper, because arq's loop requires a job."""


async def work(url: str, lease_seconds: float = 30.0, job_seconds: float = 0.0) -> None:
    tally = Tally()
    redis = connect(url)

    async def run(job: Job, permits: JobPermits) -> Result:
        await permits.acquire("read")
        if job_seconds:
            await asyncio.sleep(job_seconds)
        tally.started(job.run_id)
        return DONE

    options = EngineOptions(
        max_jobs=200, default_rate=UNPACED, max_rate=UNPACED, lease_seconds=lease_seconds, max_shops=1000
    )
    metrics = WorkerMetrics(CollectorRegistry())
    engine = LaneEngine(redis, f"bench-{os.getpid()}", {"relist": JobHandler(run)}, options, metrics)

    await work_and_report(tally, LaneWorker(engine, redis, cron_jobs=[cron(_sweep, minute=0)]).main)


async def fill(url: str, count: int, batch: int, shops: int) -> None:
    lanes = LaneProducer(connect(url))
    ids = [(str(7494000000000000000 + n % shops), str(1729000000000000000 + n)) for n in range(count)]

    async def put() -> None:
        if batch == 1:
            for shop_id, product_id in ids:
                await lanes.enqueue([EnqueueRequest(Job(shop_id, product_id, run_id="bench"))])
        else:
            for first in range(0, count, batch):
                await lanes.enqueue(
                    EnqueueRequest(Job(shop, each, run_id="bench")) for shop, each in ids[first : first + batch]
                )

    await fill_and_report(put)


async def ping_one_by_one(url: str, count: int, pause_ms: int) -> None:
    lanes = LaneProducer(connect(url))

    async def put(n: int, run_id: str) -> None:
        job = Job(str(7494000000000000000 + n % PING_SHOPS), str(1729000000000000000 + n), run_id=run_id)
        await lanes.enqueue([EnqueueRequest(job)])

    await ping(put, count, pause_ms)


if __name__ == "__main__":
    command, address, *rest = sys.argv[1:]
    if command == "work":
        asyncio.run(work(address, *map(float, rest)))
    elif command == "ping":
        asyncio.run(ping_one_by_one(address, *map(int, rest)))
    else:
        asyncio.run(fill(address, *map(int, rest)))
