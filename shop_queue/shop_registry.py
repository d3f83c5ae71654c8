"""The shops the service works for: one hash in Redis. Tokens are stored elsewhere (token_store/tokens.py)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields

import orjson

from model.shop import Shop
from redis_client.connect import AnyRedis
from shop_queue.keys import SHOPS

ADDED_FIELDS = ("app", "unverified")
"""Written only where they are set, because releases before 0.3 cannot read them."""
FIELDS = frozenset(each.name for each in fields(Shop))


class UnknownShop(Exception):
    def __init__(self, shop_id: str) -> None:
        super().__init__(f"shop {shop_id} is not known: connect it with `relist shops connect`")
        self.shop_id = shop_id


class ShopRegistry:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def add(self, shop: Shop) -> None:
        body = {name: value for name, value in asdict(shop).items() if name != "shop_id"}
        for name in ADDED_FIELDS:
            if not body[name]:
                del body[name]
        await self._redis.execute_command("HSET", SHOPS, shop.shop_id, orjson.dumps(body))

    async def get(self, shop_id: str) -> Shop:
        """Raises UnknownShop."""
        body = await self._redis.execute_command("HGET", SHOPS, shop_id)
        if body is None:
            raise UnknownShop(shop_id)
        return _parsed(shop_id, body)

    async def all(self) -> list[Shop]:
        entries = await self._redis.hgetall(SHOPS)  # type: ignore[misc]
        return [_parsed(shop_id.decode(), body) for shop_id, body in sorted(entries.items())]

    async def known(self, shop_id: str) -> bool:
        return bool(await self._redis.execute_command("HEXISTS", SHOPS, shop_id))

    async def known_of(self, shop_ids: Collection[str]) -> frozenset[str]:
        """The known shops among these, read in one round trip."""
        asked = list(shop_ids)
        if not asked:
            return frozenset()
        found = await self._redis.execute_command("HMGET", SHOPS, *asked)
        return frozenset(shop_id for shop_id, body in zip(asked, found, strict=True) if body is not None)

    async def remove(self, shop_id: str) -> bool:
        return bool(await self._redis.execute_command("HDEL", SHOPS, shop_id))


def _parsed(shop_id: str, body: bytes) -> Shop:
    """Fields of later releases are ignored."""
    return Shop(shop_id, **{name: value for name, value in orjson.loads(body).items() if name in FIELDS})
