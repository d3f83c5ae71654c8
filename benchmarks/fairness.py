"""Fairness: whether 49 shops with 100 products wait for one shop with 20,000."""

from __future__ import annotations

from contextlib import AsyncExitStack
from statistics import median

from redis.asyncio import Redis

from benchmarks.processes import measured
from benchmarks.progress import reach
from benchmarks.rate_platform import PACED, rate_platform
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS, SMALL, BIG, WORKERS = 50, 100, 20_000, 2
ALLOWANCE, RATE = 30, 25
ROUNDS = 5


async def run(quick: bool) -> Result:
    rounds = 1 if quick else ROUNDS
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(await once(0))
        beside.append(await once(BIG))
    return Result(
        "Fairness",
        f"{SHOPS - 1} shops with {SMALL} products each, alone and next to a shop with {BIG:,} that was queued first; "
        f"{WORKERS} workers with 200 slots each, every shop paced at {RATE}/s. The server measures the time from the "
        f"first request of any shop to the last request of a small shop; median of {rounds} interleaved rounds.",
        ["", "time until the small shops finish"],
        [
            ["theory: products divided by rate", f"{(SMALL - 1) / RATE:.2f} s"],
            ["alone", f"{median(alone):.2f} s"],
            ["next to the big shop", f"{median(beside):.2f} s"],
        ],
        [Target("time next to the big shop, relative to the time alone", median(beside) / median(alone), at_most=1.1)],
        {"alone": alone, "beside": beside},
    )


async def once(big: int) -> float:
    shops = [str(7494000000000000000 + n) for n in range(SHOPS)]
    with Server() as server:
        redis: Redis = Redis.from_url(server.url)
        lanes = LaneProducer(redis)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(redis.aclose)
            await lanes.enqueue(EnqueueRequest(Job(shops[0], str(n))) for n in range(big))
            for shop in shops[1:]:
                await lanes.enqueue(EnqueueRequest(Job(shop, str(n))) for n in range(SMALL))
            platform = await stack.enter_async_context(rate_platform([ALLOWANCE] * SHOPS))
            arguments = (server.url, platform.port, RATE, RATE)
            workers = [await stack.enter_async_context(measured(PACED, "work", *arguments)) for _ in range(WORKERS)]
            began = (await platform.counters()).now
            for worker in workers:
                worker.go()
            waiting = SMALL * (SHOPS - 1)

            async def done() -> int:
                async with redis.pipeline(transaction=False) as pipe:
                    for shop in shops[1:]:
                        pipe.hlen(lane_keys(shop).jobs)
                    return waiting - sum(map(int, await pipe.execute()))

            await reach(waiting, done, poll=0.1)
            counters = await platform.counters()
            return float(max(counters.shops[shop]["last"] for shop in shops[1:]) - began)


if __name__ == "__main__":
    command("fairness", run)
