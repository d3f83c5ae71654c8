"""A search finds every product, though those it has found leave the result while it is being read."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job
from shop_queue.keys import lane_keys
from shop_queue.producer import LaneProducer
from tests.integration.jobs.conftest import SHOP_ID, Desk
from tests.support.tiny_platform import product
from worker.engine.results import Continue, Done, Snooze

JOB = Job(SHOP_ID, "search:all", "search", run_id="r")


async def swept(desk: Desk, redis: Redis, moved_meanwhile: int = 0) -> tuple[set[str], int]:
    """Runs the search to its end as the engine would; what it put in the lane, and in how many steps."""
    lanes, job, steps = LaneProducer(redis), JOB, 0
    while True:
        result = await desk.run(job)
        steps += 1
        assert isinstance(result, Continue | Done), result
        await lanes.enqueue(result.follow_ups)
        for gone in sorted(desk.platform.on_v1)[:moved_meanwhile]:
            if await redis.hexists(lane_keys(SHOP_ID).jobs, gone):  # type: ignore[misc]
                desk.platform.on_v1.discard(gone)
        if isinstance(result, Done):
            queued = await redis.hkeys(lane_keys(SHOP_ID).jobs)  # type: ignore[misc]
            return {key.decode() for key in queued}, steps
        job = result.job
        assert steps < 100


async def test_all_pages_of_a_quiet_shop(desk: Desk, redis: Redis) -> None:
    desk.platform.add(*(product(str(n)) for n in range(100, 350)))
    found, steps = await swept(desk, redis)
    assert found == {str(n) for n in range(100, 350)}
    assert steps == 6, "three pages, and three more that find nothing new"


async def test_products_that_pages_have_moved_past_are_found_in_another_pass(desk: Desk, redis: Redis) -> None:
    desk.platform.add(*(product(str(n)) for n in range(100, 600)))
    found, _ = await swept(desk, redis, moved_meanwhile=60)
    assert found == {str(n) for n in range(100, 600)}


async def test_one_page_is_read_once(desk: Desk, redis: Redis) -> None:
    desk.platform.add(*(product(str(n)) for n in range(100, 150)))
    found, steps = await swept(desk, redis)
    assert (len(found), steps) == (50, 1)


async def test_a_full_lane_makes_the_search_wait(desk: Desk, redis: Redis) -> None:
    keys = lane_keys(SHOP_ID)
    await redis.hset(keys.jobs, mapping={str(n): b"{}" for n in range(2001)})  # type: ignore[misc]
    await redis.rpush(keys.waiting, *range(2001))  # type: ignore[misc]
    assert isinstance(await desk.run(JOB), Snooze)
    assert not desk.platform.calls
