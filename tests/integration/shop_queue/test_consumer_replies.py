"""The replies of claim, commit and open contain the lane's state, which tells the engine when to claim again."""

from __future__ import annotations

from redis.asyncio import Redis

from model.job import Job
from redis_client.server_time import server_milliseconds
from shop_queue.consumer import Committed, Complete, LaneConsumer, Requeue
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, claim, commit, held


async def assert_next_due(redis: Redis, reported: float | None, before: float) -> None:
    """`reported` seconds were left until the first delayed job at some time between `before` (server ms) and now."""
    assert reported is not None
    due = min(score for _, score in await redis.zrange(KEYS.delayed, 0, -1, withscores=True))
    assert due - await server_milliseconds(redis) <= 1000 * reported <= due - before


async def test_claim_takes_the_requested_count_and_reports_the_rest(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    urgent = [Job(SHOP, f"u{n}", priority="urgent") for n in range(3)]
    fed = [EnqueueRequest(each) for each in (*urgent, *(Job(SHOP, f"w{n}") for n in range(4)))]
    delayed = [
        EnqueueRequest(Job(SHOP, "due"), 90),
        EnqueueRequest(Job(SHOP, "later"), 60),
        EnqueueRequest(Job(SHOP, "last"), 120),
    ]
    await lanes.enqueue([*fed, *delayed])
    await lanes.set_limit(SHOP, 2.5)
    await redis.zadd(KEYS.delayed, {"due": 1})
    lease = await held(redis)
    seen = await claim(redis, lease, 0)
    assert (seen.jobs, seen.waiting, seen.in_flight, seen.next_due_seconds, seen.limit) == ((), 7, 0, 0.0, 2.5)
    for count, ids, waiting in ((2, "due u0", 6), (3, "u1 u2 w0", 3), (10, "w1 w2 w3", 0), (5, "", 0)):
        before = await server_milliseconds(redis)
        seen = await claim(redis, lease, count)
        assert [job.id for job, _ in seen.jobs] == ids.split()
        assert (seen.waiting, seen.in_flight) == (waiting, 8 - waiting)
        await assert_next_due(redis, seen.next_due_seconds, before)


async def test_claim_without_limit_and_delays(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    lease = await held(redis)
    seen = await claim(redis, lease, 1)
    assert (seen.state, seen.limit, seen.next_due_seconds) == ("active", None, None)
    done = await commit(redis, lease, Complete("1", "relisted"))
    assert done == Committed(waiting=0, next_due_seconds=None, skipped=0, in_flight=0)


async def test_commit_reports_waiting_jobs_and_the_next_due_time(redis: Redis) -> None:
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, str(n))) for n in range(6)])
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "u", priority="urgent"))])
    lease = await held(redis)
    jobs = {job.id: job for job, _ in (await claim(redis, lease, 5)).jobs}
    before = await server_milliseconds(redis)
    done = await commit(redis, lease, Complete("u", "relisted"), Requeue(jobs["0"], 60), Requeue(jobs["1"], 0))
    assert (done.waiting, done.skipped, done.in_flight) == (3, 0, 2)
    await assert_next_due(redis, done.next_due_seconds, before)
    again = await commit(redis, lease, Complete("u", "relisted"), Complete("2", "relisted"))
    assert (again.waiting, again.skipped, again.in_flight) == (3, 1, 1)
    await redis.zadd(KEYS.delayed, {"0": 1})
    assert (await commit(redis, lease)).next_due_seconds == 0.0


async def test_open_reports_the_time_left_of_a_park(redis: Redis) -> None:
    lanes = LaneProducer(redis)
    await lanes.enqueue([EnqueueRequest(Job(SHOP, "1"))])
    lease = await held(redis)
    before = await server_milliseconds(redis)
    await lanes.park(SHOP, "the quota", 600)
    opened = await LaneConsumer(redis).open(lease)
    assert (opened.state, opened.reason) == ("parked", "the quota")
    passed = (await server_milliseconds(redis) - before) / 1000
    assert opened.until_seconds is not None
    assert 600 - passed <= opened.until_seconds <= 600
    await lanes.park(SHOP, "the seller left", 0)
    opened = await LaneConsumer(redis).open(lease)
    assert (opened.state, opened.until_seconds) == ("parked", None), "a park without an end has no time left"


async def test_id_without_a_payload_is_skipped(redis: Redis) -> None:
    await redis.rpush(KEYS.waiting, "of nothing")  # type: ignore[misc]
    lease = await held(redis)
    seen = await claim(redis, lease, 1)
    assert (seen.jobs, seen.unreadable, seen.waiting, seen.in_flight) == ((), (), 0, 0)
