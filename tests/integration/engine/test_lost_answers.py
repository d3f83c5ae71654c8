"""A commit is carried out and its answer lost: told again, it ends nothing that came in the meantime."""

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
from tests.integration.engine.test_lane_engine import DONE, emptied, outcomes, until, working
from worker.engine.call_permits import JobPermits
from worker.engine.results import Continue, Result

SHOP = "7494"


@pytest.mark.parametrize("ends", [True, False])
async def test_a_job_that_runs_again_before_the_commit_is_told_again(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """It has ended and was fed once more, or it goes on with its next step."""
    again, told_again, ran, in_flight = asyncio.Event(), asyncio.Event(), list[Job](), list[int]()
    commit, calls = LaneConsumer.commit, list[Sequence[Commit]]()

    async def loses_its_first_answer(
        holder: LaneConsumer, commits: Sequence[Commit]
    ) -> Sequence[Committed | Exception]:
        calls.append(commits)
        replies = await commit(holder, commits)
        if len(calls) == 1:
            if ends:
                await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1", category_id="9"))])
            engine.reconsider(SHOP)  # so that it looks at the lane
            async with asyncio.timeout(5):
                await again.wait()
            return [ConnectionError("Connection closed by server.")]
        if len(calls) == 2:
            told_again.set()
        return replies

    async def run(job: Job, gate: JobPermits) -> Result:
        ran.append(job)
        if len(ran) == 1:
            return DONE if ends else Continue(job, 0)
        again.set()
        async with asyncio.timeout(5):
            await told_again.wait()
        in_flight.append(await redis.zcard(lane_keys(SHOP).inflight))
        return DONE

    monkeypatch.setattr(LaneConsumer, "commit", loses_its_first_answer)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job(SHOP, "1"))])
    async with working(redis, run) as engine:
        await until(emptied(redis, SHOP))
    assert [job.category_id for job in ran] == (["", "9"] if ends else ["", ""])
    assert in_flight == [1], "the second run is not ended by what the first came to"
    assert len(await outcomes(redis)) == (2 if ends else 1)
    assert [commits[0].number for commits in calls] == [1, 1, 2]
