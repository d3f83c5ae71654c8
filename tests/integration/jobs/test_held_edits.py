"""Held edits ask again at a bounded pace, and are woken when a place becomes free."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from worker.held_edits import ASKS_PER_SECOND, LONGEST_SECONDS, MAX_AHEAD, HeldEdits

SHOP = "7494000000000000001"


def job(number: int) -> Job:
    return Job(SHOP, str(number), "relist")


async def test_the_jobs_of_a_level_are_woken_oldest_first(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    held = HeldEdits(lanes)
    await lanes.enqueue(EnqueueRequest(job(number), delay_seconds=600) for number in range(5))
    for number in range(4):
        held.hold(job(number), "leaf/US/1", 1.0)
    held.hold(job(4), "leaf/US/2", 1.0)
    await held.wake(("leaf/US/1",), 2)
    keys = lane_keys(SHOP)
    assert await redis.lrange(keys.urgent, 0, -1) == [b"0", b"1"]  # type: ignore[misc]
    assert await redis.zcard(keys.delayed) == 3
    await held.wake(("leaf/US/1", "leaf/US/3"), 9)
    assert await redis.zrange(keys.delayed, 0, -1) == [b"4"]


async def test_a_job_that_runs_again_or_lost_its_shop_is_not_woken(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    held = HeldEdits(lanes)
    await lanes.enqueue(EnqueueRequest(job(number), delay_seconds=600) for number in range(2))
    held.hold(job(0), "leaf/US/1", 1.0)
    held.hold(job(1), "leaf/US/1", 1.0)
    held.forget(job(0))
    held.lease_lost(SHOP)
    await held.wake(("leaf/US/1",), 9)
    assert await redis.zcard(lane_keys(SHOP).delayed) == 2


def test_the_jobs_of_a_shop_share_the_asks_of_a_second() -> None:
    held = HeldEdits()
    few = held.hold(job(0), "leaf/US/1", 1.0)
    many = [held.hold(job(number), "leaf/US/1", 1.0) for number in range(1, 200)][-1]
    assert few <= 1.25
    assert many >= 0.75 * 200 / ASKS_PER_SECOND
    most = [held.hold(job(number), "leaf/US/1", 1.0) for number in range(200, 2_000)][-1]
    assert most <= 1.25 * LONGEST_SECONDS
    again = [held.hold(job(0), "leaf/US/1", 90.0) for _ in range(3)][-1]
    assert again >= 0.75 * 90.0


def test_a_full_release_is_forgotten_after_a_moment() -> None:
    now = 0.0
    held = HeldEdits(clock=lambda: now)
    held.release_is_full(SHOP, "release/1/US")
    assert held.level_before_reading(SHOP) == "release/1/US"
    assert held.level_before_reading("another") == ""
    now = 3.0
    assert held.level_before_reading(SHOP) == ""
    assert held.level_before_reading(SHOP, is_asking=True) == "", "one product is read and asks again"
    assert held.level_before_reading(SHOP, is_asking=True) == "release/1/US", "the others wait for its answer"
    held.release_has_room(SHOP)
    assert held.level_before_reading(SHOP) == ""


def test_a_shop_with_enough_products_waiting_for_a_look_reads_no_more() -> None:
    held = HeldEdits()
    for number in range(MAX_AHEAD):
        assert held.level_before_reading(SHOP) == ""
        held.hold(job(number), "leaf/US/1", 1.0, is_brief=True)
    assert held.level_before_reading(SHOP) == f"ahead/{SHOP}"
    assert held.unread(SHOP) == ()
    assert held.level_before_reading("another") == ""
    held.forget(job(0))
    assert held.level_before_reading(SHOP) == ""
    assert held.unread(SHOP) == (f"ahead/{SHOP}",)


def test_waits_for_audits_do_not_keep_a_shop_from_reading() -> None:
    held = HeldEdits()
    for number in range(10 * MAX_AHEAD):
        held.hold(job(number), "decision/US/mapping/1>2/v1", 1.0)
    assert held.level_before_reading(SHOP) == ""
