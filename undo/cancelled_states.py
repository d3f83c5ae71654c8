"""Records the products whose queued work an operator has cancelled, so that the record agrees with the lanes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from record.entry import BadEntry
from record.record import Record
from record.state import ProductState, StateChange
from redis_client.connect import AnyRedis
from shop_queue.cancelling import CANCELLED
from shop_queue.reader import LaneReader

BATCH = 500
BEFORE_AN_END = frozenset({"queued", "waiting"})
"""States that the record keeps until a job of the product ends."""


async def record_cancelled(record: Record, redis: AnyRedis, shop_ids: Sequence[str], run_id: str, now: datetime) -> int:
    """Gives every cancelled product of the run, or of these shops without a run, the state that its lane now shows.

    Returns their number; repeating is safe. Raises RecordUnavailable, DamagedStore, and one of REDIS_UNAVAILABLE.
    """
    reader, recorded = LaneReader(redis), 0
    async for shop_id, products in _open_products(record, shop_ids, run_id):
        ends = await reader.ends_without_jobs(shop_id, [each.product_id for each in products])
        reason = CANCELLED.reasons[0].message
        changes = [
            StateChange(now, shop_id, each.product_id, end, reason, each.run_id)
            for each, end in zip(products, ends, strict=True)
            if end is not None
        ]
        await record.set_states(changes)
        recorded += len(changes)
    return recorded


async def _open_products(
    record: Record, shop_ids: Sequence[str], run_id: str
) -> AsyncIterator[tuple[str, list[ProductState]]]:
    """Batches of products of one shop each."""
    wanted, batch = frozenset(shop_ids), list[ProductState]()
    # A run is read at once: a query for each of ten thousand shops would take long.
    for scope in ("",) if run_id and len(shop_ids) > 1 else shop_ids:
        async for product in record.products(run_id=run_id, shop_id=scope):
            if isinstance(product, BadEntry) or product.state not in BEFORE_AN_END or product.shop_id not in wanted:
                continue
            if batch and (batch[0].shop_id != product.shop_id or len(batch) == BATCH):
                yield batch[0].shop_id, batch
                batch = []
            batch.append(product)
    if batch:
        yield batch[0].shop_id, batch
