"""Enqueue throughput, one job at a time and in batches. Dedupe is on wherever a library has it."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from redis.asyncio import Redis

from benchmarks.processes import ARQ, LIBRARIES, OURS, Library, fill, redis_usage
from benchmarks.result import Result, Target, command
from benchmarks.server import Server

ROUNDS = 3
SINGLE, BATCHED, BATCH = 3_000, 100_000, 1_000
PEERS_BATCHED = 10_000
BATCH_NAMES = {
    "ours": "one script per shop",
    "arq (tuned)": "hand-written pipeline",
    "saq": "100 at once (no bulk)",
    "streaq": "enqueue_many",
    "taskiq-redis": "100 at once (no bulk)",
}


async def run(quick: bool) -> Result:
    for library in LIBRARIES:
        library.require()
    rounds = 1 if quick else ROUNDS
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    costs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(rounds):
        for library in LIBRARIES:
            many = BATCHED if library in (OURS, ARQ) else PEERS_BATCHED
            for method, count, batch, shops in (
                ("single", SINGLE, 1, 50),
                ("batched", many, BATCH, 1),
                ("mixed", many, BATCH, 50),
            ):
                rate, cost = await once(library, count, batch, shops)
                rates[library.name, method].append(rate)
                costs[library.name, method].append(cost)
    rate_of = {key: median(each) for key, each in rates.items()}
    cost_of = {key: median(each) for key, each in costs.items()}
    rows = [
        [
            library.name,
            f"{rate_of[library.name, 'single']:,.0f}",
            BATCH_NAMES[library.name],
            f"{rate_of[library.name, 'batched']:,.0f}",
            f"{rate_of[library.name, 'mixed']:,.0f}",
            f"{cost_of[library.name, 'single']:.0f}",
            f"{cost_of[library.name, 'batched']:.1f}",
            f"{cost_of[library.name, 'mixed']:.1f}",
        ]
        for library in LIBRARIES
    ]
    ours, arq = rate_of["ours", "batched"], ARQ.name
    return Result(
        "Enqueue",
        f"One producer enqueues jobs; figures are medians of {rounds} interleaved rounds. Batches of {BATCH} hold "
        "jobs of one shop, as from a search page or a seller's file, or are mixed over 50 shops. Our producer dedupes "
        "in every case. So does the hand-written arq pipeline (EXISTS for all, then PSETEX and ZADD in a "
        "transaction), but it does not guard against races. CPU is the sum of the producer and the server.",
        ["library", "single/s", "batch method", "batched/s", "mixed/s", "CPU µs, single", "batched", "mixed"],
        rows,
        [
            Target(
                "batched, relative to single ArqRedis.enqueue_job calls", ours / rate_of[arq, "single"], at_least=30
            ),
            Target("batched, relative to a hand-written arq pipeline", ours / rate_of[arq, "batched"], at_least=1.5),
            Target(
                "the same in CPU time of producer and server",
                cost_of[arq, "batched"] / cost_of["ours", "batched"],
                at_least=1.5,
            ),
        ],
        {f"{name}, {method}": round(rate) for (name, method), rate in rate_of.items()},
    )


async def once(library: Library, count: int, batch: int, shops: int) -> tuple[float, float]:
    """Returns jobs per second and CPU µs per job."""
    with Server() as server:
        redis: Redis = Redis.from_url(server.url)
        async with redis:
            before = await redis_usage(redis)
            wall, cpu = await fill(library, server.url, count, batch, shops)
            after = await redis_usage(redis)
        return count / wall, (cpu + after[0] - before[0]) / count * 1e6


if __name__ == "__main__":
    command("enqueue", run)
