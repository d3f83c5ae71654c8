"""The worlds of the rollout benchmark: products, the platform's reactions to their edits, and their timing. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp
from random import Random

from rollout.edit import Decision, Edit
from rollout.simulated_shops import EditingShop

SHOPS, CATEGORIES, MAPPINGS, SPLITS, ATTRIBUTE_RULES = 200, 1_896, 35, 129, 196
ATTRIBUTE_SHARE, NEVER, STUCK_SHOPS, REJECTIONS, SIGMA = 0.21, 0.01, 0.02, 0.02, 0.8
FIELDS = {f"field_{n}": share for n, share in enumerate(
    (0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.03, 0.02))}  # fmt: skip
SHOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that affects some products from a given time on."""

    name: str = "nothing"
    hit: frozenset[int] = frozenset()
    field: str = ""
    """The field that the platform clears, or changes with `is_changed`."""
    is_changed: bool = False
    rejects: float = REJECTIONS
    """The share of audits that reject the edit."""
    rejects_after: float = 1.0
    """Duration of its rejections relative to other audits."""
    begins: float = 0.0
    expected: frozenset[str] = frozenset()
    """The causes that the rollout must name."""


@dataclass(slots=True)
class World:
    """The products and the audit result of each, which are the same under every policy."""

    seed: int
    size: int
    median: float
    markets: int = 1
    faults: tuple[Fault, ...] = ()
    seller_changes: float = 0.0
    """The share of read-backs that find a seller's later change of one field."""
    all_end: bool = False
    """Whether the audits that never end do end, like the others."""
    shops: list[EditingShop] = field(default_factory=list)
    shop_of: list[int] = field(default_factory=list)
    leaf_of: list[str] = field(default_factory=list)
    decisions_of: list[tuple[Decision, ...]] = field(default_factory=list)
    fields_of: list[frozenset[str]] = field(default_factory=list)
    stuck: set[int] = field(default_factory=set)
    drawn: list[tuple[float, float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        random = Random(self.seed)
        weights = [1 / (n + 1) for n in range(SHOPS)]
        self.shop_of = random.choices(range(SHOPS), weights, k=self.size)
        categories = weighted(random, CATEGORIES, 1.42)
        own = CATEGORIES - MAPPINGS - SPLITS
        decided: dict[int, tuple[str, tuple[Decision, ...]]] = {}
        for number in range(CATEGORIES):
            if number < own:
                decided[number] = (str(number), ())
            else:
                rule = "mapping" if number < own + MAPPINGS else "split"
                leaf = str(random.randrange(own))
                decided[number] = (leaf, (Decision(rule, "v1", f"c{number}", leaf),))
        rules = weighted(random, ATTRIBUTE_RULES, 1.0)
        for _ in range(self.size):
            leaf, decisions = decided[categories()]
            if random.random() < ATTRIBUTE_SHARE:
                decisions = (*decisions, Decision("attribute_rule", "v1", f"a{rules()}"))
            self.leaf_of.append(leaf)
            self.decisions_of.append(decisions)
            self.fields_of.append(frozenset(name for name, share in FIELDS.items() if random.random() < share))
            self.drawn.append((exp(SIGMA * random.gauss(0, 1)), random.random(), random.random(),
                               SHOW_SECONDS * exp(0.3 * random.gauss(0, 1))))  # fmt: skip
        self.stuck = set(random.sample(range(SHOPS), int(STUCK_SHOPS * SHOPS)))
        products: list[list[int]] = [[] for _ in range(SHOPS)]
        for product, shop in enumerate(self.shop_of):
            products[shop].append(product)
        for shop, own_products in enumerate(products):
            random.shuffle(own_products)
            rate = 15.0 if shop == 0 else random.uniform(5, 25)
            self.shops.append(EditingShop(f"shop{shop}", rate, own_products))

    def edit(self, product: int) -> Edit:
        shop = self.shop_of[product]
        return Edit(f"shop{shop}", str(product), self.market_of(product), "r1", self.leaf_of[product],
                    self.decisions_of[product], self.fields_of[product])  # fmt: skip

    def market_of(self, product: int) -> str:
        return f"M{self.shop_of[product] % self.markets}"

    def shows_after(self, product: int) -> float:
        return self.drawn[product][3]

    def damages(self, product: int, now: float) -> tuple[str, ...]:
        return tuple(each.field for each in self._hitting(product, now) if each.field and not each.is_changed)

    def changes(self, product: int, now: float) -> tuple[str, ...]:
        found = tuple(each.field for each in self._hitting(product, now) if each.is_changed)
        return found or ("field_0",) * (Random(product).random() < self.seller_changes)

    def _hitting(self, product: int, now: float) -> list[Fault]:
        return [each for each in self.faults if product in each.hit and now >= each.begins]

    def audit(self, product: int, now: float) -> tuple[float | None, bool]:
        factor, ends, rejects, _ = self.drawn[product]
        hitting = self._hitting(product, now)
        rejected = rejects < max([REJECTIONS, *(each.rejects for each in hitting)])
        if rejected and rejects >= REJECTIONS:
            factor *= max(each.rejects_after for each in hitting)
        if not self.all_end and (ends < NEVER or self.shop_of[product] in self.stuck):
            return None, rejected
        return self.median * factor, rejected

    def size_near(self, wanted: int, key: Callable[[int], Sequence[str]]) -> str:
        """The group whose size is closest to `wanted` products."""
        sizes: dict[str, int] = {}
        for product in range(self.size):
            for name in key(product):
                sizes[name] = sizes.get(name, 0) + 1
        return min(sizes, key=lambda name: abs(sizes[name] - wanted))

    def decided_by(self, product: int, rule: str) -> list[str]:
        return [each.source for each in self.decisions_of[product] if each.rule == rule]


def weighted(random: Random, count: int, sigma: float) -> Callable[[], int]:
    """Returns a function that draws a number below `count` with lognormal weights."""
    bounds = list(accumulate(exp(sigma * random.gauss(0, 1)) for _ in range(count)))
    return lambda: min(bisect_right(bounds, random.random() * bounds[-1]), count - 1)
