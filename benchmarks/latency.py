"""Latency from enqueue to start: idle, and of an urgent job behind 20,000 paced ones."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from statistics import quantiles

from redis.asyncio import Redis

from benchmarks.processes import LIBRARIES, PROCRASTINATE, Library, MachineLoad, Measured, any_change, measured
from benchmarks.rate_platform import PACED, rate_platform
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.postgres_server import PostgresServer

ROUNDS, JOBS, PAUSE_MS = 3, 500, 10
REAL_TIME = "The measured processes had real-time priority, because other programs kept the machine busy."
PACED_JOBS, RATE, URGENT = 20_000, 20, 20


async def run(quick: bool) -> Result:
    libraries = (*LIBRARIES, PROCRASTINATE)
    for library in libraries:
        library.require()
    rounds, jobs = (1, 100) if quick else (ROUNDS, JOBS)
    latencies: dict[str, list[float]] = {library.name: [] for library in libraries}
    foreign = []
    for _ in range(rounds):
        for library in libraries:
            load = MachineLoad()
            latencies[library.name] += await idle(library, jobs)
            foreign.append(load.foreign(0.0))
    urgent = await urgent_start_delays(3 if quick else URGENT)
    ours = _percentiles(latencies["ours"])
    return Result(
        "Latency from enqueue to start",
        f"One worker process is idle; a producer process enqueues one job every {PAUSE_MS} ms, over 50 shops. The "
        f"latency is from before the enqueue call to the start of the job's function, by the monotonic clock; "
        f"{rounds} interleaved rounds of {jobs} jobs. arq polls every 10 ms; procrastinate is notified by a PostgreSQL "
        f"server on loopback without fsync. The last row is ours alone: one shop has {PACED_JOBS:,} waiting jobs and "
        f"sends {RATE} requests per second; urgent jobs are enqueued one after the other.",
        ["library", "p50 ms", "p99 ms", "longest ms"],
        [
            *([name, *(f"{each:.2f}" for each in _percentiles(values))] for name, values in latencies.items()),
            [f"ours, urgent behind {PACED_JOBS:,} paced jobs", *(f"{each:.0f}" for each in _percentiles(urgent))],
        ],
        [
            Target("milliseconds from enqueue to start, idle, p50", ours[0], at_most=3),
            Target("milliseconds from enqueue to start, idle, p99", ours[1], at_most=10),
        ],
        {"ms": {name: _percentiles(values) for name, values in latencies.items()}, "urgent_ms": _percentiles(urgent)},
        [
            f"All processes of this machine used up to {max(foreign):.0%} of it in a round; a wake-up waits for a "
            "busy core.",
            f"At {RATE} requests per second a worker claims about a second of work ahead, which an urgent job does not "
            "overtake.",
            *([REAL_TIME] if os.sched_getscheduler(0) == os.SCHED_FIFO else []),
        ],
    )


def _percentiles(milliseconds: list[float]) -> tuple[float, float, float]:
    """p50, p99 and the longest."""
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return cuts[49], cuts[98], max(milliseconds)


@contextmanager
def _address(library: Library) -> Iterator[str]:
    if library is PROCRASTINATE:
        with PostgresServer() as postgres:
            yield postgres.database()
        return
    with Server() as server:
        yield server.url


async def idle(library: Library, jobs: int) -> list[float]:
    """Milliseconds from enqueue to start of each job."""
    with _address(library) as url:
        async with AsyncExitStack() as stack:
            # The producer goes first: it creates the tables of procrastinate.
            producer = await stack.enter_async_context(measured(library, "ping", url, jobs, PAUSE_MS))
            worker = await stack.enter_async_context(measured(library, "work", url))
            listener = asyncio.create_task(worker.listen())
            worker.go()
            await asyncio.sleep(1.0)
            producer.go()
            await _started(worker, listener, jobs)
            listener.cancel()
            return [each / 1e6 for each in worker.latencies_ns]


async def _started(worker: Measured, listener: asyncio.Task[None], jobs: int) -> None:
    async with asyncio.timeout(120):
        while len(worker.latencies_ns) < jobs:
            change = asyncio.create_task(any_change([worker]))
            await asyncio.wait([listener, change], return_when="FIRST_COMPLETED")
            if listener.done():
                listener.result()


async def urgent_start_delays(count: int) -> list[float]:
    """Milliseconds until the start of each urgent job; they are enqueued one after the other."""
    shop = "7494000000000000000"
    with Server() as server:
        redis: Redis = Redis.from_url(server.url)
        lanes = LaneProducer(redis)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(redis.aclose)
            await lanes.enqueue(EnqueueRequest(Job(shop, str(n))) for n in range(PACED_JOBS))
            platform = await stack.enter_async_context(rate_platform([2 * RATE]))
            worker = await stack.enter_async_context(measured(PACED, "work", server.url, platform.port, RATE, RATE))
            listener = asyncio.create_task(worker.listen())
            worker.go()
            await asyncio.sleep(2.0)
            for n in range(count):
                job = Job(shop, f"urgent-{n}", run_id=str(time.monotonic_ns()), priority="urgent")
                await lanes.enqueue([EnqueueRequest(job)])
                await _started(worker, listener, n + 1)
            listener.cancel()
    return [each / 1e6 for each in worker.latencies_ns]


if __name__ == "__main__":
    command("latency", run)
