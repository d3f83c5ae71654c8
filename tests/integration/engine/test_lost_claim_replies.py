"""A lane is read again after a claim whose reply was lost, so that no job is left in flight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from model.job import Job
from shop_queue.consumer import ClaimBatch, LaneConsumer, OpenedLane
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Result

SHOP = "7494"
JOBS = 15


async def test_the_last_jobs_of_a_lane_are_not_left_in_flight(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """All other jobs are committed before the lost claim is repeated, so the lane looks empty then."""
    monkeypatch.setattr("worker.engine.claims.RECONNECT_SECONDS", 1.0)
    claim, lost = LaneConsumer.claim, list[int]()

    async def loses_the_last_claim(
        consumer: LaneConsumer, wants: Sequence[tuple[Lease, int]]
    ) -> Sequence[ClaimBatch | Exception]:
        replies = await claim(consumer, wants)
        (reply,) = replies
        assert isinstance(reply, ClaimBatch)
        if reply.jobs and not reply.waiting:
            lost.append(len(reply.jobs))
            return [RedisConnectionError("Connection closed by server.")]
        return replies

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    monkeypatch.setattr(LaneConsumer, "claim", loses_the_last_claim)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, str(n))) for n in range(JOBS)])
    options = replace(UNPACED, default_rate=10, max_rate=10, lease_seconds=60.0)
    async with working(redis, run, options):
        await until(emptied(redis, SHOP), 15)
    assert len(lost) == 1
    assert len(await outcomes(redis)) == JOBS


@pytest.mark.parametrize("jobs", [1, JOBS])
async def test_jobs_claimed_with_a_lost_opening_are_not_left_in_flight(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """The lane is opened again under the same lease, which recovers nothing."""
    open_and_claim, lost = LaneConsumer.open_and_claim, list[int]()

    async def loses_the_first_reply(
        consumer: LaneConsumer, leases: Sequence[Lease], count: int
    ) -> list[tuple[OpenedLane | Exception, ClaimBatch | Exception | None]]:
        replies = await open_and_claim(consumer, leases, count)
        if not lost:
            lost.append(len(replies))
            raise RedisConnectionError("Connection closed by server.")
        return replies

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    monkeypatch.setattr(LaneConsumer, "open_and_claim", loses_the_first_reply)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, str(n))) for n in range(jobs)])
    async with working(redis, run, replace(UNPACED, default_rate=10, max_rate=100, lease_seconds=60.0)):
        await until(emptied(redis, SHOP), 15)
    assert lost == [1]
    assert len(await outcomes(redis)) == jobs
