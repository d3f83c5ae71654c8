"""Cost per job as the numbers of shops and waiting jobs grow."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from redis.asyncio import Redis

from benchmarks.processes import OURS, drain, fill, measured
from benchmarks.profiler import profile
from benchmarks.result import Result, Target, command
from benchmarks.server import Server

SIZES = ((100, 10_000), (100, 100_000), (1_000, 100_000), (100, 1_000_000), (1_000, 1_000_000), (10_000, 1_000_000))
QUICK_SIZES = ((100, 10_000), (1_000, 30_000), (1_000, 100_000))
MAX_DRAINED = 300_000
"""At most this many jobs of a million are processed, which is enough for a stable figure."""


async def run(quick: bool) -> Result:
    sizes, rounds = (QUICK_SIZES, 1) if quick else (SIZES, 3)
    worker: dict[tuple[int, int], list[float]] = defaultdict(list)
    redis: dict[tuple[int, int], list[float]] = defaultdict(list)
    scripts: dict[tuple[int, int], list[float]] = defaultdict(list)
    for number in range(rounds):
        for shops, jobs in sizes:
            # The largest sizes take long to fill, and the smallest end too soon for a stable figure without repeats.
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
        f"One process handles no-op jobs; of a million waiting jobs, the first {MAX_DRAINED:,}. Redis CPU covers the "
        "whole server. Script time comes from INFO commandstats, which measures wall time, so it grows when other "
        "processes preempt the server during a script.",
        ["shops", "jobs waiting", "worker CPU µs/job", "Redis CPU µs/job", "script time µs/job"],
        rows,
        [
            Target("worker CPU per job, highest relative to lowest", _spread(worker_us), at_most=1.25),
            Target("Redis CPU per job, highest relative to lowest", _spread(redis_us), at_most=1.25),
            Target(
                "script time per job, highest relative to lowest",
                _spread(scripts_us),
                at_most=1.25,
            ),
        ],
        {
            f"{shops} shops, {jobs} jobs": {"worker_us": worker_us[shops, jobs], "redis_us": redis_us[shops, jobs]}
            for shops, jobs in sizes
        },
        [f"The profile shows the most expensive case: {dearest[0]:,} shops with {dearest[1]:,} jobs."],
        await where_the_time_goes(*dearest),
    )


def _spread(costs: dict[tuple[int, int], float]) -> float:
    return max(costs.values()) / min(costs.values())


async def once(shops: int, jobs: int) -> tuple[float, float, float]:
    """Worker CPU, Redis CPU and Redis script time in µs per job."""
    with Server() as server:
        client: Redis = Redis.from_url(server.url)
        async with client:
            await fill(OURS, server.url, jobs, min(jobs, 20_000), shops)
            await client.config_resetstat()
            drained = await drain(OURS, server.url, min(jobs, MAX_DRAINED), 1)
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
