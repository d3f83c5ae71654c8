"""A commit whose reply was lost is repeated and does not end jobs that were enqueued since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from model.job import Job
from shop_queue.consumer import Commit, Committed, LaneConsumer
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.working_engine import DONE, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Result

SHOP = "7494"


@pytest.mark.parametrize("ends", [True, False])
async def test_a_repeated_commit_does_not_end_a_second_run(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """The job ended and was enqueued again, or it continues with its next step."""
    again, repeated, ran, in_flight = asyncio.Event(), asyncio.Event(), list[Job](), list[int]()
    commit, calls = LaneConsumer.commit, list[Sequence[Commit]]()

    async def loses_its_first_reply(holder: LaneConsumer, commits: Sequence[Commit]) -> Sequence[Committed | Exception]:
        calls.append(commits)
        replies = await commit(holder, commits)
        if len(calls) == 1:
            if ends:
                await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1", category_id="9"))])
            engine.reread(SHOP)  # so that it claims again
            async with asyncio.timeout(5):
                await again.wait()
            return [ConnectionError("Connection closed by server.")]
        if len(calls) == 2:
            repeated.set()
        return replies

    async def run(job: Job, permits: JobPermits) -> Result:
        ran.append(job)
        if len(ran) == 1:
            return DONE if ends else Continue(job, 0)
        again.set()
        async with asyncio.timeout(5):
            await repeated.wait()
        in_flight.append(await redis.zcard(lane_keys(SHOP).inflight))
        return DONE

    monkeypatch.setattr(LaneConsumer, "commit", loses_its_first_reply)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    async with working(redis, run) as engine:
        async with asyncio.timeout(10):
            await again.wait()  # until then the lane may be empty between the commit and the second job
        await until(emptied(redis, SHOP))
    assert [job.category_id for job in ran] == (["", "9"] if ends else ["", ""])
    assert in_flight == [1], "the second run is not ended by the first result"
    assert len(await outcomes(redis)) == (2 if ends else 1)
    assert [commits[0].number for commits in calls] == [1, 1, 2]
