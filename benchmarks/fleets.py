"""Cost per job as the number of shops grows, with every shop paced as the platform paces it."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.confirmed import confirm
from benchmarks.processes import OURS, measured, redis_usage
from benchmarks.progress import reach
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from benchmarks.whole_job import edits_of, fill_ours, fresh, record, require_success
from model.job import Job
from shop_queue.keys import OUTCOMES, lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

EMPTY, WHOLE = "empty jobs", "products, the whole job"
SIZES = {
    EMPTY: ((10, 100), (300, 10), (3_000, 6), (10_000, 6)),
    WHOLE: ((10, 100), (300, 6), (3_000, 2), (10_000, 1)),
}
"""Shops, and jobs of each."""
QUICK_SIZES = {EMPTY: ((10, 60), (1_000, 6)), WHOLE: ((10, 30), (100, 6))}
SLOWEST, FASTEST = 10, 50
"""Requests per second and shop."""
ROUNDS = 3
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Cost:
    """All figures but the seconds are per job."""

    worker_us: float
    redis_us: float
    script_calls: float
    seconds: float


async def run(quick: bool) -> Result:
    sizes, rounds = (QUICK_SIZES, 1) if quick else (SIZES, ROUNDS)
    costs: dict[tuple[str, int, int], list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as directory:
        for _ in range(rounds):
            for shops, jobs in sizes[EMPTY]:
                costs[EMPTY, shops, jobs].append(await empty_jobs(shops, jobs))
            for shops, jobs in sizes[WHOLE]:
                costs[WHOLE, shops, jobs].append(await whole_jobs(shops, jobs, Path(directory)))
    typical = {size: _typical(each) for size, each in costs.items()}
    bars = []
    for kind in (EMPTY, WHOLE):
        few, many = (typical[kind, *sizes[kind][place]] for place in (0, -1))
        more = f"{kind}, {sizes[kind][-1][0]:,} shops relative to {sizes[kind][0][0]}"
        bars.append(Target(f"worker CPU per job: {more}", many.worker_us / few.worker_us, at_most=1.3))
        bars.append(Target(f"Redis CPU per job: {more}", many.redis_us / few.redis_us, at_most=2))
    return Result(
        "Fleets at a real pace",
        f"One worker process; each shop has a limit between {SLOWEST} and {FASTEST} requests per second and few jobs. "
        f"{f'Median of {rounds} interleaved rounds' if rounds > 1 else 'One round'}. The whole job runs against a "
        "simulator without rate limits, in a fleet that has confirmed all leaves and fields. "
        "Small fleets leave the worker idle between jobs, and each wake-up "
        "from idleness costs CPU; large ones keep it busy.",
        ["", "shops", "jobs of each", "worker CPU µs/job", "Redis CPU µs/job", "script calls/job", "seconds"],
        [
            [
                kind,
                f"{shops:,}",
                str(jobs),
                f"{cost.worker_us:,.0f}",
                f"{cost.redis_us:,.0f}",
                f"{cost.script_calls:.2f}",
                f"{cost.seconds:.1f}",
            ]
            for (kind, shops, jobs), cost in sorted(typical.items())
        ],
        bars,
        {f"{kind}, {shops} shops": {"worker_us": cost.worker_us} for (kind, shops, _), cost in typical.items()},
    )


def _typical(costs: list[Cost]) -> Cost:
    return Cost(
        median(each.worker_us for each in costs),
        median(each.redis_us for each in costs),
        median(each.script_calls for each in costs),
        median(each.seconds for each in costs),
    )


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
            ids = [str(7494000000000000000 + n) for n in range(shops)]
            await limit_shops(redis, ids)
            for first in range(0, shops, AT_ONCE):
                part = ids[first : first + AT_ONCE]
                await LaneProducer(redis).enqueue(
                    EnqueueRequest(Job(shop, str(n), run_id="bench")) for shop in part for n in range(jobs)
                )
            async with measured(OURS, "work", server.url) as worker:
                meter = await Meter.start(redis)
                await worker.work(shops * jobs)
                return await meter.cost(worker.cpu_seconds, shops * jobs)


async def whole_jobs(shops: int, jobs: int, directory: Path) -> Cost:
    calls, products = directory / f"{shops}-{jobs}", shops * jobs
    if not calls.exists():
        await record(calls, products, shops)
    async with fresh(products, shops) as world:
        await limit_shops(world.redis, [shop.shop_id for shop in await ShopRegistry(world.redis).all()])
        await confirm(world.redis, edits_of(calls))
        async with fleet.relist(world.settings, "worker", "--announce") as worker:
            await fill_ours(world, products)
            meter, cpu = await Meter.start(world.redis), worker.cpu_seconds()
            await reach(products, partial(world.redis.xlen, OUTCOMES), poll=0.1)
            cost = await meter.cost(worker.cpu_seconds() - cpu, products)
            await require_success(world.redis)
            return cost


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures what Redis spends from `start` to `cost`."""

    redis: Redis
    began: float
    redis_seconds: float

    @classmethod
    async def start(cls, redis: Redis) -> Meter:
        await redis.config_resetstat()
        return cls(redis, asyncio.get_running_loop().time(), (await redis_usage(redis))[0])

    async def cost(self, worker_seconds: float, jobs: int) -> Cost:
        seconds = asyncio.get_running_loop().time() - self.began
        spent = (await redis_usage(self.redis))[0] - self.redis_seconds
        stats = await self.redis.info("commandstats")
        calls = sum(stats[name]["calls"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in stats)
        return Cost(worker_seconds / jobs * 1e6, spent / jobs * 1e6, calls / jobs, seconds)


if __name__ == "__main__":
    command("fleets", run)
