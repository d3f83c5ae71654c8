"""Relists whole simulated shops with the service itself and checks the final state of every product.

Jobs, engine, queue and record are the real ones, in this process with the simulator. Sellers change products
throughout. Afterwards each product that waits for a person is sent to the simulator unchanged: if the simulator accepts
it, the question was needless.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from benchmarks.integrity_platform import Platform
from benchmarks.server import Server
from relisting.attributes import map_attributes
from relisting.merge import UnknownFields, merge
from simulator.api_error import ApiError
from simulator.products import product_id
from simulator.settings import make_options
from simulator.shop import SimulatedShop
from tests.support.switched_world import SwitchedWorld, worked_world

LONGEST_SECONDS = 7_200.0
CHANGES_PER_SECOND = 5.0
PRODUCTS_PER_POLL_SECOND = 500
"""Up to one product in 20 waits until the end, mostly for its seller. Polled at this pace, they cause at most 25 polls
per second in a world of any size. With a fixed pause of 0.2 s, the polls of 20,000 products filled the process, so that
the fleet was never seen without a running job.
"""
FOR_PEOPLE = frozenset({"needs_input", "rejected", "failed"})
MAX_NEEDLESS = 0.005
MAX_EXAMPLES = 20
LINES = {
    "fed": "products fed by the searches",
    "without an end": "of these without a published end",
    "edited": "products edited",
    "for people": "products in the worklist",
    "needless": "of these that the platform takes as they are",
    "no person can help": "of these that no person can help",
    "failed": "products ended as failed",
    "seller changes": "changes by sellers meanwhile",
    "changes lost": "of these lost although a read could have seen them",
    "unseen": "changes by sellers between the last read and the edit",
    "losses": "products that lost anything of their seller's",
    "put on sale": "deactivated products put on sale",
    "drafts published": "drafts published",
}
NONE_ALLOWED = ("without an end", "no person can help", "failed", "changes lost", "put on sale", "drafts published")


@dataclass(slots=True)
class Ends:
    """Outcomes and losses of the products of one profile."""

    total: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    """Codes of the reasons of needless questions."""
    examples: list[str] = field(default_factory=list)
    """Samples of these questions."""
    seconds: float = 0.0

    @property
    def needless_share(self) -> float:
        return self.total["needless"] / max(self.total["fed"], 1)

    @property
    def passes(self) -> bool:
        return not any(self.total[name] for name in NONE_ALLOWED) and self.needless_share <= MAX_NEEDLESS


async def relist_profile(profile: str, products: int, seed: int = 1, shops: int = 10) -> Ends:
    options = make_options(
        profile,
        seed=seed,
        shops=shops,
        products=products,
        unlimited=True,
        audit_seconds=[0.05, 0.5],
        audit_reject_share=0.0,
        seller_changes_per_second=CHANGES_PER_SECOND,
    )
    began = time.perf_counter()
    with Server() as server, tempfile.TemporaryDirectory(prefix="relist-bench-") as name:
        redis: Redis = Redis.from_url(server.url)
        poll = products / PRODUCTS_PER_POLL_SECOND
        async with redis, worked_world(redis, Path(name), options, audit_poll_seconds=poll) as world:
            fed = fed_products(world)
            await world.search_all()
            await world.until_finished(LONGEST_SECONDS)
            ends = await _count(world, fed)
    ends.seconds = time.perf_counter() - began
    return ends


def fed_products(world: SwitchedWorld) -> dict[str, tuple[SimulatedShop, int]]:
    """The products that a search for v1 finds, except rows shown as deleted."""
    fed = {}
    for shop in world.running.world.shops:
        for index in range(shop.products):
            traits = shop.traits.of(index)
            if not traits.born_on_v2 and traits.status != "DELETED":
                fed[product_id(shop.number, index)] = shop, index
    return fed


async def _count(world: SwitchedWorld, fed: dict[str, tuple[SimulatedShop, int]]) -> Ends:
    ends, last = Ends(), {each["product_id"]: each for each in await world.outcomes() if each["product_id"]}
    books, losses = world.books(), world.losses()
    unseen = books["seller_changes_unseen"]
    ends.outcomes.update(last[each]["outcome"] for each in fed if each in last)
    ends.total.update(
        {
            "fed": len(fed),
            "without an end": sum(each not in last for each in fed.keys() - _deleted(world, fed)),
            "edited": books["edits_accepted"],
            "failed": ends.outcomes["failed"],
            "seller changes": books["seller_changes"],
            "unseen": unseen,
            "changes lost": books["seller_changes_lost"] - unseen,
            "losses": len(losses),
            "put on sale": books["put_on_sale"],
            "drafts published": books["drafts_published"],
        }
    )
    platform = Platform(world.running.world)
    for identity, end in last.items():
        if end["outcome"] in FOR_PEOPLE and identity in fed:
            ends.total["for people"] += 1
            shop, index = fed[identity]
            traits = shop.traits.of(index)
            if traits.detail_status in ("DELETED", "FREEZE") or traits.kyc_pending:
                ends.total["no person can help"] += 1
            elif platform_takes(platform, shop, world.running.world.peek(shop, index)):
                ends.total["needless"] += 1
                ends.questions.update(each["code"] for each in end["reasons"])
                if len(ends.examples) < MAX_EXAMPLES:
                    ends.examples += [f"{identity} {each['code']}: {each['message']}" for each in end["reasons"]]
    return ends


def _deleted(world: SwitchedWorld, fed: dict[str, tuple[SimulatedShop, int]]) -> set[str]:
    """The products deleted by their sellers during the run, perhaps before a search could find them."""
    return {each for each, place in fed.items() if world.running.world.peek(*place)["status"] == "DELETED"}


def platform_takes(platform: Platform, shop: SimulatedShop, product: dict[str, Any]) -> bool:
    """Whether an edit that sends the product back unchanged, under its only right leaf, is accepted and can go live.

    An edit into a leaf by invitation is accepted and stays under review for good, so the seller must act first.
    """
    leaf = platform.right_leaf(product)
    if leaf is None or not platform.tree.is_open(leaf):
        return False
    _, attributes = platform.leaf(leaf)
    body = merge(product, leaf, map_attributes(product, attributes).product_attributes)
    if isinstance(body, UnknownFields):
        return False
    try:
        platform.edit(shop, str(product["id"]), body)
    except ApiError:
        return False
    return True


def report(profile: str, ends: Ends) -> str:
    width = max(map(len, LINES.values()))
    lines = [f"profile {profile}, by the service"]
    lines += [f"{text:<{width}}{ends.total[name]:>10,}" for name, text in LINES.items()]
    lines.append(f"{'% needless questions':<{width}}{100 * ends.needless_share:>10.2f}")
    lines.append("ends: " + ", ".join(f"{name} {count:,}" for name, count in ends.outcomes.most_common()))
    if ends.questions:
        codes = ", ".join(f"{code} {count:,}" for code, count in ends.questions.most_common())
        lines.append(f"needless questions: {codes}")
        lines += [f"  {each}" for each in ends.examples]
    lines.append(f"{ends.seconds:.0f} s")
    return "\n".join(lines)
