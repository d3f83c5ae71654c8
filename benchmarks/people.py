"""How many products wait for people in a simulated world, while values are only proposed and while they are filled in.

A real worker processes every product of the world twice, as after `relist retry`: products that were asked about before
enough values were known may be filled in by then. The world (`simulator/profiles/stated.toml`) has products without
their material, which most descriptions state, and categories that split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.progress import reach
from benchmarks.result import Bar, Result, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS, PRODUCTS = 4, 20_000
QUICK_SHOPS, QUICK_PRODUCTS = 2, 600
WORLD = ("--profile", "stated", "--region", "US")
RISKS = ("0", "0.01")
AT_ONCE = 2_000
"""Jobs that are enqueued together."""


Outcomes = dict[tuple[str, str], dict[str, Any]]
"""The last outcome by shop and product."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Products that wait for people after a pass, by the code of their first reason."""

    reasons: Counter[str]
    filled: int
    """Products of which a value or the category was chosen unasked."""

    @property
    def products(self) -> int:
        return sum(self.reasons.values())


async def run(quick: bool) -> Result:
    shops, products = (QUICK_SHOPS, QUICK_PRODUCTS) if quick else (SHOPS, PRODUCTS)
    found = {risk: await passes(risk, shops, products) for risk in RISKS}
    rows = [
        [risk, name, f"{each.products:,}", f"{each.products / products:.1%}", f"{each.filled:,}", _codes(each)]
        for risk, both in found.items()
        for name, each in zip(("first", "after a retry"), both, strict=True)
    ]
    today, after = found["0"][1].products, found["0.01"][1].products
    return Result(
        "Questions to people",
        f"{products:,} products of {shops} shops, one worker, rollout off; the world of the profile `stated`",
        ["RELIST_AUTOFILL_RISK", "pass", "products that wait", "share", "chosen unasked", "reasons"],
        rows,
        [Bar("products that wait for people, relative to proposals alone", after / max(1, today), at_most=0.5)],
        {risk: [each.products for each in both] for risk, both in found.items()},
    )


async def passes(risk: str, shops: int, products: int) -> list[Asked]:
    """Processes all products, and those that wait once more."""
    with Server() as server, TemporaryDirectory(prefix="relist-bench-") as directory:
        redis: Redis = Redis.from_url(server.url)
        async with redis, fleet.simulator(shops, products, *WORLD) as simulator:
            await fleet.add_shops(redis, simulator.address)
            settings = fleet.environment(server.url, simulator.address, Path(directory))
            settings |= {"RELIST_AUTOFILL_RISK": risk, "RELIST_ROLLOUT": "off"}
            async with fleet.relist(settings, "worker", "--announce"):
                wanted = await fleet.products_of(redis, products)
                first = await processed(redis, wanted, "first")
                waiting = [each for each in wanted if first[each]["outcome"] == "needs_input"]
                second = await processed(redis, waiting, "second")
                return [asked(first), asked({**first, **second})]


async def processed(redis: Redis, wanted: Sequence[tuple[str, str]], run_id: str) -> Outcomes:
    """The last outcome of each product."""
    producer, last = LaneProducer(redis), "-"
    outcomes: Outcomes = {}
    for start in range(0, len(wanted), AT_ONCE):
        await producer.enqueue([EnqueueRequest(Job(*each, run_id=run_id)) for each in wanted[start : start + AT_ONCE]])

    async def read() -> int:
        nonlocal last
        while entries := await redis.xrange(OUTCOMES, last, count=AT_ONCE):
            for entry, fields in entries:
                outcome = orjson.loads(fields[b"outcome"])
                last = f"({entry.decode()}"
                if outcome["run_id"] == run_id:
                    outcomes[outcome["shop_id"], outcome["product_id"]] = outcome
        return len(outcomes)

    await reach(len(wanted), read, poll=0.2)
    return outcomes


def asked(outcomes: Outcomes) -> Asked:
    reasons, filled = Counter[str](), 0
    for each in outcomes.values():
        if each["outcome"] == "needs_input":
            reasons[each["reasons"][0]["code"]] += 1
        else:
            filled += any("unasked" in warning for warning in each["warnings"])
    return Asked(reasons, filled)


def _codes(asked: Asked) -> str:
    return ", ".join(f"{code} {count:,}" for code, count in asked.reasons.most_common(4))


if __name__ == "__main__":
    command("people", run)
