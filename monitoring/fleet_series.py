"""Turns the read model of the fleet into metrics. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from prometheus_client.core import Metric

from config.metrics.bounded_label import OTHER
from config.metrics.series import family
from monitoring.backlog_scan import BacklogScan
from monitoring.fleet import Fleet, ShopStats
from monitoring.park_reasons import PARK_LABELS, park_label
from monitoring.parked_since import Parked

MAX_REASONS = 25


def fleet_families(fleet: Fleet, max_shops: int, deadlines: Mapping[str, float]) -> Iterable[Metric]:
    """Yield the fleet's metrics. At most `max_shops` shops get a separate label; the rest share `other`."""
    named = named_shops(fleet.shops, max_shops)
    states: Counter[tuple[str, str]] = Counter()
    depth: Counter[tuple[str]] = Counter({(state,): 0 for state in ("waiting", "delayed", "in_flight")})
    products: Counter[tuple[str, str, str]] = Counter()
    remaining: Counter[tuple[str]] = Counter()
    for_people: Counter[tuple[str]] = Counter()
    on_v2: Counter[tuple[str]] = Counter()
    audits: dict[tuple[str, str], float] = {}
    rates: defaultdict[tuple[str, str], float] = defaultdict(float)
    for each in fleet.shops:
        lane, region = each.lane, each.shop.region
        name = each.shop_id if each.shop_id in named else OTHER
        for state in ("active", "paused", "parked", "corrupt"):
            states[region, state] += lane.state == state
        depth.update({("waiting",): lane.waiting, ("delayed",): lane.delayed, ("in_flight",): lane.in_flight})
        for state, number in each.products.by_state.items():
            products[name, region, state] += number
        remaining[region,] += each.products.for_machines + lane.unseen if lane.state != "paused" else 0
        for_people[region,] += each.products.for_people
        on_v2[region,] += each.products.on_v2
        if lane.oldest_audit_seconds is not None:
            audits[name, region] = max(audits.get((name, region), 0.0), lane.oldest_audit_seconds)
        for access, rate in lane.paces.items():
            rates[name, access] += rate
    parked = Counter({(label,): 0 for label in PARK_LABELS})
    parked.update((park_label(each.reason),) for each in fleet.shops if each.state == "parked")
    yield family("relist_shops", states)
    yield family("relist_parked_shops", parked)
    yield family("relist_shops_leased", {(): fleet.leases.leased})
    yield family("relist_shops_due", {(): fleet.leases.due})
    yield family("relist_queue_oldest_due_age_seconds", {(): fleet.leases.oldest_due_seconds})
    yield family("relist_workers", {(): len(fleet.workers)})
    down = fleet.outage
    yield family("relist_platform_down_since_timestamp_seconds", {} if down is None else {(down.cause,): down.since})
    problems: Counter[tuple[str]] = Counter((each.slug,) for worker in fleet.workers for each in worker.problems)
    if fleet.refused:
        problems["refused_start",] = len(fleet.refused)
    yield family("relist_worker_problems", problems)
    yield family("relist_worker_versions", {(): len(fleet.versions)})
    yield family("relist_queue_depth", depth)
    yield family("relist_products", products)
    yield family("relist_products_remaining", remaining)
    yield family("relist_products_for_people", for_people)
    yield family("relist_products_done", on_v2)
    yield family("relist_audit_pending_oldest_age_seconds", audits)
    yield family("relist_rate_limit_requests_per_second", rates)
    yield family(
        "relist_shop_info",
        {
            (each.shop_id, each.shop.region, each.shop.name, each.shop.app, each.state): 1.0
            for each in fleet.shops
            if each.shop_id in named
        },
    )
    in_use = {region for (region,) in remaining}
    yield family(
        "relist_deadline_timestamp_seconds", {(region,): at for region, at in deadlines.items() if region in in_use}
    )


def parked_families(
    shops: Sequence[ShopStats], parked: Mapping[str, Parked], named: frozenset[str]
) -> Iterable[Metric]:
    """Yield since when shops are parked; those that are not `named` share `other`."""
    since: dict[tuple[str, str, str], float] = {}
    for each in shops:
        if (known := parked.get(each.shop_id)) is not None:
            name = each.shop_id if each.shop_id in named else OTHER
            label = (name, each.shop.region, known.reason)
            since[label] = min(since.get(label, float("inf")), known.since)
    yield family("relist_shop_parked_since_timestamp_seconds", since)


def parked_reasons(shops: Sequence[ShopStats]) -> dict[str, str]:
    """Return the reason's label of each parked shop."""
    return {each.shop_id: park_label(each.reason) for each in shops if each.state == "parked"}


def named_shops(shops: Sequence[ShopStats], limit: int) -> frozenset[str]:
    """Return the shops with the most queued jobs. Ties are broken by ID, so that the named shops stay the same between
    reads.
    """
    if len(shops) <= limit:
        return frozenset(each.shop_id for each in shops)
    ranked = sorted(shops, key=lambda each: (-each.queued, each.shop_id))
    return frozenset(each.shop_id for each in ranked[:limit])


def backlog_families(scan: BacklogScan, named: frozenset[str]) -> Iterable[Metric]:
    """Yield the metrics of a backlog scan; shops that are not `named` share `other`."""
    ranked = sorted(scan.blocked.items(), key=lambda item: (-item[1], item[0]))
    blocked = {(reason,): number for reason, number in ranked[:MAX_REASONS]}
    if rest := sum(number for _, number in ranked[MAX_REASONS:]):
        blocked[OTHER,] = rest
    expiries: dict[tuple[str, str], float] = {}
    for shop_id, ends in scan.expiries.items():
        name = shop_id if shop_id in named else OTHER
        for token, at in zip(("access", "refresh"), ends, strict=True):
            expiries[name, token] = min(expiries.get((name, token), float("inf")), at)
    waits: dict[tuple[str, str], float] = {}
    for (shop_id, code), since in scan.waits.items():
        label = (shop_id if shop_id in named else OTHER, code)
        waits[label] = min(waits.get(label, float("inf")), since)
    unanswered: dict[tuple[str, str], float] = {}
    for shop_id, (code, since) in scan.unanswered.items():
        label = (shop_id if shop_id in named else OTHER, code)
        unanswered[label] = min(unanswered.get(label, float("inf")), since)
    yield family("relist_waiting_since_timestamp_seconds", waits)
    yield family("relist_blocked_since_timestamp_seconds", unanswered)
    yield family("relist_blocked_products", blocked)
    yield family("relist_token_expires_timestamp_seconds", expiries)
    yield family("relist_redis_keys_bytes", {(kind,): used for kind, used in scan.memory.items()})
    yield family("relist_backlog_scan_timestamp_seconds", {(): scan.at})
