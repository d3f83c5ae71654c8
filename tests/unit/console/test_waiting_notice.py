"""`relist plan` explains why it waits."""

from __future__ import annotations

from typing import Any

from console.waiting_notice import long_stalled, reasons_to_wait


def shop(shop_id: str, state: str = "active", reason: str = "") -> dict[str, Any]:
    return {"shop_id": shop_id, "state": state, "reason": reason, "ends_seconds": None}


def test_a_working_fleet_has_no_obstacle() -> None:
    assert reasons_to_wait({"workers": [{"worker": "a"}], "outage": None, "shops": [shop("1")]}, ["1"], 0) == []


def test_missing_workers_and_stalled_shops_are_named_once() -> None:
    shops = [shop("1", "parked", "dead token"), shop("2", "parked", "dead token"), shop("3", "paused", "stocktaking")]
    assert reasons_to_wait({"workers": [], "outage": None, "shops": shops}, ["1", "2"], 0) == [
        "no worker is alive; start one: relist worker",
        "2 shops parked: dead token (1, 2)",
    ]


def test_an_outage_of_the_platform_is_named_with_its_cause_and_beginning() -> None:
    outage = {"cause": "network", "what": "no route", "fix": "check it", "since": 60.0, "workers": ["a"]}
    fleet = {"workers": [{"worker": "a"}, {"worker": "b"}], "outage": outage, "shops": [shop("1")]}
    assert reasons_to_wait(fleet, ["1"], 120.0) == [
        "the platform: no response to 1 of 2 workers since 1970-01-01 00:01 UTC (1 min 0 s): no route"
    ]


def test_only_shops_that_are_stalled_for_long_are_left_out() -> None:
    shops = [shop("1"), shop("2", "paused"), {**shop("3", "parked"), "ends_seconds": 3500.0}]
    shops += [{**shop("4", "parked"), "ends_seconds": 30.0}, shop("5", "parked")]
    assert long_stalled({"shops": shops}, ["1", "2", "3", "4"], 3.0) == ["2", "3"]
    assert long_stalled({"shops": shops}, ["1", "2", "3", "4"], 121.0) == ["2", "3", "4"]
