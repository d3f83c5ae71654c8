"""CPU time that a worker needs until it is ready and until it has its first shop."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import HOLDERS
from shop_queue.producer import EnqueueRequest, LaneProducer

ROUNDS = 5
SHOPS, PRODUCTS = 10, 1_000
LIBRARIES = "aiohttp, arq, orjson, prometheus_client, redis.asyncio, structlog"
"""Imported by every worker of this kind."""


async def run(quick: bool) -> Result:
    rounds = 1 if quick else ROUNDS
    interpreter = median(_cpu_of("pass") for _ in range(rounds))
    libraries = median(_cpu_of(f"import {LIBRARIES}") for _ in range(rounds))
    await _start()  # compiles the modules
    starts = [await _start() for _ in range(rounds)]
    ready, working = (median(each[step] for each in starts) for step in (0, 1))
    rows = [
        ["the interpreter", f"{interpreter:.2f}"],
        [f"it imports {LIBRARIES}", f"{libraries:.2f}"],
        ["a worker is ready", f"{ready:.2f}"],
        ["it has its first shop", f"{working:.2f}"],
    ]
    return Result(
        "Start of a worker",
        f"A worker starts while jobs wait in {SHOPS} simulated shops. CPU time of all its threads in seconds; medians "
        f"of {rounds} starts. The modules were compiled before.",
        ["until", "CPU seconds"],
        rows,
        [Target("CPU seconds until a worker has its first shop", working, at_most=1)],
        {"interpreter": interpreter, "libraries": libraries, "ready": ready, "first shop": working},
    )


def _cpu_of(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _start() -> tuple[float, float]:
    """CPU seconds until the worker is ready, and until it has a shop."""
    with Server() as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as directory:
        redis: Redis = Redis.from_url(server.url)
        async with redis, fleet.simulator(SHOPS, PRODUCTS) as simulator:
            await fleet.add_shops(redis, simulator.address)
            jobs = [EnqueueRequest(Job(*each)) for each in await fleet.products_of(redis, PRODUCTS)]
            await LaneProducer(redis).enqueue(jobs)
            settings = fleet.environment(server.url, simulator.address, Path(directory))
            async with fleet.relist(settings, "worker", "--announce") as worker:
                ready = worker.cpu_seconds()
                async with asyncio.timeout(60):
                    while not await redis.hlen(HOLDERS):  # type: ignore[misc]
                        await asyncio.sleep(0.001)
                return ready, worker.cpu_seconds()


if __name__ == "__main__":
    command("start", run)
