"""Fleet metrics: combining shops keeps sums and bounds the number of series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import Metric

from model.product_state import STATES
from model.shop import Shop
from monitoring.backlog_scan import BacklogScan
from monitoring.fleet import Fleet, ShopStats, WorkerStats
from monitoring.fleet_series import backlog_families, fleet_families, named_shops
from monitoring.redis_health import redis_families
from shop_queue.lane_stats import FleetStats, LaneStats
from shop_queue.product_counts import read_counts
from shop_queue.worker_outages import WorkerOutage

LEASES = FleetStats(leased=3, due=1, oldest_due_seconds=4.5, workers=2)


def fleet_of(shops: Sequence[ShopStats]) -> Fleet:
    return Fleet(tuple(shops), (WorkerStats("w1", 3, 0.5),), LEASES)


def measured(
    shop_id: str,
    *,
    region: str = "US",
    queued: int = 0,
    audits: int = 0,
    age: float | None = None,
    state: str = "active",
    relisted: int = 0,
    rate: float = 10.0,
) -> ShopStats:
    lane = LaneStats(
        queued,
        audits + 1,
        2,
        audits,
        age,
        5,
        state,
        {"read": rate, "write": rate},
        {},
        products=read_counts({"queued": queued, "in_audit": audits, "needs_input": 5, "relisted": relisted}),
        unseen=2,
    )
    return ShopStats(Shop(shop_id, "c", region, shop_id), lane)


def samples(families: Iterable[Metric], name: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def test_products_are_counted_by_state() -> None:
    (shop,) = [measured("1", queued=7, audits=3, relisted=11)]
    families = list(fleet_families(fleet_of([shop]), 300, {}))
    states = {labels[2]: number for labels, number in samples(families, "relist_products").items()}
    assert states == {
        **dict.fromkeys(STATES, 0),
        "queued": 7,
        "in_audit": 3,
        "needs_input": 5,
        "relisted": 11,
    }
    assert samples(families, "relist_products_remaining") == {("US",): 7 + 3 + 2}
    assert samples(families, "relist_products_for_people") == {("US",): 5}
    assert samples(families, "relist_products_done") == {("US",): 11}


def test_parked_shops_count_as_remaining_and_paused_ones_do_not() -> None:
    shops = [measured("1", queued=10, state="paused"), measured("2", queued=20, state="parked")]
    families = list(fleet_families(fleet_of(shops), 300, {"US": 1e9, "VN": 2e9}))
    assert samples(families, "relist_products_remaining") == {("US",): 20 + 2}
    states = {"active": 0, "paused": 1, "parked": 1, "corrupt": 0}
    assert samples(families, "relist_shops") == {("US", state): count for state, count in states.items()}
    assert samples(families, "relist_deadline_timestamp_seconds") == {("US",): 1e9}, "there is no shop in VN"


def test_shops_with_most_work_are_named() -> None:
    shops = [measured("1", queued=5, age=10), measured("2", queued=50, age=1), measured("3", queued=7, age=99)]
    families = list(fleet_families(fleet_of(shops), 1, {}))
    assert named_shops(shops, 1) == {"2"}
    assert samples(families, "relist_audit_pending_oldest_age_seconds") == {("2", "US"): 1, ("other", "US"): 99}
    assert samples(families, "relist_rate_limit_requests_per_second")["other", "read"] == 20


def test_zero_limit_names_no_shop() -> None:
    shops = [measured(str(number)) for number in range(5)]
    families = list(fleet_families(fleet_of(shops), 0, {}))
    assert {labels[0] for labels in samples(families, "relist_products")} == {"other"}


@given(
    waiting=st.lists(st.integers(0, 1000), max_size=60),
    most=st.integers(0, 20),
)
def test_combining_shops_keeps_sums_and_bounds_series(waiting: list[int], most: int) -> None:
    shops = [measured(str(number), queued=each) for number, each in enumerate(waiting)]
    folded = samples(fleet_families(fleet_of(shops), most, {}), "relist_products")
    whole = samples(fleet_families(fleet_of(shops), 1000, {}), "relist_products")
    assert sum(folded.values()) == sum(whole.values())
    assert len({labels[0] for labels in folded}) <= most + 1


def test_backlog_combines_rare_reasons_and_earliest_expiry() -> None:
    scan = BacklogScan(
        {f"reason{n:02}": 100 - n for n in range(30)}, {"1": (10, 500), "2": (20, 300), "3": (5, 400)},
        {("1", "product_frozen"): 70, ("2", "under_review"): 60, ("3", "under_review"): 50},
        {"jobs": 7, "intake": 9}, 9.0, {"1": ("brand", 40), "2": ("brand", 30), "3": ("brand", 20)},
    )  # fmt: skip
    families = list(backlog_families(scan, frozenset({"1"})))
    blocked = samples(families, "relist_blocked_products")
    assert samples(families, "relist_redis_keys_bytes") == {("jobs",): 7, ("intake",): 9}
    assert len(blocked) == 26
    assert blocked["reason00",] == 100
    assert blocked["other",] == sum(100 - n for n in range(25, 30))
    assert samples(families, "relist_waiting_since_timestamp_seconds") == {
        ("1", "product_frozen"): 70,
        ("other", "under_review"): 50,
    }
    assert samples(families, "relist_blocked_since_timestamp_seconds") == {("1", "brand"): 40, ("other", "brand"): 20}
    assert samples(families, "relist_token_expires_timestamp_seconds") == {
        ("1", "access"): 10,
        ("1", "refresh"): 500,
        ("other", "access"): 5,
        ("other", "refresh"): 300,
    }


def test_redis_info_is_exported_without_missing_fields() -> None:
    info = {"used_memory": 10, "evicted_keys": 3, "aof_enabled": 1, "aof_last_write_status": "err"}
    families = list(redis_families(info))
    assert {family.name for family in families} == {
        "relist_redis_memory_bytes",
        "relist_redis_evicted_keys",
        "relist_redis_append_only",
    }
    assert samples(families, "relist_redis_evicted_keys_total") == {(): 3}
    assert samples(families, "relist_redis_append_only") == {(): 0}, "on, but the last write failed"


def test_an_outage_has_the_cause_and_beginning_of_the_worker_that_noticed_first() -> None:
    later = WorkerOutage("platform", "HTTP 503", "wait", 200.0, 300.0)
    first = WorkerOutage("network", "no route", "check it", 100.0, 300.0)
    workers = (WorkerStats("a", 1, 0.5, later), WorkerStats("b", 1, 0.5, first), WorkerStats("c", 1, 0.5))
    fleet = Fleet((), workers, LEASES)
    name = "relist_platform_down_since_timestamp_seconds"
    assert samples(fleet_families(fleet, 10, {}), name) == {("network",): 100.0}
    assert fleet.outage is not None
    assert fleet.outage.workers == ("a", "b")
    assert samples(fleet_families(fleet_of([]), 10, {}), name) == {}
