"""Ends each review after a while, and tells."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any

from simulator import reviews
from simulator.webhooks import AUDIT_CHANGE, CATEGORY_CHANGE, STATUS_CHANGE, Webhooks
from simulator.world import Listing, SimulatedShop, World


class Audits:
    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world, self._webhooks = world, webhooks
        self._random = Random(f"audits:{world.options.seed}")
        self._tasks: set[asyncio.Task[None]] = set()

    def schedule(self, shop: SimulatedShop, listing: Listing) -> None:
        """The end of the review under way, unless it is scheduled already."""
        if listing.pending is None or listing.scheduled:
            return
        listing.scheduled = True
        task = asyncio.create_task(self._audit(shop, listing, listing.review))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _audit(self, shop: SimulatedShop, listing: Listing, review: int) -> None:
        options = self._world.options
        seconds, luck = self._random.uniform(*options.audit_seconds), self._random.random()
        await asyncio.sleep(seconds)
        if listing.pending is None or listing.review != review:
            return
        product_id, now = listing.live["id"], int(time.time())
        number, before = int(product_id), listing.live["category_chains"][-1]["id"]
        after = listing.pending["category_chains"][-1]["id"]
        if luck < options.audit_reject_share:
            reviews.reject(listing)
            await self._webhooks.send(AUDIT_CHANGE, shop, _audit(number, "FAILED", now))
            failure = {"product_id": number, "status": "PRODUCT_AUDIT_FAILURE", "suspended_reason": ""}
            await self._webhooks.send(STATUS_CHANGE, shop, {**failure, "update_time": now})
        elif self._must_qualify(listing, after):
            reviews.wait_for_qualification(listing)
            data = _audit(number, "PRE_APPROVED", now)
            reason = reviews.QUALIFICATION
            data["audit"] |= (
                {"pre_approved_reason": reason}
                if options.pre_approved_reason_is_singular
                else {"pre_approved_reasons": [reason]}
            )
            await self._webhooks.send(AUDIT_CHANGE, shop, data)
        else:
            was, moves = listing.live["status"], before != after or listing.pending_on_v2 != listing.on_v2
            reviews.approve(listing, options)
            if moves:
                change = {"product_id": product_id, "previous_category_id": before, "current_category_id": after}
                await self._webhooks.send(CATEGORY_CHANGE, shop, {**change, "update_time": now})
            await self._webhooks.send(AUDIT_CHANGE, shop, _audit(number, "APPROVED", now))
            if was != listing.live["status"]:
                first = {"product_id": number, "status": "PRODUCT_FIRST_PASS_REVIEW", "suspended_reason": ""}
                await self._webhooks.send(STATUS_CHANGE, shop, {**first, "update_time": now})

    def _must_qualify(self, listing: Listing, category_id: str) -> bool:
        node = self._world.trees.v2.get(category_id)
        return listing.pending_on_v2 and node is not None and "INVITE_ONLY" in node.permissions


def _audit(product_id: int, status: str, now: int) -> dict[str, Any]:
    return {"product_id": product_id, "audit": {"status": status}, "update_time": now}
