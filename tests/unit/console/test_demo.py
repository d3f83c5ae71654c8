"""The demo ends when only products remain that wait for others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.commands.demo import is_finished
from model.shop import Shop
from monitoring.fleet import Fleet, ShopStats
from shop_queue.lane_stats import LaneStats

EMPTY = LaneStats(0, 0, 0, 0, None, 0, "active", {}, {})


@pytest.mark.parametrize(
    ("lane", "finished"),
    [
        ({}, True),
        ({"delayed": 1, "outcomes": {"waiting": 1}}, True),
        ({"delayed": 2, "outcomes": {"waiting": 1}}, False),
        ({"delayed": 1, "in_audit": 1, "outcomes": {"waiting": 1}}, False),
        ({"in_flight": 1, "outcomes": {"waiting": 1}}, False),
    ],
)
def test_only_waiting_products_may_remain(lane: dict[str, Any], finished: bool) -> None:
    fleet = Fleet((ShopStats(Shop("1", "c", "US", "1"), replace(EMPTY, **lane)),), ())
    assert is_finished(fleet) is finished
