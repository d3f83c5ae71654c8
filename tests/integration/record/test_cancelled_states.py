"""After `relist cancel` the record shows the cancelled products as the lanes do."""

from __future__ import annotations

from datetime import timedelta

from redis.asyncio import Redis

from model.job import Job
from model.product_state import ProductStateName
from record.membership import join_run
from record.record import Record
from record.state import ProductState
from shop_queue.cancelling import Cancellation
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.record_entries import NOON
from undo.cancelled_states import record_cancelled

LATER = NOON + timedelta(minutes=5)


async def fed(redis: Redis, record: Record, shop_id: str, run_id: str, *product_ids: str) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(shop_id, each, run_id=run_id)) for each in product_ids])
    await join_run(record.database, run_id, shop_id, product_ids, NOON)


async def states(record: Record) -> dict[tuple[str, str], ProductStateName]:
    found: dict[tuple[str, str], ProductStateName] = {}
    async for each in record.products():
        assert isinstance(each, ProductState)
        found[each.shop_id, each.product_id] = each.state
    return found


async def test_products_of_a_cancelled_run_have_failed_in_the_record_too(redis: Redis, record: Record) -> None:
    await fed(redis, record, "7", "spring", "1", "2")
    await fed(redis, record, "8", "spring", "1")
    await fed(redis, record, "7", "other", "3")
    await Cancellation(redis).cancel_in_shops(["7", "8"], "spring", LATER, 0)
    assert await record_cancelled(record, redis, ["7", "8"], "spring", LATER) == 3
    assert await states(record) == {
        ("7", "1"): "failed",
        ("7", "2"): "failed",
        ("7", "3"): "queued",
        ("8", "1"): "failed",
    }
    assert await record_cancelled(record, redis, ["7", "8"], "spring", LATER) == 0, "repeating is safe"
    assert (await record.counts(run_id="spring"))["failed"] == 3
    (reason,) = {each.reason async for each in record.products(run_id="spring") if isinstance(each, ProductState)}
    assert "cancelled" in reason


async def test_a_cancelled_retry_keeps_its_last_end(redis: Redis, record: Record) -> None:
    await fed(redis, record, "7", "spring", "1")
    # The product needs input, and its retry waits.
    await redis.hset(lane_keys("7").products, "1", "Q--n-")  # type: ignore[misc]
    await Cancellation(redis).cancel("7", "", LATER, 0)
    await record_cancelled(record, redis, ["7"], "", LATER)
    assert await states(record) == {("7", "1"): "needs_input"}


async def test_a_product_that_was_fed_again_stays_queued(redis: Redis, record: Record) -> None:
    await fed(redis, record, "7", "spring", "1")
    await Cancellation(redis).cancel("7", "spring", LATER, 0)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1", run_id="summer"))])
    assert await record_cancelled(record, redis, ["7"], "spring", LATER) == 0
