"""Counts damaged listings, wrong leaves and avoidable refusals over whole simulated worlds.

Every product goes through resolve, map attributes, merge and validate in this process. The simulator then edits and
audits the products that passed, by its own rules and ledger. The command prints a table. Its exit code is 1 on a
violation, an avoidable refusal, more than 0.5 % wrong leaves, or fewer than 95 % resolved.

    python -m benchmarks.integrity                 # 5 seeds of 5,000 products
    python -m benchmarks.integrity --quick         # 2 seeds of 300
    python -m benchmarks.integrity --seeds 7 8 9 --products 10000
    python -m benchmarks.integrity --profiles mexico indonesia --products 20000
    python -m benchmarks.integrity --service --profiles mexico --products 20000

With `--service` the service itself relists one world per profile, while sellers change products (see
integrity_of_service.py).

On two shared cores, a process checks 110 to 150 products per second: the default takes about four
minutes. With `--service` it relists 10 to 40 per second, so 20,000 products of a profile take 8 to 30 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.integrity_of_service import relist_profile
from benchmarks.integrity_of_service import report as report_ends
from benchmarks.integrity_platform import Platform
from relisting.attributes import MappedAttributes, map_attributes
from relisting.merge import UnknownFields, merge, product_status
from relisting.obstacles import edit_obstacle
from relisting.refusals import RefusalCount, blamed, learned, refusal_reasons
from relisting.resolution import CategorySources, NeedsRecommendation, Resolved, Unresolved
from relisting.resolve import resolve
from relisting.validate import validate
from relisting.validate.features import Feature, features
from relisting.validate.tolerance import split_tolerated
from simulator.api_error import ApiError
from simulator.options import DEMO
from simulator.settings import make_options
from simulator.shop import SimulatedShop
from simulator.world import World

SEEDS = (1, 2, 3, 4, 5)
PRODUCTS, QUICK_PRODUCTS = 5_000, 300
SHOPS = 10
MAX_WRONG, MIN_RESOLVED = 0.005, 0.95
UNKNOWABLE = frozenset({5001001})
"""Refusals for reasons that only the platform can check: the quality of a stored size chart."""


@dataclass(slots=True)
class Count:
    """The counts of one world."""

    total: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(feature, code) -> refusals, as catalogue/refusals.py counts them."""
    accepted: Counter[str] = field(default_factory=Counter)

    def learned(self) -> dict[str, RefusalCount]:
        counts = (
            RefusalCount(feature, code, "", refused, self.accepted[feature])
            for (feature, code), refused in self.refused.items()
        )
        return learned(counts)

    def learn(self, found: Sequence[Feature], error: ApiError) -> None:
        fields = {feature.id: feature.field for feature in found}
        self.refused.update((feature, str(error.code)) for feature in blamed(fields, None, error.code))

    def violation(self, name: str, what: str) -> None:
        self.total[name] += 1
        if len(self.examples) < 10:
            self.examples.append(f"{name}: {what}")


def count_world(seed: int, products: int, profile: str = DEMO) -> Count:
    options = make_options(profile, seed=seed, shops=SHOPS, products=products)
    platform, count = Platform(World(options)), Count()
    for shop, product in platform.products():
        count.total["products"] += 1
        resolution = _resolved(platform, product, count)
        if resolution is not None:
            _relist(platform, shop, product, resolution.category_id, count)
    return count


def _resolved(platform: Platform, product: Mapping[str, Any], count: Count) -> Resolved | None:
    resolution = resolve(product, platform.tree)
    if isinstance(resolution, NeedsRecommendation):
        resolution = resolve(product, platform.tree, CategorySources(recommended=platform.recommend(product)))
    right = platform.right_leaf(product)
    count.total["one right leaf"] += right is not None
    if isinstance(resolution, Unresolved):
        closed = resolution.category_id is not None and resolution.category_id == right
        count.total["right, closed to the shop"] += closed
        count.total["asked"] += right is not None and not closed
        count.total["asked, rightly"] += right is None
        candidates = {value.id for value in resolution.reason.allowed_values}
        count.total["asked, right offered"] += right in candidates and not closed
        return None
    if not isinstance(resolution, Resolved):
        raise TypeError(f"resolve requested an input that it has: {resolution}")
    count.rules[resolution.rule] += 1
    if resolution.category_id == right:
        count.total["right"] += 1
    else:
        count.violation("wrong", f"{product['id']} to {resolution.category_id}, belongs under {right}")
    return resolution


def _relist(
    platform: Platform, shop: SimulatedShop, product: Mapping[str, Any], category_id: str, count: Count
) -> None:
    if edit_obstacle(product):
        count.stops[product_status(product)] += 1
        count.total["stopped, rightly"] += 1
        return
    rules, attributes = platform.leaf(category_id)
    carried = map_attributes(product, attributes)
    for lost in _lost_silently(product, carried):
        count.violation("lost in silence", f"{product['id']} {lost}")
    body = merge(product, category_id, carried.product_attributes)
    if isinstance(body, UnknownFields):
        count.total["stopped, unknown field"] += 1
        count.stops.update(f"unknown field {name}" for name in body.names)
        return
    if any({"price", "inventory"} & sku.keys() for sku in body["skus"]):
        count.violation("price or stock sent", str(product["id"]))
    brand = platform.brands(shop).get(body.get("brand_id", ""))
    known = replace(brand, is_available=None) if brand else None
    found = validate(body, shop.region, rules, attributes, known, product=product, brand_unknown=known is None)
    reasons, tolerated = split_tolerated(found, body, is_live=True)
    odd = (*features(body, shop.region, rules), *tolerated.features)
    reasons = reasons or refusal_reasons(odd, count.learned())
    count.stops.update(each.code for each in reasons)
    try:
        damaged = platform.edit(shop, str(product["id"]), body)
    except ApiError as error:
        _count_refusal(count, product, odd, error, was_known=bool(reasons))
        return
    count.accepted.update({feature.id for feature in odd})
    if reasons:
        count.total["stopped, though taken"] += 1
        return
    count.total["edited"] += 1
    if damaged:
        count.violation("damaged", f"{product['id']} {', '.join(damaged)}")


def _count_refusal(
    count: Count, product: Mapping[str, Any], odd: Sequence[Feature], error: ApiError, *, was_known: bool
) -> None:
    """Counts a refusal. A refusal that no rule predicted is allowed if refusal counts can learn it from an odd
    feature.
    """
    if was_known:
        count.total["stopped, rightly"] += 1
    elif error.code in UNKNOWABLE:
        count.total["refused, not knowable"] += 1
    elif odd:
        count.total["refused, learned from"] += 1
        count.learn(odd, error)
    else:
        count.violation("refused, though knowable", f"{product['id']} {error.code} {error.message}")


def _lost_silently(product: Mapping[str, Any], carried: MappedAttributes) -> Iterator[str]:
    """Values of the product that appear neither in the edit nor in a warning."""
    sent = {str(value.get("name")).casefold() for each in carried.product_attributes for value in each["values"]}
    warned = " ".join(carried.warnings).casefold()
    for attribute in product.get("product_attributes") or ():
        for value in attribute["values"]:
            if value["name"].casefold() not in sent and value["name"].casefold() not in warned:
                yield f"{attribute['name']} = {value['name']}"


COLUMNS = (
    "products", "one right leaf", "right", "right, closed to the shop", "wrong", "asked", "asked, right offered",
    "asked, rightly", "edited", "stopped, rightly", "stopped, unknown field", "stopped, though taken",
    "refused, not knowable", "refused, learned from", "refused, though knowable", "damaged", "price or stock sent",
    "lost in silence",
)  # fmt: skip
VIOLATIONS = ("refused, though knowable", "damaged", "price or stock sent", "lost in silence")


def passes(total: Mapping[str, int]) -> bool:
    placed = max(total["one right leaf"], 1)
    resolved = total["right"] + total["right, closed to the shop"]
    return (
        not any(total[name] for name in VIOLATIONS)
        and total["wrong"] / placed <= MAX_WRONG
        and resolved / placed >= MIN_RESOLVED
    )


def run(seeds: Sequence[int], products: int, profile: str = DEMO) -> dict[int, Count]:
    return {seed: count_world(seed, products, profile) for seed in seeds}


def report(counts: Mapping[int, Count], seconds: float) -> str:
    together = Count()
    for count in counts.values():
        together.total.update(count.total)
        together.rules.update(count.rules)
        together.stops.update(count.stops)
    width = max(map(len, COLUMNS))
    heads = [*(f"seed {seed}" for seed in counts), "together"]
    totals = [*(count.total for count in counts.values()), together.total]
    lines = [" " * width + "".join(f"{head:>11}" for head in heads)]
    lines += [f"{name:<{width}}" + "".join(f"{total[name]:>11,}" for total in totals) for name in COLUMNS]
    resolved = ("right", "right, closed to the shop")
    for names, share in ((resolved, "% resolved right"), (("wrong",), "% wrong"), (("asked",), "% asked")):
        shares = (100 * sum(total[name] for name in names) / max(total["one right leaf"], 1) for total in totals)
        lines.append(f"{share:<{width}}" + "".join(f"{each:>11.2f}" for each in shares))
    lines.append("resolved by: " + ", ".join(f"{rule} {n:,}" for rule, n in together.rules.most_common()))
    lines.append("stopped by: " + ", ".join(f"{code} {n:,}" for code, n in together.stops.most_common()))
    rate = together.total["products"] / max(seconds, 1e-9)
    lines.append(f"{together.total['products']:,} products in {seconds:.1f} s, {rate:,.0f} per second in one process")
    lines += [example for count in counts.values() for example in count.examples]
    return "\n".join(lines)


async def _relist_profiles(profiles: Sequence[str], products: int) -> int:
    """Prints the final states of each profile's products. Returns the exit code."""
    passed = True
    for profile in profiles:
        ends = await relist_profile(profile, products)
        print(report_ends(profile, ends), flush=True)
        passed &= ends.passes
    return 0 if passed else 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.integrity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", help="seeds of the simulated worlds (default: 1 to 5)")
    parser.add_argument("--products", type=int, help="products per world (default: 5000)")
    parser.add_argument("--quick", action="store_true", help="run two worlds of 300 products")
    parser.add_argument("--profiles", nargs="+", default=[DEMO], help="simulator profiles (default: demo)")
    parser.add_argument("--service", action="store_true", help="let the service itself relist one world per profile")
    given = parser.parse_args(arguments)
    if given.service:
        return asyncio.run(_relist_profiles(given.profiles, given.products or PRODUCTS))
    seeds = given.seeds or (SEEDS[:2] if given.quick else SEEDS)
    products = given.products or (QUICK_PRODUCTS if given.quick else PRODUCTS)
    total: Counter[str] = Counter()
    for profile in given.profiles:
        began = time.perf_counter()
        counts = run(seeds, products, profile)
        print(f"profile {profile}\n{report(counts, time.perf_counter() - began)}")
        for count in counts.values():
            total.update(count.total)
    return 0 if passes(total) else 1


if __name__ == "__main__":
    sys.exit(main())
