"""`relist status --reasons`: why products are blocked now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.table import Column, Table

from console.progress_bar import progress_bar
from console.tables import plain_table
from monitoring.blocked_reasons import BlockedReasons
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops
from shop_queue.shop_registry import ShopRegistry


async def read_blocking_reasons(redis: AnyRedis) -> list[dict[str, Any]]:
    """Return blocked products by outcome and reason code, most frequent first. Raises RedisError."""
    reasons = BlockedReasons()
    shops = [shop.shop_id for shop in await ShopRegistry(redis).all()]
    with progress_bar("blocked products read") as progress:
        async for batch, read, total in blocked_of_shops(redis, shops):
            for product in batch:
                reasons.add(product)
            progress(read, total)
    return [asdict(stats) for stats in reasons.ranked()]


def reasons_table(reasons: list[dict[str, Any]]) -> Table:
    numbers = Column("products", justify="right"), Column("shops", justify="right")
    table = plain_table("outcome", "reason", *numbers, "responsible", "example", title="Blocking reasons")
    for each in reasons:
        counts = (f"{each['products']:,}", f"{each['shops']:,}")
        table.add_row(each["outcome"].replace("_", " "), each["code"], *counts, each["actor"], each["example"])
    return table
