"""Does a job cost more when there are more shops, or more jobs that wait?"""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from redis.asyncio import Redis

from benchmarks.processes import OURS, drain, fill, measured
from benchmarks.profiler import profile
from benchmarks.result import Bar, Result, command
from benchmarks.server import Server

SIZES = ((100, 10_000), (100, 100_000), (1_000, 100_000), (100, 1_000_000), (1_000, 1_000_000), (10_000, 1_000_000))
QUICK_SIZES = ((100, 10_000), (1_000, 30_000), (1_000, 100_000))
MOST_DRAINED = 300_000
"""Jobs processed out of a million: enough for a stable figure."""


async def run(quick: bool) -> Result:
    sizes, rounds = (QUICK_SIZES, 1) if quick else (SIZES, 3)
    worker: dict[tuple[int, int], list[float]] = defaultdict(list)
    redis: dict[tuple[int, int], list[float]] = defaultdict(list)
    scripts: dict[tuple[int, int], list[float]] = defaultdict(list)
    for number in range(rounds):
        for shops, jobs in sizes:
            # The largest take long to fill; the smallest are over so soon that they need repeating.
            repeats = 5 if jobs <= 10_000 else 1 if number == 0 or jobs < 1_000_000 else 0
            for _ in range(repeats):
                cpu, server, inside = await once(shops, jobs)
                worker[shops, jobs].append(cpu)
                redis[shops, jobs].append(server)
                scripts[shops, jobs].append(inside)
    worker_us = {size: median(each) for size, each in worker.items()}
    redis_us = {size: median(each) for size, each in redis.items()}
    scripts_us = {size: median(each) for size, each in scripts.items()}
    rows = [
        [
            f"{shops:,}",
            f"{jobs:,}",
            f"{worker_us[shops, jobs]:.1f}",
            f"{redis_us[shops, jobs]:.1f}",
            f"{scripts_us[shops, jobs]:.1f}",
        ]
        for shops, jobs in sizes
    ]
    dearest = max(worker_us, key=lambda size: worker_us[size])
    return Result(
        "Scale",
        "Jobs that do nothing, worked off by one process; of a million waiting, the first "
        f"{MOST_DRAINED:,}. Redis CPU is the whole server's; script time is what INFO commandstats says, "
        "by the clock, so that it grows when others take the core from the server in the midst of one.",
        ["shops", "jobs waiting", "worker CPU µs/job", "Redis CPU µs/job", "script time µs/job"],
        rows,
        [
            Bar("worker CPU a job, dearest over cheapest", _spread(worker_us), at_most=1.25),
            Bar("Redis CPU a job, dearest over cheapest", _spread(redis_us), at_most=1.25),
            Bar("script time a job by INFO commandstats, dearest over cheapest", _spread(scripts_us), at_most=1.25),
        ],
        {
            f"{shops} shops, {jobs} jobs": {"worker_us": worker_us[shops, jobs], "redis_us": redis_us[shops, jobs]}
            for shops, jobs in sizes
        },
        [f"The profile is of the dearest: {dearest[0]:,} shops with {dearest[1]:,} jobs."],
        await where_the_time_goes(*dearest),
    )


def _spread(costs: dict[tuple[int, int], float]) -> float:
    return max(costs.values()) / min(costs.values())


async def once(shops: int, jobs: int) -> tuple[float, float, float]:
    """Worker CPU, Redis CPU and Redis script time, µs a job."""
    with Server() as server:
        client: Redis = Redis.from_url(server.url)
        async with client:
            await fill(OURS, server.url, jobs, min(jobs, 20_000), shops)
            await client.config_resetstat()
            drained = await drain(OURS, server.url, min(jobs, MOST_DRAINED), 1)
            stats = await client.info("commandstats")
        done = sum(drained.done)
        scripts = sum(stats[name]["usec"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in stats)
        return drained.cpu_seconds / done * 1e6, drained.redis_seconds / done * 1e6, scripts / done


async def where_the_time_goes(shops: int, jobs: int) -> list[str]:
    with Server() as server:
        await fill(OURS, server.url, max(jobs, 150_000), 20_000, shops)
        async with measured(OURS, "work", server.url) as worker:
            worker.go()
            return await profile(worker.process.pid, 3)


if __name__ == "__main__":
    command("scale", run)
