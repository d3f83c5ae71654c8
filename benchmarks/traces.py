"""Measures the cost of traces: a worker's CPU per product with a collector, relative to the CPU without one.

python -m benchmarks.traces           # six interleaved rounds; exit code 1 above 3 %
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from statistics import median

from aiohttp import web

from benchmarks.result import Result, Target, command
from benchmarks.whole_job import SHOPS, fresh, ours

PRODUCTS, ROUNDS = 3_000, 7


async def run(quick: bool) -> Result:
    products, rounds = (600, 2) if quick else (PRODUCTS, ROUNDS)
    cpu: dict[bool, list[float]] = defaultdict(list)
    spans = 0
    async with asyncio.timeout(3600):
        collector = web.Application(client_max_size=64 * 1024 * 1024)
        received: list[int] = []

        async def take(request: web.Request) -> web.Response:
            received.append(len(await request.read()))
            return web.Response()

        collector.router.add_post("/v1/traces", take)
        runner = web.AppRunner(collector)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
        for number in range(rounds):
            for traced in (False, True) if number % 2 else (True, False):
                async with fresh(products) as world:
                    world.settings["RELIST_ROLLOUT"] = "off"
                    if traced:
                        world.settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
                        world.settings["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000"
                    cpu[traced].append((await ours(world, products)).cpu_seconds / products * 1e6)
        await runner.cleanup()
    spans = sum(received)
    ratios = [on / off for off, on in zip(cpu[False], cpu[True], strict=True)]
    off, on = median(cpu[False]), median(cpu[True])
    return Result(
        "Traces",
        f"{products:,} products of {SHOPS} shops with one worker, with and without a collector on this machine; median "
        f"of {rounds} pairs of rounds in changing order. Every product is traced.",
        ["", "CPU µs/product"],
        [["without traces", f"{off:,.0f}"], ["with traces", f"{on:,.0f}"]],
        [Target("CPU per product with traces, relative to without", median(ratios), at_most=1.03)],
        {"off": {"cpu_us": round(off)}, "on": {"cpu_us": round(on)}},
        [f"The collector received {spans / products / rounds:,.0f} bytes per product."],
    )


if __name__ == "__main__":
    command("traces", run)
