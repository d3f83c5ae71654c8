"""The results of a rate-limited shop are committed together; results that others wait for are committed immediately."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.consumer import Committed, LaneConsumer
from shop_queue.operations import Commit
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Result

SHOPS = ("7494", "7495", "7496")
EACH = 24
PACED = replace(UNPACED, default_rate=40, max_rate=40, lease_seconds=30.0)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """For each round trip, the number of results of each shop in it."""
    sent = list[list[int]]()
    commit = LaneConsumer.commit

    async def counted(consumer: LaneConsumer, each: list[Commit]) -> list[Committed | Exception]:
        sent.append([len(one.operations) for one in each])
        return await commit(consumer, each)

    monkeypatch.setattr(LaneConsumer, "commit", counted)
    return sent


async def run(job: Job, permits: JobPermits) -> Result:
    await permits.acquire("read")
    return DONE


async def test_paced_shops_share_transactions(redis: Redis, commits: list[list[int]]) -> None:
    await LaneProducer(redis).enqueue(EnqueueRequest(Job(shop, str(n))) for shop in SHOPS for n in range(EACH))
    async with working(redis, run, PACED):
        await until(emptied(redis, *SHOPS), 20)
    assert sum(map(sum, commits)) == len(await outcomes(redis)) == EACH * len(SHOPS)
    # A result alone in its transaction would make as many transactions as jobs.
    assert sum(map(len, commits)) * 2 <= EACH * len(SHOPS)


async def test_the_last_result_of_a_shop_does_not_wait(
    redis: Redis, commits: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.engine.held_shop.COMMIT_SECONDS", 3600.0)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOPS[0], "1"))])
    async with working(redis, run, PACED):
        await until(emptied(redis, SHOPS[0]))
    assert commits == [[1]]


async def test_a_suspect_does_not_wait(redis: Redis, commits: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its result would be forgotten if the next job crashed the worker, and the crash would count against it."""
    monkeypatch.setattr("worker.engine.held_shop.COMMIT_SECONDS", 3600.0)
    jobs = [Job(SHOPS[0], str(n)) for n in range(4)]
    await LaneProducer(redis).enqueue(EnqueueRequest(job) for job in jobs)
    await redis.hset(f"relist:{{{SHOPS[0]}}}:interrupted", mapping={job.id: 1 for job in jobs})  # type: ignore[misc]
    async with working(redis, run, replace(PACED, default_rate=10, max_rate=10)):
        await until(emptied(redis, SHOPS[0]))
    assert commits == [[1]] * 4
