"""`relist status --reasons`: why products are blocked, counted over what is blocked now."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.table import Column, Table

from console.progress_bar import progress_bar
from console.tables import plain_table
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops
from shop_queue.shop_registry import ShopRegistry


async def blocked_reasons(redis: AnyRedis) -> list[dict[str, Any]]:
    """Products by outcome and reason code, the commonest first; a product with pluralize reasons counts in each."""
    counts: Counter[tuple[str, str]] = Counter()
    shops: dict[tuple[str, str], set[str]] = {}
    about: dict[tuple[str, str], tuple[str, str]] = {}
    with progress_bar("blocked products read") as progress:
        async for batch, read, total in blocked_of_shops(
            redis, [shop.shop_id for shop in await ShopRegistry(redis).all()]
        ):
            for product in batch:
                for reason in product.reasons:
                    key = (product.outcome, str(reason.get("code") or ""))
                    about.setdefault(key, (str(reason.get("message") or ""), str(reason.get("actor") or "")))
                for code in product.codes or ("",):
                    counts[product.outcome, code] += 1
                    shops.setdefault((product.outcome, code), set()).add(product.shop_id)
            progress(read, total)
    return [
        {
            "outcome": outcome,
            "code": code,
            "products": count,
            "shops": len(shops[outcome, code]),
            "actor": about.get((outcome, code), ("", ""))[1],
            "example": about.get((outcome, code), ("", ""))[0],
        }
        for (outcome, code), count in counts.most_common()
    ]


def reasons_table(reasons: list[dict[str, Any]]) -> Table:
    numbers = Column("products", justify="right"), Column("shops", justify="right")
    table = plain_table("outcome", "reason", *numbers, "who", "an example", title="Why products are blocked")
    for each in reasons:
        counts = (f"{each['products']:,}", f"{each['shops']:,}")
        table.add_row(each["outcome"].replace("_", " "), each["code"], *counts, each["actor"], each["example"])
    return table
