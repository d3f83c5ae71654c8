"""From what was measured of each shop to the fleet's metrics. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.core import Metric

from config.metrics.bounded_label import OTHER
from config.metrics.series import family
from model.shop import Shop
from shop_queue.lane_stats import FleetStats, LaneStats

DONE = ("relisted", "already_v2", "gone")
MOST_REASONS = 25


@dataclass(frozen=True, slots=True)
class ShopStats:
    shop: Shop
    lane: LaneStats

    @property
    def left(self) -> int:
        """Jobs that will still run; an audit that has not ended waits as a delayed job."""
        return self.lane.waiting + self.lane.delayed + self.lane.in_flight

    def products(self) -> dict[str, int]:
        lane = self.lane
        return {
            "waiting": lane.waiting,
            "delayed": max(0, lane.delayed - lane.in_audit),
            "in_flight": lane.in_flight,
            "in_audit": lane.in_audit,
            "needs_input": lane.blocked,
            **{name: lane.outcomes.get(name, 0) for name in DONE},
        }


@dataclass(frozen=True, slots=True)
class BacklogScan:
    """What is too much to count at every measuring."""

    blocked: Mapping[str, int]
    expiries: Mapping[str, tuple[int, int]]
    """Shop -> when its access and its refresh token end, Unix seconds."""
    at: float


def fleet_families(
    fleet: FleetStats, shops: Sequence[ShopStats], most_shops: int, deadlines: Mapping[str, float]
) -> Iterable[Metric]:
    named = named_shops(shops, most_shops)
    states: Counter[tuple[str, str]] = Counter()
    depth: Counter[tuple[str]] = Counter({(state,): 0 for state in ("waiting", "delayed", "in_flight")})
    products: Counter[tuple[str, str, str]] = Counter()
    left: Counter[tuple[str]] = Counter()
    done: Counter[tuple[str]] = Counter()
    audits: dict[tuple[str, str], float] = {}
    paces: defaultdict[tuple[str, str], float] = defaultdict(float)
    for each in shops:
        lane, region = each.lane, each.shop.region
        name = each.shop.shop_id if each.shop.shop_id in named else OTHER
        for state in ("active", "paused", "parked", "corrupt"):
            states[region, state] += lane.state == state
        depth.update({("waiting",): lane.waiting, ("delayed",): lane.delayed, ("in_flight",): lane.in_flight})
        for state, number in each.products().items():
            products[name, region, state] += number
        left[region,] += each.left if lane.state != "paused" else 0
        done[region,] += sum(lane.outcomes.get(outcome, 0) for outcome in DONE)
        if lane.oldest_audit_seconds is not None:
            audits[name, region] = max(audits.get((name, region), 0.0), lane.oldest_audit_seconds)
        for access, rate in lane.paces.items():
            paces[name, access] += rate
    yield family("relist_shops", states)
    yield family("relist_shops_leased", {(): fleet.leased})
    yield family("relist_shops_due", {(): fleet.due})
    yield family("relist_queue_oldest_due_age_seconds", {(): fleet.oldest_due_seconds})
    yield family("relist_workers", {(): fleet.workers})
    yield family("relist_queue_depth", depth)
    yield family("relist_products", products)
    yield family("relist_products_remaining", left)
    yield family("relist_products_done", done)
    yield family("relist_audit_pending_oldest_age_seconds", audits)
    yield family("relist_rate_limit_requests_per_second", paces)
    in_use = {region for (region,) in left}
    yield family(
        "relist_deadline_timestamp_seconds", {(region,): at for region, at in deadlines.items() if region in in_use}
    )


def named_shops(shops: Sequence[ShopStats], most: int) -> frozenset[str]:
    """Those with most to do; ties by id, so that the names do not change from one measuring to the next."""
    if len(shops) <= most:
        return frozenset(each.shop.shop_id for each in shops)
    ranked = sorted(shops, key=lambda each: (-each.left, each.shop.shop_id))
    return frozenset(each.shop.shop_id for each in ranked[:most])


def census_families(census: BacklogScan, named: frozenset[str]) -> Iterable[Metric]:
    ranked = sorted(census.blocked.items(), key=lambda item: (-item[1], item[0]))
    blocked = {(reason,): number for reason, number in ranked[:MOST_REASONS]}
    if rest := sum(number for _, number in ranked[MOST_REASONS:]):
        blocked[OTHER,] = rest
    expiries: dict[tuple[str, str], float] = {}
    for shop_id, ends in census.expiries.items():
        name = shop_id if shop_id in named else OTHER
        for token, at in zip(("access", "refresh"), ends, strict=True):
            expiries[name, token] = min(expiries.get((name, token), float("inf")), at)
    yield family("relist_blocked_products", blocked)
    yield family("relist_token_expires_timestamp_seconds", expiries)
    yield family("relist_backlog_scan_timestamp_seconds", {(): census.at})
