"""Remembers products that searches return although Get Product shows them as deleted or does not find them.

A search without a status filter still returns deleted products, some of them with a different status (4.5 % in one live
shop). Without this store, every search would process them again. A row with a newer update time is not skipped, since
the seller may have recovered the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from redis_client.connect import AnyRedis

LIFE_SECONDS = 90 * 86_400
"""Counted from the last deleted product found. Lifetime in seconds of the remembered products; afterwards a search
checks each of them again.
"""
MAX_PER_SHOP = 500_000


class DeletedProducts:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def remember(self, shop_id: str, product: Mapping[str, Any]) -> None:
        """Stores a deleted product: its `id`, and its `update_time` or that of the read that did not find it."""
        key = _key(shop_id)
        if await self._redis.execute_command("HLEN", key) < MAX_PER_SHOP:
            await self._redis.execute_command("HSET", key, str(product.get("id")), _updated(product))
            await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)

    async def with_deleted_status(self, shop_id: str, rows: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        """The rows of a search, with the status DELETED for products known to be deleted and unchanged since."""
        rows = tuple(rows)
        ids = [str(row.get("id")) for row in rows]
        if not ids:
            return rows
        stored = await self._redis.execute_command("HMGET", _key(shop_id), *ids)
        return tuple(
            {**row, "status": "DELETED"} if at is not None and int(at) >= _updated(row) else row
            for row, at in zip(rows, stored, strict=True)
        )

    async def forget_shop(self, shop_id: str) -> None:
        await self._redis.execute_command("DEL", _key(shop_id))


def _key(shop_id: str) -> str:
    return f"relist:catalogue:{shop_id}:deleted"


def _updated(product: Mapping[str, Any]) -> int:
    value = product.get("update_time")
    return value if isinstance(value, int) else 0
