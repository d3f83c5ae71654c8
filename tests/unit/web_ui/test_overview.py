"""The overview answers whether each market will be finished in time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from model.shop import Shop
from monitoring.fleet import ShopStats
from monitoring.forecast import Left, Pace, forecast
from monitoring.shop_forecasts import ShopForecast
from shop_queue.lane_stats import LaneStats
from web_ui.views.overview import markets_of

EMPTY = LaneStats(0, 0, 0, 0, None, 0, "active", {}, {})
NOW, ENDS = datetime(2026, 11, 24, 12, tzinfo=UTC), date(2027, 1, 1)


def shop(machines: int, people: int, answers: float) -> ShopForecast:
    left, pace = Left(machines, people), Pace(1.0, answers)
    stats = ShopStats(Shop("7", "c", "US", "7"), EMPTY)
    return ShopForecast(stats, ENDS, left, pace, forecast(left, pace, ENDS, "US", NOW))


@pytest.mark.parametrize(
    ("shops", "is_known", "waits"),
    [
        ([shop(100, 0, 0.0), shop(0, 0, 0.0)], True, False),
        ([shop(100, 5, 10.0)], True, False),
        ([shop(100, 0, 0.0), shop(100, 5, 0.0)], False, True),
    ],
)
def test_a_market_has_no_end_while_one_of_its_shops_has_none(
    shops: list[ShopForecast], is_known: bool, waits: bool
) -> None:
    (market,) = markets_of(shops)
    assert (market.finish is not None, market.waits_for_people) == (is_known, waits)
