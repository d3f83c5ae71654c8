"""How many questions people are asked in a simulated world if values are only proposed, and if they are filled in.

Counts waiting products and the answers that they need. As in the worklist, one answer serves all products whose
category was removed and has the same candidates, and one acceptance serves all proposals of an attribute in a leaf
that are likely enough. One answer per shop serves the products refused for the same brand or leaf. Each other value
takes one.

A real worker processes every product of the world twice, as after `relist retry`: products that were asked about before
enough values were known may be filled in by then. The world (`simulator/profiles/stated.toml`) has products without
their material, which most descriptions state, and categories that split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from redis.asyncio import Redis

from benchmarks import fleet
from benchmarks.progress import reach
from benchmarks.result import Result, Target, command
from benchmarks.server import Server
from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOPS, PRODUCTS = 4, 20_000
QUICK_SHOPS, QUICK_PRODUCTS = 2, 600
WORLD = ("--profile", "stated", "--region", "US")
RISKS = ("0", "0.01")
SHARED_CODES = frozenset({"12052208", "12052220", "12052221", "12052225"})
"""A brand or a leaf that the shop may not use: one answer serves all products of a shop with the same question."""
UNDECIDED = "category_undecided"
REMOVED = "no category with the id"
"""In the question about a category that the new tree lacks, whose products all go to the same place."""
LIKELY = 0.95
"""Chance from which the worklist offers to accept proposals together."""
AT_ONCE = 2_000
"""Number of jobs enqueued together."""


Outcomes = dict[tuple[str, str], dict[str, Any]]
"""The last outcome by shop and product."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Products that wait for people after a pass, by the code of their first reason."""

    reasons: Counter[str]
    answers: int
    """Answers if each missing value takes one."""
    answers_after_accepting: int
    """Answers if proposals from `LIKELY` on are accepted together, once for each attribute and category."""
    filled: int
    """Products with a value or a category chosen without asking."""

    @property
    def products(self) -> int:
        return sum(self.reasons.values())


async def run(quick: bool) -> Result:
    shops, products = (QUICK_SHOPS, QUICK_PRODUCTS) if quick else (SHOPS, PRODUCTS)
    found = {risk: await passes(risk, shops, products) for risk in RISKS}
    rows = [
        [
            *(risk, name, f"{each.products:,}", f"{each.products / products:.1%}", f"{each.answers:,}"),
            *(f"{each.answers_after_accepting:,}", f"{each.filled:,}", _codes(each)),
        ]
        for risk, both in found.items()
        for name, each in zip(("first", "after a retry"), both, strict=True)
    ]
    today, after = found["0"][1], found["0.01"][1]
    return Result(
        "Questions to people",
        f"{products:,} products of {shops} shops, one worker, rollout off; the world of the profile `stated`",
        [
            *("RELIST_AUTOFILL_RISK", "pass", "products that wait", "share", "answers"),
            *("answers after accepting likely proposals", "chosen without asking", "reasons"),
        ],
        rows,
        [
            Target(
                "answers after accepting likely proposals, relative to one answer per value and nothing filled",
                after.answers_after_accepting / max(1, today.answers),
                at_most=0.5,
            ),
            Target(
                "products that wait for people, relative to proposals alone",
                after.products / max(1, today.products),
                at_most=0.5,
            ),
        ],
        {risk: [each.products for each in both] for risk, both in found.items()},
    )


async def passes(risk: str, shops: int, products: int) -> list[Asked]:
    """Processes all products, and then the waiting ones again."""
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
    """The last outcome of each product.

    The worker processes some products again when a value is certified. Such a job may have taken the place of ours, so
    outcomes of every run count.
    """
    producer, asked_for = LaneProducer(redis), set(wanted)
    newest = await redis.xrevrange(OUTCOMES, count=1)
    last = f"({newest[0][0].decode()}" if newest else "-"
    outcomes: Outcomes = {}
    for start in range(0, len(wanted), AT_ONCE):
        await producer.enqueue([EnqueueRequest(Job(*each, run_id=run_id)) for each in wanted[start : start + AT_ONCE]])

    async def read() -> int:
        nonlocal last
        while entries := await redis.xrange(OUTCOMES, last, count=AT_ONCE):
            for entry, fields in entries:
                outcome = orjson.loads(fields[b"outcome"])
                last = f"({entry.decode()}"
                if (product := (outcome["shop_id"], outcome["product_id"])) in asked_for:
                    outcomes[product] = outcome
        return len(outcomes)

    await reach(len(wanted), read, poll=0.2)
    return outcomes


def asked(outcomes: Outcomes) -> Asked:
    reasons, filled = Counter[str](), 0
    separate = proposed = 0
    together, likely = set[tuple[str, str]](), set[tuple[str, str]]()
    for (shop, _), each in outcomes.items():
        if each["outcome"] == "needs_input":
            reasons[each["reasons"][0]["code"]] += 1
            for reason in each["reasons"]:
                question = (str(each.get("category_id")), str(reason.get("attribute_id") or reason["message"]))
                if reason["code"] in SHARED_CODES:
                    together.add((shop, reason["message"]))
                elif reason["code"] == UNDECIDED and REMOVED in reason["message"]:
                    candidates = ",".join(str(value["id"]) for value in reason.get("allowed_values") or ())
                    together.add(("", f"{reason['message']} {candidates}"))
                elif is_likely(reason):
                    likely.add(question)
                    proposed += 1
                else:
                    separate += 1
        else:
            filled += any("without asking" in warning for warning in each["warnings"])
    shared = len(together)
    return Asked(reasons, separate + proposed + shared, separate + len(likely) + shared, filled)


def is_likely(reason: Mapping[str, Any]) -> bool:
    """Whether the first allowed value is proposed with a chance from `LIKELY` on."""
    scores = [value.get("score") for value in reason.get("allowed_values") or ()][:1]
    return any(score is not None and score >= LIKELY for score in scores)


def _codes(asked: Asked) -> str:
    return ", ".join(f"{code} {count:,}" for code, count in asked.reasons.most_common(4))


if __name__ == "__main__":
    command("people", run)
