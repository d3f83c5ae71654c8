"""A lane is read again after a claim or a start whose reply was lost, so that no job lies in flight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from model.job import Job
from shop_queue.consumer import ClaimBatch, LaneConsumer
from shop_queue.keys import lane_keys
from shop_queue.leases import Lease
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, UNPACED, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Result

SHOP = "7494"


@pytest.mark.parametrize("start_fails", [False, True])
async def test_the_last_job_of_a_lane_is_not_left_in_flight(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, start_fails: bool
) -> None:
    claim, start, lost = LaneConsumer.claim, LaneConsumer.start, {"claim": 1, "start": int(start_fails)}

    async def loses_claims(
        consumer: LaneConsumer, wants: Sequence[tuple[Lease, int]]
    ) -> Sequence[ClaimBatch | Exception]:
        replies = await claim(consumer, wants)
        if lost["claim"] and not lost["start"]:
            lost["claim"] -= 1
            return [RedisConnectionError("Connection closed by server.")] * len(wants)
        return replies

    async def loses_starts(consumer: LaneConsumer, lease: Lease, job_id: str) -> None:
        await start(consumer, lease, job_id)
        if lost["start"]:
            lost["start"] -= 1
            raise RedisConnectionError("Connection closed by server.")

    async def run(job: Job, permits: JobPermits) -> Result:
        return DONE

    monkeypatch.setattr(LaneConsumer, "claim", loses_claims)
    monkeypatch.setattr(LaneConsumer, "start", loses_starts)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    await redis.hset(lane_keys(SHOP).crashes, "1", 1)  # type: ignore[misc]
    async with working(redis, run, replace(UNPACED, lease_seconds=60.0)):
        await until(emptied(redis, SHOP), 10)
    assert [each["product_id"] for each in await outcomes(redis)] == ["1"]
