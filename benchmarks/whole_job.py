"""CPU per product for the whole job, from the lane to the accepted edit, in multiples of its requests' floor."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import orjson
from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.breakdown import OTHER, parts_of
from benchmarks.confirmed import confirm
from benchmarks.processes import Library, measured, redis_usage
from benchmarks.profiler import stacks_of, summary
from benchmarks.progress import reach
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from benchmarks.workers.stock_arq import pool_of
from model.job import Job
from rollout.edit import Edit
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS, PRODUCTS, ROUNDS = 10, 3_000, 3
WHOLE = Library("the whole job", "benchmarks.workers.whole")
FLOOR = Library("the floor", "benchmarks.workers.floor")
LIMITED, UNLIMITED = 100, 1_000_000_000
"""Requests per second and shop allowed by the arq worker's limiter."""
WAYS = {
    "floor": "the floor: raw connections, uvloop, orjson",
    "http": "only HTTP and JSON with our client, in a bare loop",
    "kept": "the same, with each edit written to disk first",
    "unproposed": "the pipeline in a bare loop, without a queue and without proposals",
    "bare": "the pipeline in a bare loop, without a queue",
    "ours": "ours",
    "first": "ours, with the windows of a first rollout",
    "arq": "the pipeline on arq, limiter without a limit",
    "arq limited": "the pipeline on arq, limiter at 100/s per shop",
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
        stacks = await where_the_time_goes(calls, products)
    cpu = {way: median(each.cpu_seconds for each in costs[way]) / products * 1e6 for way in WAYS}
    kept = cpu["kept"] - cpu["http"]
    journal = f"{kept:,.0f} µs of this" if kept > 0 else "less than the difference between rounds"
    rows = [
        [
            text,
            f"{1e6 / cpu[way]:,.0f}",
            f"{cpu[way]:,.0f}",
            f"{median(each.redis_seconds for each in costs[way]) / products * 1e6:,.0f}",
            f"{products / median(each.wall_seconds for each in costs[way]):,.0f}",
            f"{cpu[way] / cpu['floor']:.1f}",
        ]
        for way, text in WAYS.items()
    ]
    simulated = median(each.simulator_seconds for each in costs["ours"]) / products * 1e6
    return Result(
        "The whole job",
        f"{products:,} products of {SHOPS} shops against a simulator process without rate limits, with one worker "
        f"process of 100 slots; median of {rounds} interleaved rounds. Products per core are products per second of "
        "worker CPU time, since the simulator shares the machine. The first two rows replay the requests that our "
        "pipeline sent (they sign them and parse the responses) and decide nothing: the floor with the least that "
        "Python can do, without timeouts, limits or checks, and the second row with our client. The third row also "
        "saves each edit and the product before it, as every program with an undo must. The fourth and the fifth row "
        "run the whole pipeline with a worker's garbage collection, without and with proposals. Ours is measured as in "
        "a fleet that has run for a while, "
        "with all leaves and fields confirmed, and once more with nothing confirmed, when most edits are read back. "
        "arq polls every 10 ms and asks a limiter in Redis before each request.",
        ["", "products/s per core", "CPU µs/product", "Redis µs/product", "products/s of wall time", "times the floor"],
        rows,
        [
            Target("CPU per product, in multiples of the floor", cpu["ours"] / cpu["floor"], at_most=10),
            Target(
                "CPU with proposals, relative to the pipeline without", cpu["bare"] / cpu["unproposed"], at_most=1.05
            ),
            Target("products per core, relative to the pipeline on arq", cpu["arq limited"] / cpu["ours"], at_least=2),
        ],
        {way: {"cpu_us": round(each)} for way, each in cpu.items()},
        [
            f"Ours processes {cpu['bare'] / cpu['ours']:.2f} of the products per core of the same pipeline in a bare "
            f"loop without a queue, and {cpu['arq'] / cpu['ours']:.2f} of arq with a limiter without a limit.",
            f"Ours needs {cpu['ours'] - cpu['http']:,.0f} µs per product more than HTTP and JSON alone. Writing the "
            f"edit to disk costs {journal}.",
            parts_table(stacks, cpu["ours"]),
            f"The simulator used {simulated:,.0f} µs per product, which bounds the wall time.",
        ],
        summary(stacks, 12),
    )


async def record(file: Path, products: int, shops: int = SHOPS) -> None:
    """Records the requests that the pipeline sends per product, for the bare loop to replay."""
    async with fresh(products, shops) as world:
        wanted = await fleet.products_of(world.redis, products)
        file.write_bytes(b"\n".join(orjson.dumps(each) for each in wanted))
        async with measured(WHOLE, "record", *world.urls, file, settings=world.settings) as recorder:
            recorder.go()
            await recorder.line()


def edits_of(file: Path) -> list[Edit]:
    """The edits that the pipeline planned when its requests were recorded."""
    return [Edit.from_json(orjson.loads(line)) for line in file.with_suffix(".edits").read_bytes().splitlines()]


@dataclass(frozen=True, slots=True)
class Fresh:
    redis: Redis
    urls: tuple[str, str]
    settings: dict[str, str]
    simulator: fleet.Relist


@asynccontextmanager
async def fresh(products: int, shops: int = SHOPS) -> AsyncIterator[Fresh]:
    """A new simulator, an empty Redis in which its shops are registered, and the settings of a worker."""
    with Server() as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as journal:
        redis: Redis = Redis.from_url(server.url)
        async with redis, fleet.simulator(shops, products) as simulator:
            await fleet.add_shops(redis, simulator.address)
            settings = fleet.environment(server.url, simulator.address, Path(journal))
            yield Fresh(redis, (server.url, simulator.address), settings, simulator)


async def once(way: str, file: Path, products: int) -> Cost:
    async with fresh(products) as world:
        if way in ("ours", "first"):
            if way == "ours":
                await confirm(world.redis, edits_of(file))
            return await ours(world, products)
        if way.startswith("arq"):
            await fill_arq(world, products)
            rate = LIMITED if way == "arq limited" else UNLIMITED
            arguments: tuple[object, ...] = ("arq", *world.urls, rate)
        else:
            arguments = (way, *world.urls, file)
        library = FLOOR if way == "floor" else WHOLE
        async with measured(library, *map(str, arguments), settings=world.settings) as worker:
            before, simulated = await redis_usage(world.redis), world.simulator.cpu_seconds()
            began = time.perf_counter()
            await worker.work(products)
            return Cost(
                time.perf_counter() - began,
                worker.cpu_seconds,
                (await redis_usage(world.redis))[0] - before[0],
                world.simulator.cpu_seconds() - simulated,
            )


async def ours(world: Fresh, products: int) -> Cost:
    """Measures `relist worker`. Jobs are enqueued once it is ready, so its start does not count."""
    async with fleet.relist(world.settings, "worker", "--announce") as worker:
        before, simulated = await redis_usage(world.redis), world.simulator.cpu_seconds()
        began, cpu = time.perf_counter(), worker.cpu_seconds()
        await fill_ours(world, products)
        await reach(products, partial(world.redis.xlen, OUTCOMES), poll=0.02)
        cost = Cost(
            time.perf_counter() - began,
            worker.cpu_seconds() - cpu,
            (await redis_usage(world.redis))[0] - before[0],
            world.simulator.cpu_seconds() - simulated,
        )
        await require_success(world.redis)
        return cost


async def require_success(redis: Redis) -> None:
    """Raises RuntimeError if a product failed: its cost would distort the result."""
    for _, fields in await redis.xrange(OUTCOMES):
        if (outcome := orjson.loads(fields[b"outcome"]))["outcome"] == "failed":
            raise RuntimeError(f"{outcome['product_id']} failed: {outcome['reasons'][0]['message']}")


async def fill_ours(world: Fresh, products: int) -> None:
    jobs = [EnqueueRequest(Job(*each, run_id="bench")) for each in await fleet.products_of(world.redis, products)]
    await LaneProducer(world.redis).enqueue(jobs)


async def fill_arq(world: Fresh, products: int) -> None:
    pool = pool_of(world.urls[0])
    for shop_id, product in await fleet.products_of(world.redis, products):
        await pool.enqueue_job("relist", shop_id, product, "bench", _job_id=f"{shop_id}:{product}")
    await pool.aclose()


async def where_the_time_goes(file: Path, products: int) -> str:
    """Folded stacks of a worker in a fleet that has confirmed all leaves and fields."""
    async with fresh(products) as world:
        await confirm(world.redis, edits_of(file))
        async with fleet.relist(world.settings, "worker", "--announce") as worker:
            await fill_ours(world, products)
            await reach(products // 10, partial(world.redis.xlen, OUTCOMES))
            return await stacks_of(worker.pid, min(15, products / 100))


def parts_table(stacks: str, product_us: float) -> str:
    """A Markdown table of the parts of a product's CPU time, the largest first."""
    parts = sorted(parts_of(stacks).items(), key=lambda part: (part[0] == OTHER, -part[1]))
    lines = [f"| {part} | {share:.1%} | {share * product_us:,.0f} |" for part, share in parts]
    head = "| part of ours, by a profile of all its threads | share of CPU | µs/product |"
    return "\n".join([head, "| --- | --- | --- |", *lines])


if __name__ == "__main__":
    command("whole_job", run)
