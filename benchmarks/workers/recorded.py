"""Our engine for the recovery benchmark: Redis counts every run of a job before its work begins."""

from __future__ import annotations

import asyncio
import os
import sys

from redis.asyncio import Redis

from benchmarks.workers.protocol import Tally, work_and_report
from model.job import Job
from model.outcome import Outcome
from redis_client.connect import connect
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Done, Result

RUNS = "bench:runs"
"""Hash: job id -> number of runs."""
DONE = Done(Outcome("relisted"))
JOB_SECONDS = 0.05
UNPACED = 1e9


async def main(url: str, lease_seconds: float, name: str) -> None:
    redis, tally = connect(url), Tally()
    assert isinstance(redis, Redis)

    async def run(job: Job, permits: JobPermits) -> Result:
        await redis.hincrby(RUNS, job.id, 1)  # type: ignore[misc]
        await asyncio.sleep(JOB_SECONDS)
        tally.done += 1
        return DONE

    options = EngineOptions(max_jobs=100, default_rate=UNPACED, max_rate=UNPACED, lease_seconds=lease_seconds)
    engine = LaneEngine(redis, f"{name}-{os.getpid()}", {"relist": JobHandler(run)}, options)
    await work_and_report(tally, engine.run)


if __name__ == "__main__":
    _, address, lease, worker_name = sys.argv[1:]
    asyncio.run(main(address, float(lease), worker_name))
