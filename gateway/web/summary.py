"""Why products are blocked and what one answer unlocks, over as many blocked products as is reasonable to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from model.blocked_product import BlockedProduct
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import blocked_of_shops, in_lane
from worklist.collect import Worklist


@dataclass(frozen=True, slots=True)
class ReasonCount:
    outcome: str
    code: str
    example: str
    products: int


@dataclass(slots=True)
class Summary:
    worklist: Worklist = field(default_factory=Worklist)
    read: int = 0
    total: int = 0
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, product: BlockedProduct, *, is_open: bool) -> None:
        """`is_open`: it is not being tried again already."""
        if is_open:
            self.worklist.add(product, keep_gaps=False)
        for reason in product.reasons:
            key = (product.outcome, str(reason.get("code") or ""))
            self._examples.setdefault(key, str(reason.get("message") or ""))
        self._counts.update((product.outcome, code) for code in product.codes)

    def reasons(self, most: int) -> list[ReasonCount]:
        """The commonest first."""
        return [
            ReasonCount(*key, example=self._examples.get(key, ""), products=count)
            for key, count in self._counts.most_common(most)
        ]


async def summarise(redis: AnyRedis, shop_ids: Sequence[str], most_products: int) -> Summary:
    summary = Summary()
    async for batch, read, total in blocked_of_shops(redis, shop_ids):
        summary.read, summary.total = read, total
        busy = await in_lane(redis, batch[0].shop_id, [product.product_id for product in batch])
        for product in batch:
            summary.add(product, is_open=product.product_id not in busy)
        if read >= most_products:
            break
    return summary
