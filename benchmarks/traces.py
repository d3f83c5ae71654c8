"""Measures the cost of traces: a worker's CPU per product with a collector, relative to the CPU without one.

python -m benchmarks.traces           # 24 pairs of blocks, then profiles; exit code 1 above 3 %

Two workers, one of which sends traces, work in turn on blocks of products in separate worlds. A pair of blocks
takes seconds, so that other programs on the machine slow both of its blocks down alike. Pairs still differ by more than
traces cost, so that a profile of the worker with traces also counts the samples in the code of traces.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from statistics import median

from aiohttp import web

from benchmarks import fleet
from benchmarks.processes import ROOT
from benchmarks.profiler import stacks_of
from benchmarks.progress import reach
from benchmarks.result import Result, Target, command
from benchmarks.whole_job import SHOPS, Fresh, fresh, require_success
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

PAIRS_OF_WORKERS, BLOCKS, BLOCK = 2, 12, 200
WARM_UP = 400
"""Products before the first block: they fill the catalogue's caches."""
PROFILED, PROFILE_SECONDS = 1500, 12
OF_TRACES = (f"{ROOT}/tracing/", f"{ROOT}/worker/job_traces.py")
DELAY_MS = 3_600_000
"""The delay of an export. Only full batches are sent, so that no spans are sent between blocks."""


async def run(quick: bool) -> Result:
    workers, blocks = (1, 3) if quick else (PAIRS_OF_WORKERS, BLOCKS)
    cpu: dict[bool, list[float]] = defaultdict(list)
    received: list[int] = []
    sent, stacks = 0, list[str]()
    async with asyncio.timeout(3600), collector(received) as endpoint:
        for number in range(workers):
            async with AsyncExitStack() as stack:
                pair = {
                    traced: await stack.enter_async_context(Blocks.started(blocks, endpoint if traced else None))
                    for traced in (False, True)
                }
                before = sum(received)
                for block in range(blocks):
                    for traced in (False, True) if (number + block) % 2 else (True, False):
                        cpu[traced].append(await pair[traced].work(BLOCK) / BLOCK * 1e6)
                sent += sum(received) - before
                stacks += await pair[True].profile()
    ratios = sorted(on / off for off, on in zip(cpu[False], cpu[True], strict=True))
    off, on = median(cpu[False]), median(cpu[True])
    share, samples = share_of(stacks, OF_TRACES)
    middle = f"{ratios[len(ratios) // 4]:.3f} to {ratios[len(ratios) * 3 // 4]:.3f}"
    return Result(
        "Traces",
        f"{workers} pairs of workers, with and without a collector on this machine, of which each works in turn on "
        f"{blocks} blocks of {BLOCK} products of {SHOPS} shops; medians of {len(ratios)} pairs of blocks. Every "
        "product is traced, and spans are sent in batches of the default size.",
        ["", "CPU µs/product"],
        [["without traces", f"{off:,.0f}"], ["with traces", f"{on:,.0f}"]],
        [
            Target("CPU per product with traces, relative to without", median(ratios), at_most=1.03),
            Target("share of the worker's CPU in the code of traces", share, at_most=0.03),
        ],
        {
            "off": {"cpu_us": round(off)},
            "on": {"cpu_us": round(on)},
            "ratios": [round(each, 3) for each in ratios],
            "share": share,
        },
        [
            f"The middle half of the pairs is at {middle} times.",
            f"The collector received {sent / workers / blocks / BLOCK:,.0f} bytes per product.",
            f"The share is from {samples:,} samples of {workers * PROFILED:,} more products.",
        ],
    )


@asynccontextmanager
async def collector(received: list[int]) -> AsyncIterator[str]:
    """Yields the address of a collector that appends the size of each request to `received`."""
    application = web.Application(client_max_size=64 * 1024 * 1024)

    async def take(request: web.Request) -> web.Response:
        received.append(len(await request.read()))
        return web.Response()

    application.router.add_post("/v1/traces", take)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Blocks:
    """A worker in a separate world, whose products are enqueued block by block."""

    def __init__(self, world: Fresh, worker: fleet.Relist, products: list[tuple[str, str]]) -> None:
        self._world, self._worker, self._products, self._done = world, worker, products, 0

    @classmethod
    @asynccontextmanager
    async def started(cls, blocks: int, endpoint: str | None) -> AsyncIterator[Blocks]:
        """`endpoint`: the collector; None = without traces."""
        products = WARM_UP + blocks * BLOCK + PROFILED
        async with fresh(products) as world:
            world.settings["RELIST_ROLLOUT"] = "off"
            if endpoint is not None:
                world.settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
                world.settings["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000"
                world.settings["OTEL_BSP_SCHEDULE_DELAY"] = str(DELAY_MS)
            wanted = await fleet.products_of(world.redis, products)
            async with fleet.relist(world.settings, "worker", "--announce") as worker:
                started = cls(world, worker, wanted)
                await started.work(WARM_UP)
                yield started
                await require_success(world.redis)

    async def work(self, count: int) -> float:
        """Returns the CPU seconds that the worker takes for the next `count` products and their spans."""
        block = self._products[self._done : self._done + count]
        self._done += count
        before = self._worker.cpu_seconds()
        requests = [EnqueueRequest(Job(*each, run_id="bench")) for each in block]
        await LaneProducer(self._world.redis).enqueue(requests)
        await reach(self._done, partial(self._world.redis.xlen, OUTCOMES), poll=0.02)
        return self._worker.cpu_seconds() - before

    async def profile(self) -> list[str]:
        """Returns folded stacks of the worker while it works on `PROFILED` products."""
        async with asyncio.TaskGroup() as group:
            stacks = group.create_task(stacks_of(self._worker.pid, PROFILE_SECONDS))
            await self.work(PROFILED)
        return stacks.result().splitlines()


def share_of(stacks: list[str], paths: tuple[str, ...]) -> tuple[float, int]:
    """Returns the share of the samples with a frame in one of the paths, and the number of all samples. Pure."""
    within = total = 0
    for line in stacks:
        frames, _, count = line.rpartition(" ")
        total += int(count)
        within += int(count) * any(path in frames for path in paths)
    return (within / total if total else 0.0), total


if __name__ == "__main__":
    command("traces", run)
