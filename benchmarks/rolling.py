"""A rolling restart under load: failed jobs, used attempts and the longest pause of a shop.

The gap of a shop is the longest time between the outcomes of two products while more wait, so the last tenth of its
outcomes is left out. The benchmark first measures the same fleet without restarts, since pacing causes gaps too.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import orjson

from benchmarks.result import Result, Target, command
from console.commands.demo import is_finished
from console.fleet_table import fleet_state
from demo.local_fleet import LocalFleet, running_fleet
from model.job import Job
from monitoring.fleet import read_fleet
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

ENDS = frozenset({"in_audit", "needs_input", "failed", "gone"})
SHOPS, RATE = 8, 12
LEASE_SECONDS = 30.0
LONGEST_SECONDS = 600
"""Far longer than a run needs; a product without an outcome fails the benchmark."""


@dataclass(frozen=True, slots=True)
class Run:
    products: int
    restarts: int
    gap: float
    """Seconds; the longest gap of any shop."""
    failed: int
    attempts: int
    """Attempts after the first, summed over all products."""
    edited_twice: int


async def run(quick: bool) -> Result:
    products, restarts = (1_000, 2) if quick else (4_000, 6)
    quiet, rolling = await once(products, 0), await once(products, restarts)
    rows = [
        [
            name,
            f"{each.products:,}",
            str(each.restarts),
            f"{each.gap:.2f} s",
            str(each.failed),
            str(each.attempts),
            str(each.edited_twice),
        ]
        for name, each in (("not restarted", quiet), ("restarted", rolling))
    ]
    return Result(
        "Rolling restart",
        f"Two workers on {SHOPS} simulated shops, each paced at {RATE} requests per second: one worker can carry this "
        "load while a new one starts, whose imports keep a core busy for seconds. Throughout the run, one worker "
        "after the other receives SIGTERM and is replaced by a new one.",
        ["fleet", "products", "restarts", "longest gap of a shop", "failed", "retries", "edited twice"],
        rows,
        [
            Target("longest gap of any shop in seconds", rolling.gap, at_most=2),
            Target("jobs failed", rolling.failed, at_most=0),
            Target("retries", rolling.attempts, at_most=0),
            Target("products edited twice", rolling.edited_twice, at_most=0),
        ],
        {"gap": {"left alone": quiet.gap, "restarted": rolling.gap}},
    )


async def once(products: int, restarts: int) -> Run:
    size = ("--shops", str(SHOPS), "--products", str(products))
    # Products that a rollout holds would count as gaps.
    pace = {"max_rate": str(RATE), "default_rate": str(RATE), "rollout": "off"}
    async with running_fleet(2, *size, **pace) as fleet:
        shops = await ShopRegistry(fleet.redis).all()
        await LaneProducer(fleet.redis).enqueue(
            EnqueueRequest(Job(shop.shop_id, "search:all", "search")) for shop in shops
        )
        async with asyncio.timeout(LONGEST_SECONDS):
            await roll(fleet, products, restarts)
            while not is_finished(await read_fleet(fleet.redis, LEASE_SECONDS)):
                await asyncio.sleep(0.2)
        return await evaluate(fleet, products, restarts)


async def roll(fleet: LocalFleet, products: int, restarts: int) -> None:
    """Replaces one worker after the other, evenly over the run: SIGTERM for the old one, then a new process."""
    for number in range(restarts):
        await until(fleet, products * (number + 1) // (restarts + 2))
        await fleet.workers[number].end()
        await fleet.start_worker()


async def evaluate(fleet: LocalFleet, products: int, restarts: int) -> Run:
    """Evaluates a finished run from the outcome stream and the simulator's ledger."""
    moments: dict[str, list[float]] = defaultdict(list)
    failed = attempts = 0
    for entry_id, fields in await fleet.redis.xrange(OUTCOMES):
        outcome = orjson.loads(fields[b"outcome"])
        if outcome["kind"] != "relist" or outcome["outcome"] not in ENDS:
            continue
        moments[outcome["shop_id"]].append(int(entry_id.partition(b"-")[0]) / 1000)
        failed += outcome["outcome"] == "failed"
        attempts += outcome["attempts"] - 1
    gap = max(gap_of(each[: len(each) * 9 // 10]) for each in moments.values())
    ledger = (await fleet.books())["total"]
    return Run(products, restarts, gap, failed, attempts, ledger["edited_more_than_once"])


def gap_of(moments: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(moments))


async def until(fleet: LocalFleet, finished: int) -> None:
    while True:
        total = (await fleet_state(fleet.redis))["total"]
        if total["edited"] + total["needs_input"] >= finished:
            return
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    command("rolling", run)
