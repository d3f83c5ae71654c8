"""Whole products, from the lane to the accepted edit, beside the least that any program could do."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson
from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.processes import Library, measured, redis_usage
from benchmarks.profiler import profile
from benchmarks.result import Bar, Result, command
from benchmarks.server import Server
from benchmarks.workers.stock_arq import pool_of
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS, PRODUCTS, ROUNDS = 10, 3_000, 3
WHOLE = Library("the whole job", "benchmarks.workers.whole")
LIMITED, UNLIMITED = 100, 1_000_000_000
"""Requests per second and shop that the arq worker's limiter allows."""
WAYS = {
    "http": "only its HTTP and JSON, in a bare loop",
    "kept": "the same, each edit on disk before it is sent",
    "bare": "the pipeline in a bare loop, no queue",
    "ours": "ours",
    "arq": "the pipeline on arq, limiter never says no",
    "arq limited": "the pipeline on arq, limiter at 100/s a shop",
}


@dataclass(frozen=True, slots=True)
class Cost:
    wall_seconds: float
    cpu_seconds: float
    redis_seconds: float
    simulator_seconds: float


async def run(quick: bool) -> Result:
    products, rounds = (600, 1) if quick else (PRODUCTS, ROUNDS)
    costs: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="relist-bench-") as name:
        calls = Path(name) / "calls"
        await record(calls, products)
        for _ in range(rounds):
            for way in WAYS:
                costs[way].append(await once(way, calls, products))
    lines = await where_the_time_goes(products * 3)
    cpu = {way: median(each.cpu_seconds for each in costs[way]) / products * 1e6 for way in WAYS}
    kept = cpu["kept"] - cpu["http"]
    journal = f"{kept:,.0f} µs of it" if kept > 0 else "less than the rounds differ"
    rows = [
        [
            text,
            f"{1e6 / cpu[way]:,.0f}",
            f"{cpu[way]:,.0f}",
            f"{median(each.redis_seconds for each in costs[way]) / products * 1e6:,.0f}",
            f"{products / median(each.wall_seconds for each in costs[way]):,.0f}",
            f"{cpu['http'] / cpu[way]:.2f}",
        ]
        for way, text in WAYS.items()
    ]
    simulated = median(each.simulator_seconds for each in costs["ours"]) / products * 1e6
    return Result(
        "The whole job",
        f"{products:,} products of {SHOPS} shops against the simulator process without any allowance, one worker "
        f"process with 100 slots; median of {rounds} interleaved rounds. A core's worth is what a second of the "
        "worker's CPU does, since the simulator shares the machine. The bare loop of the first row sends the very "
        "requests our pipeline was seen to send (signed, answers parsed) and decides nothing; the second "
        "also keeps what it changes, as any program must that can take an edit back; the third runs the whole "
        "pipeline. arq polls every 10 ms and asks a limiter in Redis before each request.",
        ["", "products/s a core", "CPU µs/product", "Redis µs/product", "products/s of wall time", "of the bare loop"],
        rows,
        [
            Bar("ours against HTTP and JSON in a bare loop, a core", cpu["http"] / cpu["ours"], at_least=0.8),
            Bar("ours against the same pipeline on arq, a core", cpu["arq limited"] / cpu["ours"], at_least=2),
        ],
        {way: {"cpu_us": round(each)} for way, each in cpu.items()},
        [
            f"Against the same pipeline in a bare loop without a queue ours reaches {cpu['bare'] / cpu['ours']:.2f}; "
            f"against arq with a limiter that never says no {cpu['arq'] / cpu['ours']:.2f}.",
            f"Ours needs {cpu['ours'] - cpu['http']:,.0f} µs a product beyond the bare loop. To keep the edit on disk "
            f"costs {journal}. The rest are the decisions (taking the product apart field by field, carrying its "
            "attributes, checking the edit), the queue, and HTTP that is dearer in a busy process; the profile does "
            "not tell them apart to the end.",
            f"The simulator used {simulated:,.0f} µs a product, which is what bounds the wall time.",
        ],
        lines,
    )


async def record(file: Path, products: int) -> None:
    """Requests that the pipeline sends per product, for the bare loop to repeat."""
    async with fresh(products) as world:
        wanted = await fleet.products_of(world.redis, products)
        file.write_bytes(b"\n".join(orjson.dumps(each) for each in wanted))
        async with measured(WHOLE, "record", *world.urls, file, settings=world.settings) as recorder:
            recorder.go()
            await recorder.line()


@dataclass(frozen=True, slots=True)
class Fresh:
    redis: Redis
    urls: tuple[str, str]
    settings: dict[str, str]
    simulator: fleet.Relist


@asynccontextmanager
async def fresh(products: int) -> AsyncIterator[Fresh]:
    """An empty Redis that knows the shops of an untouched platform, and the settings of a worker there."""
    with Server() as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as journal:
        redis: Redis = Redis.from_url(server.url)
        async with redis, fleet.simulator(SHOPS, products) as simulator:
            await fleet.add_shops(redis, simulator.said)
            settings = fleet.environment(server.url, simulator.said, Path(journal))
            yield Fresh(redis, (server.url, simulator.said), settings, simulator)


async def once(way: str, file: Path, products: int) -> Cost:
    async with fresh(products) as world:
        if way == "ours":
            return await ours(world, products)
        if way.startswith("arq"):
            await fill_arq(world, products)
            rate = LIMITED if way == "arq limited" else UNLIMITED
            arguments: tuple[object, ...] = ("arq", *world.urls, rate)
        else:
            arguments = (way, *world.urls, file)
        async with measured(WHOLE, *map(str, arguments), settings=world.settings) as worker:
            before, simulated = await redis_usage(world.redis), world.simulator.cpu_seconds()
            began = time.perf_counter()
            listener = asyncio.create_task(worker.listen())
            worker.go()
            while worker.done < products:
                changed = asyncio.create_task(worker.changed.wait())
                await asyncio.wait([listener, changed], return_when="FIRST_COMPLETED")
                if listener.done():
                    listener.result()
                worker.changed.clear()
            listener.cancel()
            return Cost(
                time.perf_counter() - began,
                worker.cpu_seconds,
                (await redis_usage(world.redis))[0] - before[0],
                world.simulator.cpu_seconds() - simulated,
            )


async def ours(world: Fresh, products: int) -> Cost:
    """`relist worker` itself: it starts first, and its jobs come when it is ready and at rest."""
    async with fleet.relist(world.settings, "worker", "--announce") as worker:
        before, simulated = await redis_usage(world.redis), world.simulator.cpu_seconds()
        began, cpu = time.perf_counter(), worker.cpu_seconds()
        await fill_ours(world, products)
        while await world.redis.xlen(OUTCOMES) < products:
            await asyncio.sleep(0.02)
        return Cost(
            time.perf_counter() - began,
            worker.cpu_seconds() - cpu,
            (await redis_usage(world.redis))[0] - before[0],
            world.simulator.cpu_seconds() - simulated,
        )


async def fill_ours(world: Fresh, products: int) -> None:
    jobs = [EnqueueRequest(Job(*each, run_id="bench")) for each in await fleet.products_of(world.redis, products)]
    await LaneProducer(world.redis).enqueue(jobs)


async def fill_arq(world: Fresh, products: int) -> None:
    pool = pool_of(world.urls[0])
    for shop_id, product in await fleet.products_of(world.redis, products):
        await pool.enqueue_job("relist", shop_id, product, "bench", _job_id=f"{shop_id}:{product}")
    await pool.aclose()


async def where_the_time_goes(products: int) -> list[str]:
    async with fresh(products) as world, fleet.relist(world.settings, "worker", "--announce") as worker:
        await fill_ours(world, products)
        return await profile(worker.pid, 4)


if __name__ == "__main__":
    command("whole_job", run)
