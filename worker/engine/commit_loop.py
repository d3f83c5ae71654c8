"""Commits what has ended, in groups: one transaction a shop, all shops in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import Commit, Committed, FencedError, Operation
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.held_shop import HeldShop
from worker.engine.state import RECONNECT_SECONDS, EngineState

GATHER_SECONDS = 0.002
MOST_COMMITTED = 500


class CommitLoop:
    def __init__(self, state: EngineState) -> None:
        self._state = state

    async def run(self) -> None:
        state = self._state
        while True:
            await state.commit_now.wait()
            await asyncio.sleep(GATHER_SECONDS)
            state.commit_now.clear()
            batch = [
                (shop, shop.finished[: shop.told or MOST_COMMITTED]) for shop in state.needs_commit if shop.finished
            ]
            state.needs_commit.clear()
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: list[tuple[HeldShop, list[Operation]]]) -> None:
        state = self._state
        began = state.clock()
        commits = []
        for shop, operations in batch:
            if not shop.told:
                shop.commits += 1
            shop.committing, shop.told = True, len(operations)
            commits.append(Commit(shop.lease, operations, shop.pacing.learned(), shop.commits))
        replies: Sequence[Committed | Exception]
        try:
            replies = await state.holder.commit(commits)
        except REDIS_UNAVAILABLE as away:
            replies = [away] * len(batch)
        committed, failed = 0, dict[HeldShop, Exception]()
        for (shop, operations), reply in zip(batch, replies, strict=True):
            shop.committing = False
            if isinstance(reply, Committed):
                self._accept(shop, reply)
                committed += len(operations)
            elif isinstance(reply, FencedError):
                state.drop(shop)
            elif is_lane_corruption(reply):
                state.quarantine(shop, reply)
            else:
                failed[shop] = reply
        if committed:
            state.observer.committed(committed, state.clock() - began)
        if failed:
            state.observer.redis_unavailable(type(next(iter(failed.values()))).__name__)
            asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._again, list(failed))

    def _again(self, shops: list[HeldShop]) -> None:
        """A commit whose answer was lost is told again as it was; of a cluster one server may be away alone."""
        for shop in shops:
            if shop.finished:
                self._state.after_change(shop)

    def _accept(self, shop: HeldShop, reply: Committed) -> None:
        state = self._state
        del shop.finished[: shop.told]
        shop.told = 0
        shop.waiting, shop.next_due = reply.waiting, reply.next_due_seconds
        state.relay.note(shop.shop_id)
        # A claim whose answer was lost, or a failover that lost a commit, leaves jobs in flight that nobody works on.
        if reply.in_flight > shop.known_jobs and not shop.claiming:
            state.reacquire(shop)
        else:
            state.after_change(shop)
