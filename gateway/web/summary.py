"""Summarises why products are blocked and what one answer unlocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitoring.blocked_reasons import BlockedReasons
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops, in_lane
from worklist.collect import Worklist


@dataclass(slots=True)
class BlockedSummary:
    worklist: Worklist = field(default_factory=Worklist)
    reasons: BlockedReasons = field(default_factory=BlockedReasons)
    read: int = 0
    total: int = 0


async def summarise(redis: AnyRedis, shop_ids: Sequence[str], max_products: int) -> BlockedSummary:
    """Read about `max_products` blocked products. Those already queued again ask no questions. Raises RedisError."""
    summary = BlockedSummary()
    async for batch, read, total in blocked_of_shops(redis, shop_ids):
        summary.read, summary.total = read, total
        queued = await in_lane(redis, batch)
        for product in batch:
            summary.reasons.add(product)
            if (product.shop_id, product.product_id) not in queued:
                summary.worklist.add(product, keep_fields=False)
        if read >= max_products:
            break
    return summary
