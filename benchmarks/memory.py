"""Redis memory per waiting job, payload included."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from benchmarks.processes import ARQ, LIBRARIES, OURS, Library, fill
from benchmarks.result import Result, Target, command
from benchmarks.server import Server

SIZES = (100_000, 1_000_000)
SHOPS = (1, 50, 1000)
PEERS_SIZE = 20_000


async def run(quick: bool) -> Result:
    for library in LIBRARIES:
        library.require()
    sizes = (10_000, 50_000) if quick else SIZES
    bytes_of: dict[tuple[str, int, int], float] = {}
    for size in sizes:
        for shops in SHOPS:
            bytes_of[OURS.name, size, shops] = await once(OURS, size, shops)
        # arq has one queue for all shops.
        bytes_of[ARQ.name, size, 1] = await once(ARQ, size, 1)
    cases = [(OURS.name, shops) for shops in SHOPS] + [(ARQ.name, 1)]
    rows = [
        [
            f"{name}, {shops:,} {'shop' if shops == 1 else 'shops'}" if name == OURS.name else name,
            *(f"{bytes_of[name, size, shops]:.0f}" for size in sizes),
            *(f"{bytes_of[ARQ.name, size, 1] / bytes_of[name, size, shops]:.1f}x" for size in sizes),
        ]
        for name, shops in cases
    ]
    small = 5_000 if quick else PEERS_SIZE
    for library in LIBRARIES[2:]:
        used = await once(library, small, 50)
        rows.append([f"{library.name} (at {small:,})", f"{used:.0f}", "", "", ""])
    worst = max(bytes_of[OURS.name, size, shops] / bytes_of[ARQ.name, size, 1] for size in sizes for shops in SHOPS)
    return Result(
        "Memory of a waiting job",
        "The growth of `used_memory` divided by the number of enqueued jobs. Each job has a product id, a shop id and "
        "a run id; keys, payload and dedupe are included.",
        ["", *(f"bytes/job at {size:,}" for size in sizes), *(f"arq relative to it at {size:,}" for size in sizes)],
        rows,
        [Target("bytes per job relative to arq, worst case", worst, at_most=0.5)],
        {f"{name}, {shops} shops, {size}": round(each, 1) for (name, size, shops), each in bytes_of.items()},
    )


async def once(library: Library, count: int, shops: int) -> float:
    with Server() as server:
        redis: Redis = Redis.from_url(server.url)
        async with redis:
            before = (await redis.info("memory"))["used_memory"]
            await fill(library, server.url, count, 1000, shops)
            # Redis frees the buffers of the producer's connection shortly after it has closed.
            async with asyncio.timeout(10):
                while (await redis.info("clients"))["connected_clients"] > 1:
                    pass
            return float((await redis.info("memory"))["used_memory"] - before) / count


if __name__ == "__main__":
    command("memory", run)
