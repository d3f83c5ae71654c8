"""Commits: side effects on the lane, repeated commits, crash counts."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from model.job import Job
from redis_client.server_time import server_milliseconds
from shop_queue.consumer import Commit, Complete, FencedError, LaneConsumer, Release, Requeue
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, commit
from tests.support.held_lane import claim as claimed_by
from tests.support.held_lane import held as lease_of


def job(product: str, **fields: object) -> Job:
    return Job(SHOP, product, **fields)  # type: ignore[arg-type]


async def held(redis: Redis, *products: str) -> Lease:
    await LaneProducer(redis).enqueue([EnqueueRequest(job(each)) for each in products])
    return await lease_of(redis)


async def claim(redis: Redis, lease: Lease, count: int = 10) -> list[str]:
    return [each.id for each, _ in (await claimed_by(redis, lease, count)).jobs]


async def names(redis: Redis, key: str) -> list[str]:
    return [each.decode() for each in await redis.lrange(key, 0, -1)]


@pytest.mark.parametrize("number", [1, 2])
async def test_repeated_commit_leaves_later_claims_alone(redis: Redis, number: int) -> None:
    lease = await held(redis, "1", "2")
    await claim(redis, lease)
    for earlier in range(1, number):
        await commit(redis, lease, number=earlier)
    assert (await commit(redis, lease, Complete("1", "relisted"), Requeue(job("2"), 0), number=number)).skipped == 0
    await LaneProducer(redis).enqueue([EnqueueRequest(job("1", category_id="9"))])
    assert await claim(redis, lease) == ["2", "1"]
    await commit(redis, lease, number=1)  # a late duplicate of an earlier commit
    repeated = await commit(redis, lease, Complete("1", "relisted"), Requeue(job("2"), 0), number=number)
    assert (repeated.skipped, repeated.in_flight) == (2, 2)
    assert await redis.hget(KEYS.counters, "relisted") == b"1"
    assert (await commit(redis, lease, Complete("1", "relisted"), Release("2"), number=number + 1)).skipped == 0


async def test_new_lease_numbers_its_commits_from_one(redis: Redis) -> None:
    lease = await held(redis, "1", "2")
    await claim(redis, lease, 1)
    await commit(redis, lease, Complete("1", "relisted"), number=5)
    successor = await held(redis)
    await claim(redis, successor)
    assert (await commit(redis, successor, Complete("2", "relisted"), number=1)).skipped == 0
    assert await redis.hlen(KEYS.jobs) == 0


async def test_repeated_open_leaves_claimed_jobs_in_flight(redis: Redis) -> None:
    lease = await held(redis, "1")
    await claim(redis, lease)
    await commit(redis, lease, number=1)
    assert (await LaneConsumer(redis).open(lease)).recovered == 0
    assert await redis.zcard(KEYS.inflight) == 1
    assert (await commit(redis, lease, Complete("1", "relisted"), number=1)).skipped == 1, "commit numbers start over"


async def test_learned_rates_reach_the_next_consumer(redis: Redis) -> None:
    lease = await held(redis, "1")
    await LaneConsumer(redis).commit([Commit(lease, [], pace={"read": {"rate": 12.5, "known": True}})])
    await commit(redis, lease)
    assert (await LaneConsumer(redis).open(lease)).pace == {"read": {"rate": 12.5, "known": True}}


async def test_delay_starts_now(redis: Redis) -> None:
    lease = await held(redis, "1")
    await claim(redis, lease)
    before = await server_milliseconds(redis)
    await commit(redis, lease, Requeue(job("1"), 60))
    due = await redis.zscore(KEYS.delayed, "1")
    assert before + 60_000 <= due <= await server_milliseconds(redis) + 60_000


async def test_follow_ups_keep_their_place_and_order(redis: Redis) -> None:
    lease = await held(redis, "1")
    await claim(redis, lease)
    found = [
        EnqueueRequest(job(each, priority="urgent" if each[0] == "u" else "normal"))
        for each in ("u1", "w1", "u2", "w2")
    ]
    await commit(redis, lease, Complete("1", "done", follow_ups=tuple(found)))
    assert (await names(redis, KEYS.urgent), await names(redis, KEYS.waiting)) == (["u1", "u2"], ["w1", "w2"])


async def test_dry_run_search_leaves_a_waiting_dry_run_alone(redis: Redis) -> None:
    lease = await held(redis, "search:1")
    await LaneProducer(redis).enqueue([EnqueueRequest(job("1", dry_run=True, category_id="9"))])
    await claim(redis, lease, 1)
    await commit(redis, lease, Requeue(job("search:1"), 0, (EnqueueRequest(job("1", dry_run=True)),)))
    assert Job.load(SHOP, "1", await redis.hget(KEYS.jobs, "1")) == job("1", dry_run=True, category_id="9")


@pytest.mark.parametrize("dry_run", [False, True])
async def test_real_search_reruns_a_dry_run_of_the_same_commit(redis: Redis, dry_run: bool) -> None:
    lease = await held(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(job("1", dry_run=True)), EnqueueRequest(job("search"))])
    await claim(redis, lease)
    found = Requeue(job("search"), 60, (EnqueueRequest(job("1", dry_run=dry_run)),))
    await commit(redis, lease, Complete("1", "previewed"), found)
    assert sorted(await redis.hkeys(KEYS.jobs)) == ([b"search"] if dry_run else [b"1", b"search"])
    assert await claim(redis, lease) == ([] if dry_run else ["1"])
    assert await redis.hget(KEYS.counters, "enqueued") == (None if dry_run else b"1")


async def test_replaced_dry_run_goes_to_the_requested_place(redis: Redis) -> None:
    lease = await held(redis)
    await LaneProducer(redis).enqueue([EnqueueRequest(job(each, dry_run=True)) for each in ("1", "2", "3")])
    await claim(redis, lease)
    found = (EnqueueRequest(job("1")), EnqueueRequest(job("2", priority="urgent")), EnqueueRequest(job("3"), 60))
    await commit(
        redis, lease, Complete("1", "previewed"), Complete("2", "previewed"), Complete("3", "x", follow_ups=found)
    )
    assert (await names(redis, KEYS.waiting), await names(redis, KEYS.urgent)) == (["1"], ["2"])
    assert await redis.zscore(KEYS.delayed, "3") > await server_milliseconds(redis) + 50_000


async def test_requeued_job_with_new_hints_goes_to_the_tail(redis: Redis) -> None:
    lease = await held(redis, "1", "2")
    await claim(redis, lease, 1)
    await LaneProducer(redis).enqueue([EnqueueRequest(job("1", category_id="9"))])
    await commit(redis, lease, Requeue(job("1", attempts=1), 60))
    assert await names(redis, KEYS.waiting) == ["2", "1"]


async def test_crash_counts_are_kept_until_completion(redis: Redis) -> None:
    await claim(redis, await held(redis, "1", "2", "3"))
    successor = await held(redis)
    assert await redis.hgetall(KEYS.crashes) == {b"1": b"1", b"2": b"1", b"3": b"1"}
    assert (await commit(redis, successor, Complete("1", "relisted"))).skipped == 1, "it was not claimed"
    assert await redis.hget(KEYS.crashes, "1") == b"1"
    assert await claim(redis, successor, 2) == ["1", "2"]
    assert await LaneConsumer(redis).start([(successor, ["1", "2"])]) == [None]
    assert await redis.hmget(KEYS.crashes, "1", "2") == [b"-1", b"-1"]
    await commit(redis, successor, Complete("1", "relisted"), Release("2"))
    assert await redis.hgetall(KEYS.crashes) == {b"2": b"1", b"3": b"1"}


async def test_later_crashes_count_only_against_started_jobs(redis: Redis) -> None:
    for starts, deaths in (((), b"1 1"), (("1",), b"2 1"), (("1", "2"), b"3 2")):
        lease = await held(redis, "1", "2")
        await claim(redis, lease)
        await LaneConsumer(redis).start([(lease, starts)])
        await held(redis)
        assert await redis.hmget(KEYS.crashes, "1", "2") == deaths.split()


async def test_a_lost_lease_records_no_start(redis: Redis) -> None:
    lost = await held(redis, "1")
    await claim(redis, lost)
    successor = await held(redis)
    await claim(redis, successor)
    fenced, recorded = await LaneConsumer(redis).start([(lost, ["1"]), (successor, [])])
    assert isinstance(fenced, FencedError)
    assert recorded is None
    assert await redis.hget(KEYS.crashes, "1") == b"1"


async def test_release_adds_no_crash_count(redis: Redis) -> None:
    await claim(redis, await held(redis, "1"))
    successor = await held(redis, "2")
    assert await claim(redis, successor) == ["1", "2"]
    await commit(redis, successor, Release("2"))
    assert await redis.hgetall(KEYS.crashes) == {b"1": b"1"}


async def test_start_adds_no_crash_count(redis: Redis) -> None:
    lease = await held(redis, "1")
    await claim(redis, lease)
    await LaneConsumer(redis).start([(lease, ["1"])])
    assert await redis.hlen(KEYS.crashes) == 0  # type: ignore[misc]


async def test_failed_open_recovers_nothing(redis: Redis) -> None:
    await claim(redis, await held(redis, "1", "2"))
    await redis.set(KEYS.crashes, "not ours")
    with pytest.raises(ResponseError):
        await held(redis)
    assert (await names(redis, KEYS.urgent), await redis.zcard(KEYS.inflight)) == ([], 2)
    await redis.delete(KEYS.crashes)
    await held(redis)
    assert await names(redis, KEYS.urgent) == ["1", "2"]
