"""Promises that hold at the end of every world. How to add an oracle: README.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from shop_queue.keys import OUTCOMES, lane_keys

if TYPE_CHECKING:
    from tests.simulation.worlds import World

DRY_RUN = "plan"
"""The run of all dry runs, whose outcomes say nothing about the real runs of their products."""
FINAL = frozenset({"relisted", "already_v2", "needs_input", "rejected", "failed", "gone"})
Product = tuple[str, str]
Oracle = Callable[[Any], list[str]]


def published(world: World) -> list[dict[str, Any]]:
    """Outcomes of real runs."""
    every = (orjson.loads(fields[b"outcome"]) for _, fields in world.stream(OUTCOMES))
    return [each for each in every if each["run_id"] != DRY_RUN]


def final_outcomes(world: World) -> Counter[Product]:
    return Counter((each["shop_id"], each["product_id"]) for each in published(world) if each["outcome"] in FINAL)


def unfinished(world: World) -> list[Product]:
    """Fed products without a final outcome."""
    ended = final_outcomes(world)
    return [product for product in world.fed.counts() if not ended[product]]


def is_finished(world: World) -> bool:
    jobs = any(world.length("HLEN", lane_keys(shop).jobs) for shop in world.plan.size.shops)
    return not jobs and not world.has_unread_intake() and not unfinished(world) and not unrelayed(world)


def unrelayed(world: World) -> bool:
    """Whether an outbox has an outcome that is not published."""
    if not world.plan.size.relays:
        return False
    # A product that ends twice within a second has the same outcome twice.
    relayed = Counter(fields[b"outcome"] for _, fields in world.stream(OUTCOMES))
    outboxes = [lane_keys(shop, own_outbox=True).outbox for shop in world.plan.size.shops]
    return bool(Counter(fields[b"outcome"] for outbox in outboxes for _, fields in world.stream(outbox)) - relayed)


def check(world: World, promises: Sequence[Oracle]) -> list[str]:
    """Returns every promise that is broken at the end of a world."""
    problems = list(world.problems)
    for oracle in promises:
        problems += oracle(world)
    return list(dict.fromkeys(problems))


def conserved(world: World) -> list[str]:
    lost = unfinished(world)
    if not lost:
        return []
    places = [_place(world, *product) for product in lost[:3]]
    return [f"conservation: {len(lost)} products have no final outcome: {'; '.join(places)}"]


def _place(world: World, shop: str, product: str) -> str:
    keys = lane_keys(shop)
    if not world.run("HEXISTS", keys.jobs, product):
        return f"{product} of shop {shop} is nowhere in Redis"
    if world.run("ZSCORE", keys.inflight, product) is not None:
        return f"{product} of shop {shop} is in flight"
    if world.run("ZSCORE", keys.delayed, product) is not None:
        return f"{product} of shop {shop} is delayed"
    return f"{product} of shop {shop} waits, and the shop is {'' if world.is_ready(shop) else 'not '}in the ready set"


def at_most_one_end(world: World) -> list[str]:
    feeds, ends = world.fed.most(), final_outcomes(world)
    return [
        f"more ends than feeds: product {product} was fed {feeds[shop, product]} times and has {count} ends"
        for (shop, product), count in ends.items()
        if count > max(1, feeds[shop, product])
    ]


def lanes_are_empty(world: World) -> list[str]:
    problems = []
    for shop in world.plan.size.shops:
        keys = lane_keys(shop)
        for name, command in (("jobs", "HLEN"), ("inflight", "ZCARD"), ("delayed", "ZCARD"), ("crashes", "HLEN")):
            left = world.length(command, getattr(keys, name))
            if left and not unfinished(world):
                problems.append(f"leftover: shop {shop} has {left} entries in `{name}` after its last job ended")
    return problems
