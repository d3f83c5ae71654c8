"""An external system that feeds each product once through the intake stream and reads its outcome."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import orjson
from redis.asyncio import Redis

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.keys import INTAKE, OUTCOMES, lane_keys
from simulator.products import product_id
from tests.support.conservation import FINAL

ENTRY = 50
"""Products per entry."""
LOW_WATER = 400
"""A lane with fewer jobs is fed again: enough that no shop ever waits for its feeder."""
BAD_SHARE = 0.05
BAD: tuple[dict[str, bytes], ...] = (
    {"job": b"{"},
    {"job": b'{"kind": "relist"}'},
    {"job": b"\x00\xff\xfe"},
    {"job": b"[" * 5000},
    {"jobs": b'{"kind": "relist"}'},
    {"wrong": b"1"},
    {"job": b'{"kind": "relist", "shop_id": "1", "product_id": "2"}'},
    {"job": b'{"kind": "format c:", "shop_id": "7494000000000000001", "product_id": "2"}'},
)


@dataclass(slots=True)
class Feeder:
    redis: Redis
    """A client that never repeats a command: the test must know what may have been fed twice."""
    shops: Sequence[str]
    random: Random
    fed: set[str] = field(default_factory=set)
    perhaps_twice: set[str] = field(default_factory=set)
    """Products of entries whose XADD got no reply and was sent again."""
    bad: int = 0
    perhaps_bad: int = 0
    """Bad entries whose XADD got no reply."""
    ends: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Product -> count of each final outcome."""
    _next: Counter[str] = field(default_factory=Counter)
    _read: bytes = b"0"

    async def feed(self) -> None:
        """Keeps every lane above the low-water mark until cancelled."""
        while True:
            short = [shop for shop in self.shops if await self._lane(shop) < LOW_WATER]
            for shop in short:
                await self._feed_one(shop)
            if not short:
                await asyncio.sleep(0.05)

    async def read(self) -> None:
        """Reads every outcome once until cancelled, even while Redis loses data."""
        while True:
            try:
                reply = await self.redis.xread({OUTCOMES: self._read}, count=1000, block=500)
            except REDIS_UNAVAILABLE:
                await asyncio.sleep(0.2)
                continue
            for entry_id, fields in reply[0][1] if reply else ():
                outcome = orjson.loads(fields[b"outcome"])
                if outcome["outcome"] in FINAL:
                    self.ends[outcome["product_id"]][outcome["outcome"]] += 1
                self._read = entry_id

    @property
    def unended(self) -> int:
        return len(self.fed - self.ends.keys())

    async def _feed_one(self, shop: str) -> None:
        if self.random.random() < BAD_SHARE:
            while not await self._add(self.random.choice(BAD)):
                self.perhaps_bad += 1
            self.bad += 1
        first = self._next[shop]
        self._next[shop] += ENTRY
        number = self.shops.index(shop)
        products = [product_id(number, index) for index in range(first, first + ENTRY)]
        jobs = [{"kind": "relist", "shop_id": shop, "product_id": product, "run_id": "soak"} for product in products]
        while not await self._add({"jobs": orjson.dumps(jobs)}):
            self.perhaps_twice.update(products)
        self.fed.update(products)

    async def _add(self, entry: dict[str, bytes]) -> bool:
        try:
            await self.redis.xadd(INTAKE, entry)  # type: ignore[arg-type]
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.2)
            return False
        return True

    async def _lane(self, shop: str) -> int:
        """Jobs in the lane, plus its share of the entries that the gateway has not processed."""
        try:
            waiting, groups = await self.redis.hlen(lane_keys(shop).jobs), await self.redis.xinfo_groups(INTAKE)
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.2)
            return LOW_WATER
        unread = sum(int(group["lag"] or 0) + int(group["pending"]) for group in groups)
        return waiting + unread * ENTRY // len(self.shops)
