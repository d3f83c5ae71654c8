"""Reads of blocked products and queued jobs through the reader."""

from __future__ import annotations

from redis.asyncio import Redis

from model.blocked_product import BlockedProduct
from model.job import Job, audit_job_id, undo_job_id
from shop_queue.blocked_products import in_lane
from shop_queue.consumer import Complete
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reader import Backlog, LaneControl, LaneReader, QueuedJob
from tests.support.held_lane import SHOP, claim, commit, held


async def enqueue(redis: Redis, *jobs: Job, delay: float = 0) -> None:
    await LaneProducer(redis, "tests").enqueue([EnqueueRequest(job, delay) for job in jobs])


async def test_in_lane_returns_products_with_a_job(redis: Redis) -> None:
    await enqueue(redis, Job(SHOP, "1729"))
    products = [BlockedProduct.load(SHOP, each, b"{}") for each in ("1729", "1730")]
    assert await in_lane(redis, products) == {(SHOP, "1729")}
    assert await in_lane(redis, []) == set()


async def test_jobs_of_a_product_have_their_status(redis: Redis) -> None:
    relist, audit = Job(SHOP, "1"), Job(SHOP, audit_job_id("1"), "audit")
    undo = Job(SHOP, undo_job_id("1"), "undo")
    await enqueue(redis, relist)
    await claim(redis, await held(redis))
    await enqueue(redis, undo, Job(SHOP, "2"))
    await enqueue(redis, audit, delay=60)
    reader = LaneReader(redis)
    assert await reader.jobs_of_product(SHOP, "1") == [
        QueuedJob(relist, "running"),
        QueuedJob(audit, "delayed"),
        QueuedJob(undo, "waiting"),
    ]
    assert await reader.is_in_flight(SHOP, "1")
    assert not await reader.is_in_flight(SHOP, "2")
    assert await reader.backlog(SHOP) == Backlog(jobs=4, waiting=2)
    assert await reader.enqueued() == {("tests", "relist"): 2, ("tests", "undo"): 1, ("tests", "audit"): 1}


async def test_found_products(redis: Redis) -> None:
    await enqueue(redis, Job(SHOP, "blocked"))
    lease = await held(redis)
    await claim(redis, lease)
    await commit(redis, lease, Complete("blocked", "needs_input", {}, blocked=True))
    await enqueue(redis, Job(SHOP, "queued"), Job(SHOP, audit_job_id("in audit"), "audit"))
    products = ["blocked", "new", "queued", "in audit", "newer"]
    found = await LaneReader(redis).found_products(SHOP, products)
    assert found.new == ["new", "newer"]
    assert list(found.blocked) == ["blocked"]
    assert (await LaneReader(redis).found_products(SHOP, [])).new == []


async def test_controls_and_holders(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.set_state("paused", "paused", "stocktaking")
    await lanes.set_limit("limited", 2.5)
    assert await LaneReader(redis).controls(["paused", "limited", "new"]) == [
        LaneControl("paused", "stocktaking", None),
        LaneControl("active", "", 2.5),
        LaneControl("active", "", None),
    ]
    await held(redis)
    assert await LaneReader(redis).holders() == {SHOP: "w1"}
    (worker,) = await LaneReader(redis).workers()
    assert worker.worker_id == "w1"
