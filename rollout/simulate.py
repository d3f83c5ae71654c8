"""Simulates the cost of a rollout for an operator's products, in virtual time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from rollout.edit import Decision, Edit
from rollout.policy import POLICIES, PolicyName
from rollout.simulated_shops import EditingShop
from rollout.simulation import Simulation, time_of_share

SAFE_RULES = frozenset({"own_leaf", "same_path", "webhook"})
"""Rules that keep the product's category. After a rejection the old listing stays live."""
SIGMA = 0.8
SHOW_SECONDS = 1.0
MAX_PRODUCTS = 200_000


@dataclass(frozen=True, slots=True)
class PlannedProduct:
    """A product of a plan."""

    shop_id: str
    leaf: str
    rule: str
    source: str
    """The product's old category."""
    fields: frozenset[str] = frozenset()
    """The product's fields. The first edit of each in a leaf is read back."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a policy. Times are seconds from the start."""

    policy: PolicyName
    half_final: float
    most_final: float
    """Time until 95 % of the products are final."""
    last_sent: float
    groups_held: int
    """Number of groups that wait for audits."""
    products_held: int
    """Number of products that wait for more than a minute."""
    looks: int
    """Number of calls for read-backs and second reads."""


def audits_around(median: float, count: int = 500, seed: int = 1) -> list[float]:
    """Audit durations in seconds for a known median, drawn from a lognormal distribution with sigma 0.8."""
    random = Random(seed)
    return [median * exp(SIGMA * random.gauss(0, 1)) for _ in range(count)]


def simulate(
    groups: Sequence[PlannedProduct], audits: Sequence[float], *, rate: float = 10.0, seed: int = 1
) -> tuple[Cost, ...]:
    """The cost of off, normal and careful. `audits` are durations in seconds, `rate` is edits per second and shop.

    Raises ValueError for no products or audits, or more products than a simulation takes.
    """
    if not groups or not audits:
        raise ValueError("a simulation needs at least one product and one audit")
    if len(groups) > MAX_PRODUCTS:
        raise ValueError(f"a simulation takes at most {MAX_PRODUCTS:,} products, not {len(groups):,}")
    costs = []
    names: tuple[PolicyName, ...] = ("off", "normal", "careful")
    for name in names:
        platform = SimulatedPlan(groups, audits, seed)
        result = Simulation(platform.shops(rate), platform, POLICIES[name], seed).run()
        waits = [at for at in result.waited.values() if at > 60]
        sent = max(result.sent.values(), default=0.0)
        final = list(result.final.values())
        looks = result.looks + result.reads - len(result.sent)
        costs.append(
            Cost(
                name, time_of_share(final, 0.5), time_of_share(final, 0.95), sent, len(result.gates), len(waits), looks
            )
        )
    return tuple(costs)


class SimulatedPlan:
    """A platform that neither damages nor rejects anything, so that only the cost remains."""

    def __init__(self, products: Sequence[PlannedProduct], audits: Sequence[float], seed: int) -> None:
        random = Random(seed)
        self._products = products
        self._ends = [random.choice(audits) for _ in products]

    def shops(self, rate: float) -> list[EditingShop]:
        by_shop: dict[str, list[int]] = {}
        for number, product in enumerate(self._products):
            by_shop.setdefault(product.shop_id, []).append(number)
        return [EditingShop(shop, rate, numbers) for shop, numbers in by_shop.items()]

    def edit(self, product: int) -> Edit:
        planned = self._products[product]
        decisions: tuple[Decision, ...] = ()
        if planned.rule not in SAFE_RULES:
            decisions = (Decision(planned.rule, "plan", planned.source, planned.leaf),)
        return Edit(planned.shop_id, str(product), "all", "plan", planned.leaf, decisions, planned.fields)

    def shows_after(self, product: int) -> float:
        return SHOW_SECONDS

    def damages(self, product: int, now: float) -> tuple[str, ...]:
        return ()

    def changes(self, product: int, now: float) -> tuple[str, ...]:
        return ()

    def audit(self, product: int, now: float) -> tuple[float | None, bool]:
        return self._ends[product], False
