"""How far every shop is, in a bounded number of small commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from redis.exceptions import ResponseError

from model.shop import Shop
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.keys import HOLDERS, WORKERS, lane_keys
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
    workers, at_work = await in_pipelines(redis, [("ZCARD", WORKERS), ("HLEN", HOLDERS)])
    shops: list[ShopProgress] = []
    total: Counter[str] = Counter()
    # A few at a time, so that a webhook never waits for thousands of shops to be counted.
    for first in range(0, len(known), AT_ONCE):
        few = await _read_few(redis, known[first : first + AT_ONCE])
        shops += few
        for shop in few:
            total.update(shop.parts())
    return Fleet(tuple(shops), {name: total[name] for name in PARTS}, int(workers), int(at_work))


async def _read_few(redis: AnyRedis, shops: Sequence[Shop]) -> list[ShopProgress]:
    """One whose keys can not be used is shown as that, and hides no other."""
    try:
        return await read_shops(redis, shops)
    except ResponseError as error:
        if not is_lane_corruption(error):
            raise
        if len(shops) == 1:
            (shop,) = shops
            why = f"its keys in Redis: {error}"
            return [ShopProgress(shop.shop_id, shop.name, shop.region, "broken", why, 0, 0, Counter())]
        return [progress for shop in shops for progress in await _read_few(redis, [shop])]


async def read_shops(redis: AnyRedis, shops: Sequence[Shop]) -> list[ShopProgress]:
    commands: list[tuple[str, ...]] = []
    for shop in shops:
        keys = lane_keys(shop.shop_id)
        commands += [
            ("HLEN", keys.jobs),
            ("HLEN", keys.blocked),
            ("HMGET", keys.control, "state", "reason"),
            ("HGETALL", keys.counters),
        ]
    replies = await in_pipelines(redis, commands)
    progress = []
    for place, shop in enumerate(shops):
        in_lane, blocked, (state, reason), counters = replies[place * 4 : place * 4 + 4]
        progress.append(
            ShopProgress(
                shop.shop_id,
                shop.name,
                shop.region,
                state.decode() if state else "active",
                reason.decode() if reason else "",
                int(in_lane),
                int(blocked),
                Counter({name.decode(): int(count) for name, count in _pairs(counters)}),
            )
        )
    return progress


def _pairs(reply: object) -> list[tuple[bytes, bytes]]:
    """redis-py gives a dict for HGETALL where it knows the command, and a flat list where it does not."""
    if isinstance(reply, dict):
        return list(reply.items())
    flat = list(reply) if isinstance(reply, list) else []
    return list(zip(flat[::2], flat[1::2], strict=True))
