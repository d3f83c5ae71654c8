"""Redis memory per processed product, for sizing a server."""

from __future__ import annotations

import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.progress import reach
from benchmarks.result import Result, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS, PRODUCTS = 10, 20_000
ENTRIES = {"outcomes": "XLEN", "blocked": "HLEN", "jobs": "HLEN"}
"""The command that counts the entries of each kind of key."""


async def run(quick: bool) -> Result:
    products = 1_000 if quick else PRODUCTS
    with Server() as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as journal:
        redis: Redis = Redis.from_url(server.url)
        async with redis, fleet.simulator(SHOPS, products) as simulator:
            await fleet.add_shops(redis, simulator.address)
            settings = fleet.environment(server.url, simulator.address, Path(journal))
            async with fleet.relist(settings, "worker", "--announce"):
                jobs = [EnqueueRequest(Job(*each, run_id="bench")) for each in await fleet.products_of(redis, products)]
                await LaneProducer(redis).enqueue(jobs)
                await reach(products, partial(redis.xlen, OUTCOMES))
            record_bytes = sum(file.stat().st_size for file in Path(journal).glob("record.sqlite3*"))
        redis = Redis.from_url(server.url)
        async with redis:
            size, entries = await footprint(redis)
    edited = entries["lanes"]
    each = {part: size[part] / max(1, entries[part]) for part in size}
    rows = [
        ["an outcome in relist:outcomes", f"{entries['outcomes']:,}", f"{each['outcomes']:,.0f}"],
        ["a blocked product", f"{entries['blocked']:,}", f"{each['blocked']:,.0f}"],
        ["the audit job of an accepted edit", f"{edited:,}", f"{each['lanes']:,.0f}"],
        ["a response in the catalogue cache", f"{entries['catalogue']:,}", f"{each['catalogue']:,.0f}"],
        ["an edited product in the record on disk", f"{edited:,}", f"{record_bytes / max(1, edited):,.0f}"],
    ]
    return Result(
        "Memory of a processed product",
        f"{products:,} products in {SHOPS} simulated shops, each processed once. Afterwards `MEMORY USAGE` of every "
        "key and the size of the record's files are summed up. Real products are larger than simulated ones, and so "
        "are their entries. The table above shows the memory of a waiting job.",
        ["", "entries", "bytes per entry"],
        rows,
        [],
        {part: round(value) for part, value in each.items()},
    )


async def footprint(redis: Redis) -> tuple[Counter[str], Counter[str]]:
    """Bytes and number of entries for each kind of Redis key."""
    size, entries = Counter[str](), Counter[str]()
    async for key in redis.scan_iter(count=1000):
        name = key.decode()
        kind = name.rsplit(":", 1)[-1]
        if name.startswith("relist:catalogue:"):
            part = "catalogue"
        elif name.startswith("relist:{"):
            part = "blocked" if kind == "blocked" else "lanes"
        else:
            part = kind if name == OUTCOMES else "the rest"
        size[part] += await redis.memory_usage(name, samples=0) or 0
        counted = ENTRIES.get(kind)
        if counted:
            entries[part] += await redis.execute_command(counted, name)
        elif part == "catalogue":
            entries[part] += 1
    return size, entries


if __name__ == "__main__":
    command("footprint", run)
