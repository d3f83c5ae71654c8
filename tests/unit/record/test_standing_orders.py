"""The orders of people that still apply, from the action log."""

from __future__ import annotations

from typing import Any

from record.action_log import Action
from record.standing_orders import NO_REASON, StandingOrders
from tests.support.record_entries import NOON


def orders_after(*actions: tuple[str, dict[str, Any]]) -> StandingOrders:
    orders = StandingOrders()
    for number, (name, about) in enumerate(actions, 1):
        orders.apply(Action(number, NOON, "ana", "operator", name, about, ""))
    return orders


def test_the_last_order_counts() -> None:
    orders = orders_after(
        ("shops_paused", {"shops": ["1", "2"], "count": 2, "reason": "stocktaking"}),
        ("shops_resumed", {"shops": ["2"], "count": 1}),
        ("shop_limited", {"shop": "1", "per_second": 5}),
        ("shop_limited", {"shop": "2", "per_second": 5}),
        ("shop_limited", {"shop": "2", "per_second": None}),
        ("rollout_stop", {"cause": "market/US", "why": "holiday"}),
        ("rollout_undo", {"cause": "leaf/US/5"}),
        ("rollout_stop", {"cause": "market/GB"}),
        ("rollout_release", {"cause": "market/GB"}),
    )
    assert orders.paused == {"1": "stocktaking"}
    assert orders.limits == {"1": 5.0}
    assert orders.stopped == {"market/US": "holiday", "leaf/US/5": "stopped by an operator"}
    assert orders.unnamed == 0


def test_a_log_that_names_only_some_shops_says_how_many_it_lacks() -> None:
    orders = orders_after(("shops_paused", {"shops": ["1"], "count": 201}))
    assert (orders.paused, orders.unnamed) == ({"1": NO_REASON}, 200)


def test_damaged_entries_are_skipped() -> None:
    orders = orders_after(
        ("shops_paused", {"damaged": True}),
        ("shops_paused", {"shops": "7", "count": "many"}),
        ("shop_limited", {"shop": "1", "per_second": "fast"}),
        ("shop_limited", {}),
        ("what_comes_later", {"shops": ["1"]}),
    )
    assert (orders.paused, orders.limits, orders.stopped) == ({}, {}, {})
