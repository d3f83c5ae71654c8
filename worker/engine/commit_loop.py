"""Commits results in groups: one transaction per shop, all shops in one round trip.

A rate-limited shop finishes a few jobs per second, and a transaction costs more than each result in it. So the results
of a shop with more jobs here wait briefly. After a crash within this time the next worker runs those jobs again, as it
does the claimed jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.consumer import Commit, Committed, Complete, FencedError, Operation
from shop_queue.corrupt_lane import is_lane_corruption
from worker.engine.held_shop import HeldShop
from worker.engine.state import RECONNECT_SECONDS, EngineState, wait

GATHER_SECONDS = 0.002
"""Seconds for which results that must be committed wait for those of other shops."""
ROUND_SECONDS = 0.05
"""Seconds between commits of results that may wait."""
MAX_COMMIT_SIZE = 500


class CommitLoop:
    def __init__(self, state: EngineState) -> None:
        self._state = state

    async def run(self) -> None:
        state = self._state
        while True:
            if state.needs_commit:
                await wait(state.commit_now, ROUND_SECONDS)
            else:
                await state.commit_now.wait()
            await asyncio.sleep(GATHER_SECONDS)
            state.commit_now.clear()
            now = state.clock()
            due = [shop for shop in state.needs_commit if shop.must_commit(now)]
            state.needs_commit.difference_update(due)
            batch = [
                (shop, shop.finished[: shop.unacked_commit_size or MAX_COMMIT_SIZE]) for shop in due if shop.finished
            ]
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: list[tuple[HeldShop, list[Operation]]]) -> None:
        state = self._state
        began = state.clock()
        commits = []
        for shop, operations in batch:
            state.check(not shop.committing, "a shop has one commit at a time", shop.shop_id)
            if not shop.unacked_commit_size:
                shop.commit_count += 1
                shop.commit_at = None  # results that arrive in the meantime have their own time
            shop.committing, shop.unacked_commit_size = True, len(operations)
            commits.append(Commit(shop.lease, operations, shop.unstored_rates(), shop.commit_count))
        replies: Sequence[Committed | Exception]
        try:
            replies = await state.consumer.commit(commits)
        except REDIS_UNAVAILABLE as unavailable:
            replies = [unavailable] * len(batch)
        committed, failed = 0, dict[HeldShop, Exception]()
        for (shop, operations), commit, reply in zip(batch, commits, replies, strict=True):
            shop.committing = False
            if isinstance(reply, Committed):
                shop.stored_rates = commit.pace or shop.stored_rates
                self._accept(shop, reply)
                committed += len(operations)
            elif isinstance(reply, FencedError):
                state.abandon(shop)
            elif is_lane_corruption(reply):
                state.quarantine(shop, reply)
            else:
                failed[shop] = reply
        if committed:
            state.observer.committed(committed, state.clock() - began)
        if failed:
            state.observer.redis_unavailable(type(next(iter(failed.values()))).__name__)
            asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._retry, list(failed))

    def _retry(self, shops: list[HeldShop]) -> None:
        """Repeats commits with a lost reply unchanged. On a cluster a single server may be unavailable."""
        for shop in shops:
            if shop.finished:
                self._state.after_change(shop)

    def _accept(self, shop: HeldShop, reply: Committed) -> None:
        state = self._state
        # A shop abandoned while the commit was in progress has dropped its operations.
        sent = shop.unacked_commit_size
        state.check(sent <= len(shop.finished), "a commit's operations are kept", shop.shop_id)
        state.check(not sent or reply.skipped <= sent, "no more is skipped than was sent", shop.shop_id)
        for operation in shop.finished[: shop.unacked_commit_size]:
            if isinstance(operation, Complete):
                state.observer.job_committed(shop.shop_id, operation.job_id)
        del shop.finished[: shop.unacked_commit_size]
        shop.unacked_commit_size = 0
        shop.waiting, shop.next_due = reply.waiting, reply.next_due_seconds
        state.relay.note(shop.shop_id)
        # A claim whose reply was lost, or a failover that lost a commit, leaves jobs in flight that no worker runs.
        if reply.in_flight > shop.known_jobs and not shop.claiming:
            state.reacquire(shop)
        else:
            state.after_change(shop)
