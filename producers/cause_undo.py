"""Adds undo jobs for the edits that the rollout allowed before it stopped a cause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from record.cause_scope import EVERY_MARKET
from record.record import Record
from record.state import Run
from record.undo_scope import Coverage, cause_in_record, next_undo_id, products_of_cause, undo_job
from redis_client.connect import AnyRedis
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

BATCH = 500


@dataclass(frozen=True, slots=True)
class CauseUndo:
    run_id: str
    """The run of the undo, which can be followed and undone like any other; empty if there was nothing to undo."""
    enqueued: int


async def shops_of_cause(redis: AnyRedis, cause: str) -> list[str]:
    """The shops of the cause's market; all shops for a release, a field in all leaves or a decision in all markets."""
    kind, *parts = cause.split("/")
    market = {"release": parts[1:2], "field": parts[1:2]}.get(kind, parts[:1])
    return [shop.shop_id for shop in await ShopRegistry(redis).all() if market in ([], [EVERY_MARKET], [shop.region])]


async def count_of_cause(redis: AnyRedis, record: Record, cause: str) -> Coverage:
    """Count the products that an undo would cover. Raises RecordUnavailable and one of REDIS_UNAVAILABLE."""
    coverage, shops = Coverage(), await shops_of_cause(redis, cause)
    async for _ in products_of_cause(record, shops, await cause_in_record(record, shops, cause), coverage):
        pass
    return coverage


async def undo_cause(redis: AnyRedis, record: Record, cause: str, coverage: Coverage) -> CauseUndo:
    """Enqueues an undo for each product changed by the cause's edits. Safe to repeat.

    Raises RecordUnavailable, NoMemoryLeft, CorruptLane, and one of REDIS_UNAVAILABLE.
    """
    shops, producer = await shops_of_cause(redis, cause), LaneProducer(redis, "undo")
    wanted = await cause_in_record(record, shops, cause)
    run_id, count = await next_undo_id(record, re.sub(r"[^\w.+-]", "-", cause)), 0
    batch: list[EnqueueRequest] = []

    async def send() -> int:
        await record.join(run_id, [(each.job.shop_id, each.job.product_id) for each in batch])
        enqueued = await producer.enqueue(batch)
        batch.clear()
        return enqueued.added + enqueued.merged

    async for product in products_of_cause(record, shops, wanted, coverage):
        if not count and not batch:
            await record.begin_run(Run(run_id, datetime.now(UTC), "undo", f"undo of {cause}"))
        batch.append(EnqueueRequest(undo_job(product, run_id, wanted.damaged_field, cause)))
        if len(batch) == BATCH:
            count += await send()
    if batch:
        count += await send()
    return CauseUndo(run_id if count else "", count)
