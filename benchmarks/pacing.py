"""Pacing of fifty shops whose unpublished rate limits the server enforces over sliding windows of one second."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from random import Random
from statistics import mean

from benchmarks.processes import OURS, fill, measured
from benchmarks.rate_platform import PACED, Phase, PlatformClient, rate_platform
from benchmarks.result import Result, Target, command
from benchmarks.server import Server

SHOPS, WORKERS = 50, 2
DEFAULT_RATE, MAX_RATE = 10, 200


async def run(quick: bool) -> Result:
    discovery, steady, halved, find, doubled = (6, 5, 3, 0, 0) if quick else (30, 40, 25, 60, 20)
    random = Random(3)
    allowances = [random.randint(5, 50) for _ in range(SHOPS)]
    jobs = SHOPS * 50 * (discovery + steady + halved + find + doubled)
    phases: dict[str, Phase] = {}
    with Server() as server:
        await fill(OURS, server.url, jobs, 1000, SHOPS)
        async with AsyncExitStack() as stack:
            platform = await stack.enter_async_context(rate_platform(allowances))
            arguments = (server.url, platform.port, DEFAULT_RATE, MAX_RATE)
            workers = [await stack.enter_async_context(measured(PACED, "work", *arguments)) for _ in range(WORKERS)]
            listeners = [asyncio.create_task(worker.listen()) for worker in workers]
            for worker in workers:
                worker.go()
            phases["discovery, from a cold start"] = await phase(platform, discovery)
            phases["steady state"] = await phase(platform, steady)
            await platform.scale(0.5)
            phases["the first 5 s after it halved"] = await phase(platform, 5)
            phases["after that"] = await phase(platform, halved)
            if not quick:
                await platform.scale(2)
                phases["the first 60 s after it doubled"] = await phase(platform, find)
                phases["then"] = await phase(platform, doubled)
            cpu = sum(worker.cpu_seconds for worker in workers) / sum(worker.done for worker in workers)
            for listener in listeners:
                listener.cancel()
    rows = [
        [
            name,
            f"{each.after.now - each.before.now:.0f} s",
            f"{mean(each.uses):.3f}",
            f"{min(each.uses):.3f}",
            f"{each.throttled_share:.2%}",
        ]
        for name, each in phases.items()
    ]
    steady_phase = phases["steady state"]
    bars = [
        Target("mean use of the allowance, steady state", mean(steady_phase.uses), at_least=0.95),
        Target("share of requests throttled, steady state", steady_phase.throttled_share, at_most=0.01),
        Target(
            "share throttled, from 5 s after the allowance halved", phases["after that"].throttled_share, at_most=0.01
        ),
    ]
    if not quick:
        bars.append(Target("mean use, from 60 s after the allowance doubled", mean(phases["then"].uses), at_least=0.9))
    return Result(
        "Pacing",
        f"{SHOPS} shops with allowances of {min(allowances)} to {max(allowances)} requests per second; {WORKERS} "
        f"workers that start at {DEFAULT_RATE}/s per shop and may go up to {MAX_RATE}/s. The server enforces the "
        "allowances as the simulator does, over a sliding window of one second and without bursts within a tenth of a "
        "second. Requests arrive after 0 to 10 ms, and responses after 20 ms. A job sends one request over a line "
        "protocol, so two cores are enough for 1,400 requests per second.",
        ["phase", "length", "mean use", "least used shop", "throttled"],
        rows,
        bars,
        {name: {"use": mean(each.uses), "throttled": each.throttled_share} for name, each in phases.items()},
        [f"Worker CPU: {cpu * 1e6:.0f} µs per request."],
    )


async def phase(platform: PlatformClient, seconds: float) -> Phase:
    before = await platform.counters()
    await asyncio.sleep(seconds)
    return Phase(before, await platform.counters())


if __name__ == "__main__":
    command("pacing", run)
