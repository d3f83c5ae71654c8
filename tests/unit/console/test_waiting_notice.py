"""`relist plan` names what keeps it waiting."""

from __future__ import annotations

from typing import Any

from console.waiting_notice import reasons_to_wait


def shop(shop_id: str, state: str = "active", reason: str = "") -> dict[str, Any]:
    return {"shop_id": shop_id, "state": state, "reason": reason, "ends_seconds": None}


def test_a_working_fleet_has_no_obstacle() -> None:
    assert reasons_to_wait({"workers": [{"worker": "a"}], "shops": [shop("1")]}, ["1"]) == []


def test_missing_workers_and_stalled_shops_are_named_once() -> None:
    shops = [shop("1", "parked", "dead token"), shop("2", "parked", "dead token"), shop("3", "paused", "stocktaking")]
    assert reasons_to_wait({"workers": [], "shops": shops}, ["1", "2"]) == [
        "no worker is alive; start one: relist worker",
        "2 shops parked: dead token (1, 2)",
    ]
