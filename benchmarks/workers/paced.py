"""Our engine against the rate-limiting platform: each job sends one read when the rate limiter permits it."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from typing import Any

from arq import cron
from redis.asyncio import Redis

from benchmarks.workers.protocol import Tally, work_and_report
from model.job import Job
from model.outcome import Outcome
from redis_client.connect import connect
from worker.engine.call_permits import JobPermits
from worker.engine.job_handler import JobHandler
from worker.engine.lane_engine import EngineOptions, LaneEngine
from worker.engine.results import Done, Result, Snooze
from worker.lane_worker import LaneWorker

DONE = Done(Outcome("relisted"))
THROTTLED = Snooze(2.0, "throttled")


class Line:
    """Multiplexes concurrent requests over one connection."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._asked: dict[str, asyncio.Future[bool]] = {}

    async def open(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._task = asyncio.create_task(self._read())

    async def ask(self, shop_id: str) -> bool:
        number = str(next(self._numbers))
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(f"{number} {shop_id}\n".encode())
        accepted: bool = await answer
        return accepted

    async def _read(self) -> None:
        while line := await self._reader.readline():
            number, accepted = line.decode().split()
            self._asked.pop(number).set_result(accepted == "1")


async def _sweep(ctx: dict[Any, Any]) -> None:
    """Stands for the reaper: arq's loop requires a job."""


async def main(url: str, port: int, default_rate: float, max_rate: float) -> None:
    redis, tally, platform = connect(url), Tally(), Line()
    assert isinstance(redis, Redis)
    await platform.open(port)

    async def run(job: Job, permits: JobPermits) -> Result:
        again = True
        while again:
            await permits.acquire("read")
            if await platform.ask(job.shop_id):
                permits.report("read", False, None)
                tally.started(job.run_id)
                return DONE
            again = permits.report("read", True, None)
        return THROTTLED

    options = EngineOptions(max_jobs=200, default_rate=default_rate, max_rate=max_rate)
    engine = LaneEngine(redis, f"bench-{os.getpid()}", {"relist": JobHandler(run)}, options)
    await work_and_report(tally, LaneWorker(engine, redis, cron_jobs=[cron(_sweep, minute=0)]).main)


if __name__ == "__main__":
    _, address, platform_port, start, most = sys.argv[1:]
    asyncio.run(main(address, int(platform_port), float(start), float(most)))
