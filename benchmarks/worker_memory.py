"""Resident memory of a worker: with one product, per slot with products of two sizes, and per shop it holds."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.padding_proxy import padding_proxy
from benchmarks.progress import reach
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

SLOTS, PRODUCTS, QUICK_PRODUCTS = 100, 600, 150
LARGE = 500_000
EDIT_SECONDS = 2.0
"""Responses to edits are delayed by this many seconds, so that every slot has a product in memory."""
HELD, QUICK_HELD = 2_000, 200
LIMIT = 512
"""MiB in deploy/kubernetes/base/worker.yaml."""
MIB = 1024 * 1024


async def run(quick: bool) -> Result:
    products, held = (QUICK_PRODUCTS, QUICK_HELD) if quick else (PRODUCTS, HELD)
    idle = await peak(1, 1, 0)
    small, large = await peak(10, products, 0), await peak(10, products, LARGE)
    shops = await peak(held, held, 0)
    rows = [
        ["one product", "1", f"{idle:.0f}", ""],
        [
            f"{SLOTS} slots, simulated products",
            f"{products:,}",
            f"{small:.0f}",
            f"{max(0.0, small - idle) / SLOTS * 1024:.0f}",
        ],
        [
            f"{SLOTS} slots, products of {LARGE // 1000} kB",
            f"{products:,}",
            f"{large:.0f}",
            f"{(large - idle) / SLOTS * 1024:.0f}",
        ],
        [
            f"{held:,} shops with a product each",
            f"{held:,}",
            f"{shops:.0f}",
            f"{max(0.0, shops - small) / held * 1024:.0f}",
        ],
    ]
    return Result(
        "Memory of a worker",
        "The most resident memory of `relist worker` (VmHWM), every guarantee on. The platform holds the responses to "
        f"edits back for {EDIT_SECONDS:g} s, so that all slots have a product in memory. Large products are made of "
        "small objects, as SKUs are. The last column is what a slot takes beyond a worker with one product, and what a "
        "shop takes beyond the slots.",
        ["worker", "products", "MiB", "KiB per slot or shop"],
        rows,
        [
            Target(f"MiB of {SLOTS} slots with products of {LARGE // 1000} kB", large, at_most=LIMIT),
            Target(f"MiB with {held:,} shops", shops, at_most=LIMIT),
        ],
        {"idle": idle, "small": small, "large": large, "shops": shops},
    )


async def peak(shops: int, products: int, product_bytes: int) -> float:
    """The peak resident memory of a worker that processes these products, in MiB."""
    with Server() as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as directory:
        redis: Redis = Redis.from_url(server.url)
        async with (
            redis,
            fleet.simulator(shops, products) as simulator,
            padding_proxy(simulator.address, product_bytes, EDIT_SECONDS) as platform,
        ):
            await fleet.add_shops(redis, platform)
            settings = fleet.environment(server.url, platform, Path(directory))
            jobs = [EnqueueRequest(Job(*each, run_id="bench")) for each in await fleet.products_of(redis, products)]
            await LaneProducer(redis).enqueue(jobs)
            async with fleet.relist(settings, "worker", "--announce") as worker:
                await reach(products, partial(redis.xlen, OUTCOMES))
                return most_memory(worker.pid)


def most_memory(pid: int) -> float:
    """Peak resident memory of a process in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024 / MIB


if __name__ == "__main__":
    command("worker_memory", run)
