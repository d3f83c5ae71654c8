"""A product is running while its relist job or its undo is in flight; that is read from the lane, not stored."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job, audit_job_id, undo_job_id
from model.job_state import AcceptedEdit, AuditState, UndoState
from shop_queue.consumer import Commit, Complete, LaneConsumer, Release
from shop_queue.keys import lane_keys
from shop_queue.lane_stats import read_lane_stats
from shop_queue.leases import Lease, Leases, wake
from shop_queue.producer import EnqueueRequest, LaneProducer

SHOP, FIRST, SECOND = "7494", "1729000000000000001", "1729000000000000002"
KEYS = lane_keys(SHOP)


async def opened(redis: Redis) -> tuple[LaneConsumer, Lease]:
    await wake(redis, [(SHOP, 0)])
    (lease,) = (await Leases(redis, "worker", 60).take(1, 0)).leases
    consumer = LaneConsumer(redis)
    await consumer.open(lease)
    return consumer, lease


async def shown(redis: Redis) -> dict[str, int]:
    (lane,) = await read_lane_stats(redis, [SHOP])
    return {state: number for state, number in lane.products.by_state.items() if number}


async def test_claimed_products_are_running_until_their_jobs_end(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(SHOP, each)) for each in (FIRST, SECOND))
    consumer, lease = await opened(redis)
    assert await shown(redis) == {"queued": 2}
    await consumer.claim([(lease, 2)])
    assert await shown(redis) == {"running": 2}
    await consumer.commit([Commit(lease, [Complete(FIRST, "relisted", {}), Release(SECOND)])])
    assert await shown(redis) == {"relisted": 1, "queued": 1}


async def test_product_with_two_jobs_in_flight_runs_once_and_stays_a_draft(redis: Redis) -> None:
    undo = Job(SHOP, undo_job_id(FIRST), "undo", state=UndoState())
    audit = Job(SHOP, audit_job_id(FIRST), "audit", state=AuditState(edit=AcceptedEdit("853000")))
    jobs = [EnqueueRequest(Job(SHOP, FIRST)), EnqueueRequest(undo), EnqueueRequest(audit)]
    await LaneProducer(redis).enqueue(jobs)
    consumer, lease = await opened(redis)
    (claimed,) = await consumer.claim([(lease, 3)])
    assert not isinstance(claimed, Exception)
    assert len(claimed.jobs) == 3
    await redis.hset(KEYS.products, FIRST, "QQA-D")  # type: ignore[misc]
    await redis.hset(KEYS.states, mapping={"in_audit": 1, "draft:in_audit": 1})  # type: ignore[misc]
    (lane,) = await read_lane_stats(redis, [SHOP])
    assert (lane.products.known, lane.products.by_state["running"], lane.products.drafts["running"]) == (1, 1, 1)
    assert not lane.products.drafts.get("in_audit")


async def test_dry_run_of_a_known_product_is_not_running(redis: Redis) -> None:
    await redis.hset(KEYS.products, FIRST, "---r-")  # type: ignore[misc]
    await redis.hset(KEYS.states, "relisted", 1)  # type: ignore[misc]
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, FIRST, dry_run=True))])
    consumer, lease = await opened(redis)
    await consumer.claim([(lease, 1)])
    assert await shown(redis) == {"relisted": 1}


async def test_running_state_that_an_earlier_version_stored_ends_with_its_job(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, FIRST))])
    consumer, lease = await opened(redis)
    await consumer.claim([(lease, 1)])
    await redis.hset(KEYS.products, FIRST, "R----")  # type: ignore[misc]
    await redis.hset(KEYS.states, mapping={"queued": 0, "running": 1})  # type: ignore[misc]
    assert await shown(redis) == {"running": 1}
    await consumer.commit([Commit(lease, [Complete(FIRST, "relisted", {})])])
    assert await shown(redis) == {"relisted": 1}


async def test_running_state_of_a_dead_worker_of_an_earlier_version_is_queued_again(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, FIRST))])
    consumer, lease = await opened(redis)
    await consumer.claim([(lease, 1)])
    await redis.hset(KEYS.products, FIRST, "R----")  # type: ignore[misc]
    await redis.hset(KEYS.states, mapping={"queued": 0, "running": 1})  # type: ignore[misc]
    await consumer.open(Lease(SHOP, lease.fence + 1))
    assert await shown(redis) == {"queued": 1}


async def test_job_without_a_state_gets_one_at_its_claim(redis: Redis) -> None:
    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job(SHOP, FIRST)), EnqueueRequest(Job(SHOP, SECOND, dry_run=True))]
    )
    await redis.delete(KEYS.products, KEYS.states)
    consumer, lease = await opened(redis)
    assert await shown(redis) == {}
    await consumer.claim([(lease, 2)])
    assert await shown(redis) == {"running": 1}
