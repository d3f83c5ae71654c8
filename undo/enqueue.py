"""Enqueues the undo of a run, a shop, a product or a decision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from record.record import Record
from record.scope import Scope
from record.state import Run
from record.undo_scope import Coverage, products_to_undo, undo_job, undo_run_id
from redis_client.connect import AnyRedis
from shop_queue.producer import EnqueueRequest, LaneProducer

BATCH = 500


@dataclass(frozen=True, slots=True)
class ScopeUndo:
    run_id: str
    """The run of the undo, which can be followed and undone like any other."""
    enqueued: int


async def count_scope(record: Record, scope: Scope) -> Coverage:
    """Count what an undo would cover. Raises RecordUnavailable."""
    coverage = Coverage()
    async for _ in products_to_undo(record, scope, coverage):
        pass
    return coverage


async def undo_scope(redis: AnyRedis, record: Record, scope: Scope, coverage: Coverage) -> ScopeUndo:
    """Enqueue an undo for each product changed within the scope; `coverage` counts the edits.

    Raises RecordUnavailable, NoMemoryLeft, CorruptLane, and one of REDIS_UNAVAILABLE.
    """
    producer, run_id, count = LaneProducer(redis, "undo"), await undo_run_id(record, scope), 0
    async for batch in _batches(record, scope, coverage, run_id):
        if not count:
            note = f"undo of {scope.run_id or scope.decision or scope.product_id or scope.shop_id}"
            await record.begin_run(Run(run_id, datetime.now(UTC), "undo", note))
        # An undo may end without an edit, which would add the product to its run.
        await record.join(run_id, [(each.job.shop_id, each.job.product_id) for each in batch])
        enqueued = await producer.enqueue(batch)
        count += enqueued.added + enqueued.merged
    return ScopeUndo(run_id, count)


async def _batches(
    record: Record, scope: Scope, coverage: Coverage, run_id: str
) -> AsyncIterator[list[EnqueueRequest]]:
    batch: list[EnqueueRequest] = []
    async for product in products_to_undo(record, scope, coverage):
        batch.append(EnqueueRequest(undo_job(product, run_id)))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
