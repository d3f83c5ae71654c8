"""Our engine under load that is killed: every run of a job is written down in Redis before its work begins."""

from __future__ import annotations

import asyncio
import os
import sys

from redis.asyncio import Redis

from benchmarks.workers.protocol import Tally, work_and_report
from shop_queue.connect import connect
from shop_queue.job import Job
from shop_queue.outcome import Outcome
from worker.engine.job_kind import JobKind
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Done, Result
from worker.engine.shop_gate import JobGate

RUNS = "bench:runs"
"""Hash: job -> how often it was begun."""
DONE = Done(Outcome("relisted"))
JOB_SECONDS = 0.05
UNPACED = 1e9


async def main(url: str, lease_seconds: float, name: str) -> None:
    redis, tally = connect(url), Tally()
    assert isinstance(redis, Redis)

    async def run(job: Job, gate: JobGate) -> Result:
        await redis.hincrby(RUNS, job.id, 1)  # type: ignore[misc]
        await asyncio.sleep(JOB_SECONDS)
        tally.done += 1
        return DONE

    options = EngineOptions(max_jobs=100, default_rate=UNPACED, max_rate=UNPACED, lease_seconds=lease_seconds)
    engine = LaneEngine(redis, f"{name}-{os.getpid()}", {"relist": JobKind(run)}, options)
    await work_and_report(tally, engine.run)


if __name__ == "__main__":
    _, address, lease, worker_name = sys.argv[1:]
    asyncio.run(main(address, float(lease), worker_name))
