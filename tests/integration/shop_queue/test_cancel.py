"""Cancelling ends the queued jobs of a run and changes nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from model.job import Job, audit_job_id
from shop_queue.cancelling import BATCH, Cancellation, Cancelled, is_cancelled
from shop_queue.consumer import Complete, Requeue
from shop_queue.keys import cancelled_key
from shop_queue.outcome_stream import published_outcomes
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.held_lane import KEYS, SHOP, claim, commit, held

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def job(number: int, run_id: str = "spring") -> Job:
    return Job(SHOP, str(number), run_id=run_id)


async def cancel(redis: Redis, run_id: str = "spring", wait_seconds: float = 0.0) -> Cancelled:
    return await Cancellation(redis).cancel(SHOP, run_id, NOW, wait_seconds)


async def enqueue(redis: Redis, *jobs: Job, delay: float = 0.0) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(each, delay_seconds=delay) for each in jobs)


async def left(redis: Redis) -> set[str]:
    return {name.decode() for name in await redis.hkeys(KEYS.jobs)}  # type: ignore[misc]


async def test_jobs_of_the_run_end_with_an_outcome_each(redis: Redis) -> None:
    await enqueue(redis, job(1), job(2, "other"), Job(SHOP, "search:spring", "search", run_id="spring"))
    await enqueue(redis, Job(SHOP, "3", run_id="spring", priority="urgent"))
    await enqueue(redis, job(4), delay=60)
    assert await cancel(redis) == Cancelled(4, 0)
    assert await left(redis) == {"2"}
    outcomes = [each async for each in published_outcomes(redis)]
    assert {each["product_id"] for each in outcomes} == {"1", "3", "4", ""}
    for outcome in outcomes:
        assert (outcome["outcome"], outcome["run_id"]) == ("failed", "spring")
        assert [(each["code"], each["actor"]) for each in outcome["reasons"]] == [("cancelled", "operator")]
    assert await redis.hget(KEYS.counters, "failed") == b"4"  # type: ignore[misc]
    assert await redis.zcard(KEYS.delayed) == 0
    assert await redis.hlen(KEYS.blocked) == 0, "the next search finds the products again"  # type: ignore[misc]


async def test_the_rest_of_the_lane_keeps_its_order(redis: Redis) -> None:
    await enqueue(redis, *(job(n, "spring" if n % 2 else "other") for n in range(10)))
    await cancel(redis)
    lease = await held(redis)
    assert [each.id for each, _ in (await claim(redis, lease)).jobs] == ["0", "2", "4", "6", "8"]


async def test_a_cancelled_job_enqueued_again_runs_once(redis: Redis) -> None:
    await enqueue(redis, job(1, "other"), job(2), job(3, "other"))
    await cancel(redis)
    await enqueue(redis, job(2, "summer"))
    lease = await held(redis)
    assert sorted(each.id for each, _ in (await claim(redis, lease)).jobs) == ["1", "2", "3"]
    assert (await claim(redis, lease)).jobs == ()


async def test_audits_continue(redis: Redis) -> None:
    await enqueue(redis, Job(SHOP, audit_job_id("1"), "audit", run_id="spring"), delay=60)
    assert await cancel(redis) == Cancelled(0, 0)
    assert await cancel(redis, "") == Cancelled(0, 0)
    assert await left(redis) == {audit_job_id("1")}


async def test_jobs_in_flight_finish(redis: Redis) -> None:
    await enqueue(redis, job(1), job(2))
    lease = await held(redis)
    await claim(redis, lease, 1)
    assert await cancel(redis) == Cancelled(1, 1)
    await commit(redis, lease, Complete("1", "in_audit"))
    assert await left(redis) == set()


async def test_a_retry_of_a_job_in_flight_ends_too(redis: Redis) -> None:
    await enqueue(redis, job(1))
    lease = await held(redis)
    await claim(redis, lease, 1)
    cancelling = asyncio.create_task(cancel(redis, wait_seconds=30))
    async with asyncio.timeout(20):
        while not await is_cancelled(redis, SHOP, "spring"):
            await asyncio.sleep(0)
    await commit(redis, lease, Requeue(job(1), 60))
    assert await cancelling == Cancelled(1, 0)
    assert await left(redis) == set()


async def test_a_retry_that_returns_during_a_pass_ends_too(redis: Redis) -> None:
    await enqueue(redis, job(1))
    lease = await held(redis)
    await claim(redis, lease, 1)

    class Racing(Cancellation):
        async def _in_flight(self, shop_id: str, ids: list[str]) -> int:
            await commit(redis, lease, Requeue(job(1), 60))
            return await super()._in_flight(shop_id, ids)

    assert await Racing(redis).cancel(SHOP, "spring", NOW, 0) == Cancelled(1, 0)
    assert await left(redis) == set()


async def test_a_shop_is_cancelled_as_a_whole(redis: Redis) -> None:
    await enqueue(redis, job(1), job(2, "other"), Job(SHOP, "3"))
    assert await cancel(redis, "") == Cancelled(3, 0)
    assert await redis.llen(KEYS.waiting) == 0  # type: ignore[misc]
    assert not await redis.exists(KEYS.overtaking)


async def test_a_run_whose_name_contains_another_is_kept(redis: Redis) -> None:
    await enqueue(redis, job(1, "spring-2"), job(2, 'a"spring'))
    assert await cancel(redis) == Cancelled(0, 0)
    assert len(await left(redis)) == 2


async def test_the_mark_stays_while_work_is_in_flight(redis: Redis) -> None:
    await enqueue(redis, job(1))
    lease = await held(redis)
    await claim(redis, lease, 1)
    await cancel(redis)
    assert await is_cancelled(redis, SHOP, "spring")
    assert not await is_cancelled(redis, SHOP, "other")
    assert 0 < await redis.ttl(cancelled_key(SHOP, "spring")) <= 3600
    await commit(redis, lease, Complete("1", "relisted"))
    await cancel(redis)
    assert not await is_cancelled(redis, SHOP, "spring")


@pytest.mark.parametrize("count", [BATCH * 5 + 1])
async def test_many_jobs_end_in_batches(redis: Redis, count: int) -> None:
    await enqueue(redis, job(count + 1, "other"), *(job(n) for n in range(count)), job(count + 2, "other"))
    await redis.config_resetstat()
    assert await cancel(redis) == Cancelled(count, 0)
    stats = await redis.info("commandstats")
    assert stats["cmdstat_evalsha"]["calls"] >= count / BATCH
    assert await redis.llen(KEYS.waiting) == count + 2, "stale entries in the middle wait for claim.lua"  # type: ignore[misc]
    lease = await held(redis)
    claimed = [each.id for each, _ in (await claim(redis, lease)).jobs]
    claimed += [each.id for each, _ in (await claim(redis, lease)).jobs]
    assert claimed == [str(count + 1), str(count + 2)]
