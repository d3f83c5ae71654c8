"""The demo ends when only products remain that wait for others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.commands.demo import Settling, is_finished, progress, to_do
from model.shop import Shop
from monitoring.fleet import Fleet, ShopStats
from shop_queue.lane_stats import LaneStats
from shop_queue.product_counts import read_counts

EMPTY = LaneStats(0, 0, 0, 0, None, 0, "active", {}, {})
ONE_WAITS = read_counts({"waiting": 1})


@pytest.mark.parametrize(
    ("lane", "finished"),
    [
        ({}, True),
        ({"delayed": 1, "products": ONE_WAITS}, True),
        ({"delayed": 2, "products": ONE_WAITS}, False),
        ({"delayed": 1, "outcomes": {"waiting": 2}}, False),
        ({"delayed": 1, "in_audit": 1, "products": ONE_WAITS}, True),
        ({"delayed": 1, "in_audit": 1, "products": read_counts({"in_audit": 1})}, False),
        ({"in_flight": 1, "products": ONE_WAITS}, False),
    ],
)
def test_only_waiting_products_may_remain(lane: dict[str, Any], finished: bool) -> None:
    fleet = Fleet((ShopStats(Shop("1", "c", "US", "1"), replace(EMPTY, **lane)),), ())
    assert is_finished(fleet) is finished


def test_caption_counts_every_product_that_has_ended() -> None:
    total = {"known": 100, "queued": 10, "running": 5, "in_audit": 5, "relisted": 60, "already_v2": 12, "waiting": 8}
    assert progress(total, 120, 10.0, finished=False) == "80 of about 120 products finished, 8/s, about 5 s to go"
    done = total | {"known": 80, "queued": 0, "running": 0, "in_audit": 0}
    assert progress(done, 120, 10.0, finished=True) == "80 products finished, 8/s"


@pytest.mark.parametrize(
    ("field", "values", "fix"),
    [
        ("product_attributes.1", ("Wool", "Cotton"), "must choose one, such as Wool; Cotton"),
        ("size_chart", (), "must correct size_chart"),
        ("", (), "must correct the product in Seller Center"),
        ("certifications", ("Safety certificate",), "must add it in Seller Center or in the worklist"),
    ],
)
def test_a_reason_states_what_its_actor_must_do(field: str, values: tuple[str, ...], fix: str) -> None:
    about = {"shop_id": "1", "product_id": "2", "products": 3, "message": "It is required.", "actor": "seller"}
    text = to_do(about | {"field": field, "allowed_values": [{"name": name} for name in values]}).renderable
    assert fix in str(text)


def test_a_fleet_with_waiting_products_is_finished_once_it_stays_so() -> None:
    def fleet(**lane: Any) -> Fleet:
        return Fleet((ShopStats(Shop("1", "c", "US", "1"), replace(EMPTY, **lane)),), ())

    is_settled = Settling()
    waits = {"delayed": 1, "products": ONE_WAITS}
    assert not is_settled(fleet(**waits), 0.0)
    assert not is_settled(fleet(in_flight=1, products=ONE_WAITS), 1.0), "the held product asks again"
    assert not is_settled(fleet(**waits), 2.0)
    assert not is_settled(fleet(**waits, outcomes={"in_audit": 1}), 4.9)
    assert is_settled(fleet(**waits, outcomes={"in_audit": 1}), 7.9)
    assert is_settled(fleet(), 8.0), "nothing is queued"
