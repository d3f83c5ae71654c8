"""A search finds every product, although products leave the result while it is read."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job
from shop_queue.keys import lane_keys
from shop_queue.producer import LaneProducer
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import product
from worker.engine.results import Continue, Done, Snooze

JOB = Job(SHOP_ID, "search:all", "search", run_id="r")


async def swept(runner: JobRunner, redis: Redis, moved_per_step: int = 0) -> tuple[set[str], int]:
    """Run the search to its end, as the engine does. Returns the ids in the lane and the number of steps."""
    lanes, job, steps = LaneProducer(redis), JOB, 0
    while True:
        result = await runner.run(job)
        steps += 1
        assert isinstance(result, Continue | Done), result
        await lanes.enqueue(result.follow_ups)
        for moved in sorted(runner.platform.on_v1)[:moved_per_step]:
            if await redis.hexists(lane_keys(SHOP_ID).jobs, moved):  # type: ignore[misc]
                runner.platform.on_v1.discard(moved)
        if isinstance(result, Done):
            queued = await redis.hkeys(lane_keys(SHOP_ID).jobs)  # type: ignore[misc]
            return {key.decode() for key in queued}, steps
        job = result.job
        assert steps < 100


async def test_all_pages_of_a_quiet_shop(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*(product(str(n)) for n in range(100, 350)))
    found, steps = await swept(runner, redis)
    assert found == {str(n) for n in range(100, 350)}
    assert steps == 6, "three pages, read twice because the second pass proves that nothing was skipped"


async def test_skipped_products_are_found_in_another_pass(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*(product(str(n)) for n in range(100, 600)))
    found, _ = await swept(runner, redis, moved_per_step=60)
    assert found == {str(n) for n in range(100, 600)}


async def test_single_page_is_read_once(runner: JobRunner, redis: Redis) -> None:
    runner.platform.add(*(product(str(n)) for n in range(100, 150)))
    found, steps = await swept(runner, redis)
    assert (len(found), steps) == (50, 1)


async def test_full_lane_pauses_the_search(runner: JobRunner, redis: Redis) -> None:
    keys = lane_keys(SHOP_ID)
    await redis.hset(keys.jobs, mapping={str(n): b"{}" for n in range(2001)})  # type: ignore[misc]
    await redis.rpush(keys.waiting, *range(2001))  # type: ignore[misc]
    assert isinstance(await runner.run(JOB), Snooze)
    assert not runner.platform.calls
