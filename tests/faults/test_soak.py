"""Full speed and random faults for RELIST_SOAK_MINUTES minutes (default: 1; `make soak` takes 30)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable
from random import Random
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from demo.local_fleet import LocalFleet, Part
from shop_queue.keys import INTAKE, INTAKE_REJECTED
from simulator.options import SimulatorOptions
from simulator.products import product_id
from simulator.world import World
from tests.faults.soak.feed import Feeder
from tests.faults.soak.gauges import Sample, grown, sample
from tests.faults.soak.injection import FAULTS, LOSES_IN_FLIGHT, WORKERS, SoakFleet
from tests.faults.soak.keys import unaccounted
from tests.support.conservation import total
from tests.support.survived import Survived

log = logging.getLogger(__name__)

MINUTES = float(os.environ.get("RELIST_SOAK_MINUTES", "1"))
SEED = int(os.environ.get("RELIST_SOAK_SEED", "1"))
SHOPS, PRODUCTS_A_SHOP = 4, 200_000
SIZE = ("--shops", str(SHOPS), "--products", str(SHOPS * PRODUCTS_A_SHOP))
IN_FLIGHT = 50
SETTINGS = {
    "lease_seconds": "3",
    "max_jobs": str(IN_FLIGHT),
    "audit_poll_seconds": "5",
    "outcomes_maxlen": "50000",
    "log_level": "ERROR",
}
SAMPLE_SECONDS = 2.0
WORK_OFF_SECONDS = 240.0


@pytest.mark.slow
async def test_soak_with_random_faults_leaks_and_loses_nothing(survived: Survived) -> None:
    random = Random(SEED)
    async with (
        LocalFleet(SIZE, SETTINGS, append_only=True) as fleet,
        Redis.from_url(fleet.redis_url) as redis,
    ):
        shops = await fleet.add_shops()
        worker, *mortal = await asyncio.gather(*(fleet.start_worker() for _ in range(WORKERS)))
        lasting = {"worker": worker, "gateway": fleet.gateway}
        soak = SoakFleet(fleet, random, mortal, await fleet.start("gateway", "--announce"), shops)
        feeder = Feeder(redis, shops, random)
        samples: dict[str, list[Sample]] = defaultdict(list)
        began = time.monotonic()
        async with running(feeder.read()):
            async with running(feeder.feed(), sampling(lasting, samples, fleet.http)):
                happened = await inject_faults(soak, began + MINUTES * 60)
                seconds = time.monotonic() - began
            edited = (await total(fleet))["edited"]
            await until_lanes_are_empty(fleet, feeder)
        assert {name: part.process.returncode for name, part in lasting.items()} == dict.fromkeys(lasting)
        assert {name: grown(found) for name, found in samples.items()} == {name: {} for name in lasting}
        assert await unaccounted(redis) == []
        rejected = await redis.xlen(INTAKE_REJECTED)
        assert feeder.bad <= rejected <= feeder.bad + feeder.perhaps_bad
        books = await assert_every_product_has_one_outcome(fleet, feeder, happened)
    survived(
        f"Soak: {MINUTES:g} minutes of full speed, {happened.total()} faults of {len(FAULTS)} kinds, seed {SEED}",
        promise="one outcome per product, nothing damaged, nothing leaked, every key accounted for",
        products=len(feeder.fed),
        edits_a_second=edited / seconds,
        edited_twice=books["edited_more_than_once"],
        answers_to_edits_lost=books["edit_answers_lost"],
        damaged=books["damaged"],
        bad_entries_rejected=rejected,
        **{
            f"{name}_{gauge}": f"{highest(found[: len(found) // 2], gauge):,.0f} then {highest(found, gauge):,.0f}"
            for name, found in samples.items()
            for gauge in ("memory", "files", "tasks")
        },
    )


def highest(samples: list[Sample], gauge: str) -> float:
    return max(float(getattr(each, gauge)) for each in samples)


@contextlib.asynccontextmanager
async def running(*parts: Awaitable[None]) -> AsyncIterator[None]:
    """Runs `parts` in the background until the block ends; a failure is raised then."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    problems = [each for each in ended if isinstance(each, Exception)]
    if problems:
        raise ExceptionGroup("a background task failed", problems)


async def sampling(parts: dict[str, Part], samples: dict[str, list[Sample]], http: aiohttp.ClientSession) -> None:
    while True:
        for name, part in parts.items():
            samples[name].append(await sample(part, http))
        await asyncio.sleep(SAMPLE_SECONDS)


async def inject_faults(soak: SoakFleet, until: float) -> Counter[str]:
    """Injects every kind of fault in a random order, repeatedly. Returns how often each happened."""
    happened: Counter[str] = Counter()
    while True:
        for name in soak.random.sample(sorted(FAULTS), len(FAULTS)):
            await asyncio.sleep(soak.random.uniform(1, 4))
            if time.monotonic() >= until:
                return happened
            log.info("%.0f s left: %s", until - time.monotonic(), name)
            await FAULTS[name](soak)
            happened[name] += 1


async def until_lanes_are_empty(fleet: LocalFleet, feeder: Feeder) -> None:
    async with asyncio.timeout(WORK_OFF_SECONDS):
        while True:
            group = (await feeder.redis.xinfo_groups(INTAKE))[0]
            left = int(group["lag"] or 0) + int(group["pending"]) + (await total(fleet))["queued"]
            if not left and not feeder.unended:
                return
            await asyncio.sleep(0.5)


async def assert_every_product_has_one_outcome(
    fleet: LocalFleet, feeder: Feeder, happened: Counter[str]
) -> dict[str, Any]:
    books: dict[str, Any] = (await fleet.books())["total"]
    assert feeder.ends.keys() == feeder.fed
    several = {
        product: dict(counts)
        for product, counts in feeder.ends.items()
        if counts.total() != 1 and product not in feeder.perhaps_twice
    }
    kinds = Counter(str(sorted(ends.items())) for ends in several.values())
    assert not several, f"products with several outcomes: {kinds}, such as {next(iter(several))}"
    outcomes: Counter[str] = sum(feeder.ends.values(), Counter())
    assert (books["damaged"], books["in_audit"]) == (0, 0)
    # Products that were on v2 from the start were fed too; they do not move.
    born = born_on_v2() & feeder.fed
    moved = sum((feeder.ends[product] for product in feeder.fed - born), Counter[str]())
    ended_on_v2 = moved["relisted"] + moved["already_v2"] + books["moved_then_rejected"]
    assert books["moved"] == ended_on_v2, (books, outcomes, moved)
    in_flight = IN_FLIGHT * sum(happened[name] * workers for name, workers in LOSES_IN_FLIGHT.items())
    redone = books["edited_more_than_once"] + moved["already_v2"]
    assert redone <= in_flight + books["edit_answers_lost"], (books, moved, happened)
    return books


def born_on_v2() -> set[str]:
    shops = World(SimulatorOptions(shops=SHOPS, products=SHOPS * PRODUCTS_A_SHOP)).shops
    return {
        product_id(number, index)
        for number, shop in enumerate(shops)
        for index in shop.traits.indexes(shop.products, lambda traits: traits.born_on_v2)
    }
