"""Commits whose reply was lost."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from redis.exceptions import ConnectionError as RedisConnectionError

from model.job import Job
from shop_queue.consumer import Commit, Committed, Release
from tests.support.engine_state import Watch, engine_state, hold
from worker.engine.commit_loop import CommitLoop
from worker.engine.held_shop import HeldShop
from worker.engine.state import EngineState


class LosesReplies:
    """Receives commits one by one and replies to each as the test says."""

    def __init__(self) -> None:
        self.received = asyncio.Queue[tuple[int, list[str]]]()
        self.answers = asyncio.Queue[Committed | Exception]()

    async def commit(self, commits: Sequence[Commit]) -> list[Committed | Exception]:
        (commit,) = commits
        ids = [each.job_id for each in commit.operations if isinstance(each, Release)]
        self.received.put_nowait((commit.number, ids))
        return [await self.answers.get()]


LOST = RedisConnectionError("Connection closed by server.")
DONE = Committed(0, None, 0)


@asynccontextmanager
async def committing() -> AsyncIterator[tuple[EngineState, HeldShop, LosesReplies]]:
    state = engine_state({}, Watch())
    holder, shop = LosesReplies(), hold(state)
    state.consumer = holder  # type: ignore[assignment]
    loop = asyncio.create_task(CommitLoop(state).run())
    async with asyncio.timeout(10):
        yield state, shop, holder
    loop.cancel()


def ends(state: EngineState, shop: HeldShop, *jobs: str) -> None:
    shop.finished += [Release(job) for job in jobs]
    state.after_change(shop)


async def test_a_repeated_commit_does_not_grow() -> None:
    async with committing() as (state, shop, holder):
        ends(state, shop, "1", "2")
        assert await holder.received.get() == (1, ["1", "2"])
        ends(state, shop, "3")
        holder.answers.put_nowait(LOST)
        assert await holder.received.get() == (1, ["1", "2"])
        holder.answers.put_nowait(DONE)
        assert await holder.received.get() == (2, ["3"])
        holder.answers.put_nowait(DONE)
        while shop.finished:
            await asyncio.sleep(0)
    assert shop.unacked_commit_size == 0


async def test_the_end_of_a_suspect_during_a_commit_does_not_wait_for_more() -> None:
    async with committing() as (state, shop, holder):
        shop.add_claimed(Job(shop.shop_id, "9"), 0)  # results of a shop with further jobs wait
        for number, job in ((1, "1"), (2, "2")):
            shop.commit_at = -math.inf
            ends(state, shop, job)
            if number == 1:
                assert await holder.received.get() == (1, ["1"])
        holder.answers.put_nowait(DONE)
        assert await holder.received.get() == (2, ["2"])
        ends(state, shop, "3")
        holder.answers.put_nowait(DONE)
        while shop.committing:
            await asyncio.sleep(0)
        assert not shop.must_commit(state.clock())


async def test_a_quarantine_does_not_reuse_a_commit_number() -> None:
    async with committing() as (state, shop, holder):
        ends(state, shop, "1", "2")
        assert await holder.received.get() == (1, ["1", "2"])
        holder.answers.put_nowait(LOST)
        while shop.committing:
            await asyncio.sleep(0)
        state.quarantine(shop, Exception("a claim met a key of a wrong type"))
        ends(state, shop, "3")
        assert await holder.received.get() == (2, ["3"])
