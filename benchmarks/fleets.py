"""Cost per job as the number of shops grows, with every shop paced as the platform paces it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from random import Random
from statistics import median

from redis.asyncio import Redis

from benchmarks.processes import OURS, measured, redis_usage
from benchmarks.result import Bar, Result, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer

SIZES = ((10, 300), (300, 20), (3_000, 6), (10_000, 6))
"""Shops, and jobs of each."""
QUICK_SIZES = ((10, 60), (300, 6), (1_000, 6))
SLOWEST, FASTEST = 10, 50
"""Requests per second and shop."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Per job."""

    worker_us: float
    redis_us: float
    script_calls: float
    seconds: float


async def run(quick: bool) -> Result:
    sizes, rounds = (QUICK_SIZES, 1) if quick else (SIZES, 3)
    costs: dict[int, list[Cost]] = defaultdict(list)
    for _ in range(rounds):
        for shops, jobs in sizes:
            costs[shops].append(await empty_jobs(shops, jobs))
    typical = {shops: _typical(each) for shops, each in costs.items()}
    few, many = typical[sizes[0][0]], typical[sizes[-1][0]]
    return Result(
        "Fleets at a real pace",
        "",
        ["shops", "jobs of each", "worker CPU µs/job", "Redis CPU µs/job", "script calls/job", "seconds"],
        [
            [
                f"{shops:,}",
                str(jobs),
                f"{typical[shops].worker_us:.0f}",
                f"{typical[shops].redis_us:.0f}",
                f"{typical[shops].script_calls:.2f}",
                f"{typical[shops].seconds:.1f}",
            ]
            for shops, jobs in sizes
        ],
        [
            Bar("worker CPU", many.worker_us / few.worker_us, at_most=1.3),
            Bar("Redis CPU", many.redis_us / few.redis_us, at_most=2),
        ],
        {},
        [],
    )


def _typical(costs: list[Cost]) -> Cost:
    return Cost(
        median(each.worker_us for each in costs),
        median(each.redis_us for each in costs),
        median(each.script_calls for each in costs),
        median(each.seconds for each in costs),
    )


def shop_ids(shops: int) -> list[str]:
    return [str(7494000000000000000 + n) for n in range(shops)]


async def limit_shops(redis: Redis, shops: list[str]) -> None:
    """Gives each shop a rate between the slowest and the fastest."""
    random = Random(23)
    async with redis.pipeline(transaction=False) as pipe:
        for shop in shops:
            pipe.hset(lane_keys(shop).control, "limit", str(random.randint(SLOWEST, FASTEST)))
        await pipe.execute()


async def empty_jobs(shops: int, jobs: int) -> Cost:
    with Server() as server:
        redis: Redis = Redis.from_url(server.url)
        async with redis:
            ids = shop_ids(shops)
            await limit_shops(redis, ids)
            for first in range(0, shops, 1000):
                await LaneProducer(redis).enqueue(
                    EnqueueRequest(Job(shop, str(n), run_id="bench"))
                    for shop in ids[first : first + 1000]
                    for n in range(jobs)
                )
            await redis.config_resetstat()
            async with measured(OURS, "work", server.url) as worker:
                before = await redis_usage(redis)
                began = asyncio.get_running_loop().time()
                listener = asyncio.create_task(worker.listen())
                worker.go()
                while worker.done < shops * jobs:
                    changed = asyncio.create_task(worker.changed.wait())
                    await asyncio.wait([listener, changed], return_when="FIRST_COMPLETED")
                    if listener.done():
                        listener.result()
                    worker.changed.clear()
                listener.cancel()
                seconds = asyncio.get_running_loop().time() - began
                after = await redis_usage(redis)
                stats = await redis.info("commandstats")
            calls = sum(stats[name]["calls"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in stats)
            done = shops * jobs
            return Cost(worker.cpu_seconds / done * 1e6, (after[0] - before[0]) / done * 1e6, calls / done, seconds)


if __name__ == "__main__":
    command("fleets", run)
