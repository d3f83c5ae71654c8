"""How far every shop is, in a bounded number of small commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from model.shop import Shop
from redis_client.connect import AnyRedis
from shop_queue.lane_stats import read_lane_stats
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry

PARTS = ("relisted", "already_v2", "in_lane", "blocked", "gone")
"""Of what a shop's bar is made, in its order."""
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ShopProgress:
    shop_id: str
    name: str
    region: str
    state: str
    reason: str
    in_lane: int
    """Jobs that wait, run, or follow an audit."""
    blocked: int
    """Products that wait for somebody, now."""
    outcomes: Counter[str]
    """How often each outcome came, ever."""

    def parts(self) -> dict[str, int]:
        counts = {"in_lane": self.in_lane, "blocked": self.blocked}
        return {name: counts.get(name, self.outcomes[name]) for name in PARTS}


@dataclass(frozen=True, slots=True)
class Fleet:
    shops: tuple[ShopProgress, ...]
    parts: dict[str, int]
    """Of all shops together."""
    workers: int
    at_work: int

    def find(self, text: str, most: int) -> list[ShopProgress]:
        """Shops whose id, name or region has the text, those with most to do first."""
        wanted = text.strip().casefold()
        found = [
            shop for shop in self.shops if wanted in f"{shop.shop_id} {shop.name} {shop.region} {shop.state}".casefold()
        ]
        return sorted(found, key=lambda shop: (-shop.blocked, -shop.in_lane, shop.shop_id))[:most]


async def read_fleet(redis: AnyRedis) -> Fleet:
    known = await ShopRegistry(redis).all()
    reader = LaneReader(redis)
    workers, at_work = await reader.workers(), await reader.holders()
    shops: list[ShopProgress] = []
    total: Counter[str] = Counter()
    # A few at a time, so that a webhook never waits for thousands of shops to be counted.
    for first in range(0, len(known), AT_ONCE):
        few = await read_shops(redis, known[first : first + AT_ONCE])
        shops += few
        for shop in few:
            total.update(shop.parts())
    return Fleet(tuple(shops), {name: total[name] for name in PARTS}, len(workers), len(at_work))


async def read_shops(redis: AnyRedis, shops: Sequence[Shop]) -> list[ShopProgress]:
    """A shop whose lane is corrupt is reported as such and does not hide the others."""
    stats = await read_lane_stats(redis, [shop.shop_id for shop in shops])
    return [
        ShopProgress(
            shop.shop_id,
            shop.name,
            shop.region,
            lane.state,
            lane.reason,
            lane.queued,
            lane.blocked,
            Counter(lane.outcomes),
        )
        for shop, lane in zip(shops, stats, strict=True)
    ]
