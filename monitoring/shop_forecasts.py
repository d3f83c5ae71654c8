"""Forecasts of all shops, the most urgent first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.markets import Markets
from monitoring.fleet import ShopStats
from monitoring.forecast import ORDER, Forecast, Left, Pace, forecast


@dataclass(frozen=True, slots=True)
class ShopForecast:
    stats: ShopStats
    v1_ends: date | None
    left: Left
    pace: Pace
    forecast: Forecast


def shop_forecasts(
    shops: Sequence[ShopStats], speeds: Mapping[str, float], markets: Markets, now: datetime
) -> list[ShopForecast]:
    """One forecast per shop with known products. `speeds`: shop -> products per second. Pure."""
    known = [each for each in shops if each.lane.on_v1 is not None or each.products.known]
    found = [_forecast(each, speeds.get(each.shop_id, 0.0), markets, now) for each in known]
    return sorted(found, key=lambda each: (ORDER.index(each.forecast.verdict), -each.left.products))


def _forecast(stats: ShopStats, per_second: float, markets: Markets, now: datetime) -> ShopForecast:
    shop, products = stats.shop, stats.products
    left = Left(products.for_machines + stats.lane.unseen, products.for_people)
    pace = Pace(per_second, products.answers_per_day(now.timestamp()))
    market = markets.of(shop.region)
    v1_ends = market.v1_ends if market else None
    return ShopForecast(stats, v1_ends, left, pace, forecast(left, pace, v1_ends, shop.region, now))
