"""Ends each review after a random time and sends the webhooks."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any

from simulator import reviews
from simulator.background import BackgroundTasks
from simulator.listing import Listing
from simulator.shop import SimulatedShop
from simulator.webhooks import AUDIT_CHANGE, CATEGORY_CHANGE, STATUS_CHANGE, Webhooks
from simulator.world import World


class Audits:
    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world, self._webhooks = world, webhooks
        self._random = Random(f"audits:{world.options.seed}")
        self._tasks = BackgroundTasks()

    def schedule(self, shop: SimulatedShop, listing: Listing) -> None:
        """Schedules the end of the current review, unless it is already scheduled."""
        if listing.pending is None or listing.scheduled:
            return
        listing.scheduled = True
        self._tasks.start(self._audit(shop, listing, listing.review))

    async def close(self) -> None:
        await self._tasks.close()

    async def verify_identity(self, shop: SimulatedShop) -> None:
        """Marks the seller's identity as verified; versions that waited for this go live."""
        shop.kyc_pending = False
        for index in shop.traits.indexes(shop.products, lambda traits: traits.kyc_pending):
            self._world.touch(shop, index)
        for listing in list(shop.touched.values()):
            listing.kyc_pending = False
            audit = listing.live["audit"]
            if audit["status"] != "PRE_APPROVED" or audit.get("pre_approved_reasons") != [reviews.IDENTITY]:
                continue
            if listing.pending is not None:
                await self._approve(shop, listing)
            else:
                status = reviews.status_after(listing.live["status"], self._world.options)
                new = {"status": status, "product_status": status, "audit": {"status": "APPROVED"}}
                listing.live, listing.original = {**listing.live, **new}, {**listing.original, **new}
                now = int(time.time())
                await self._webhooks.send(AUDIT_CHANGE, shop, _audit(int(listing.live["id"]), "APPROVED", now))

    async def _audit(self, shop: SimulatedShop, listing: Listing, review: int) -> None:
        options = self._world.options
        seconds, luck = self._random.uniform(*options.audit_seconds), self._random.random()
        await asyncio.sleep(seconds)
        if listing.pending is None or listing.review != review:
            return
        number, now = int(listing.live["id"]), int(time.time())
        if luck < self._reject_share(listing):
            reviews.reject(listing)
            await self._webhooks.send(AUDIT_CHANGE, shop, _audit(number, "FAILED", now))
            failure = {"product_id": number, "status": "PRODUCT_AUDIT_FAILURE", "suspended_reason": ""}
            await self._webhooks.send(STATUS_CHANGE, shop, {**failure, "update_time": now})
        elif self._by_invitation(listing):
            # Facts: invite_only_us, invite_only_elsewhere.
            if shop.region == "US":
                await self._pre_approve(shop, listing, reviews.QUALIFICATION)
            else:
                listing.stays_pending = True
        elif shop.kyc_pending or listing.kyc_pending:
            await self._pre_approve(shop, listing, reviews.IDENTITY)
        else:
            await self._approve(shop, listing)

    def _reject_share(self, listing: Listing) -> float:
        faults = self._world.faults
        if faults.rejected_from and listing.live["category_chains"][-1]["id"] == faults.rejected_from:
            return faults.rejected_share
        return self._world.options.audit_reject_share

    async def _pre_approve(self, shop: SimulatedShop, listing: Listing, reason: str) -> None:
        reviews.wait_for_approval(listing, reason)
        data = _audit(int(listing.live["id"]), "PRE_APPROVED", int(time.time()))
        data["audit"] |= (
            {"pre_approved_reason": reason}
            if self._world.options.pre_approved_reason_is_singular
            else {"pre_approved_reasons": [reason]}
        )
        await self._webhooks.send(AUDIT_CHANGE, shop, data)

    async def _approve(self, shop: SimulatedShop, listing: Listing) -> None:
        if listing.pending is None:
            return
        product_id, now = listing.live["id"], int(time.time())
        before, after = (each["category_chains"][-1]["id"] for each in (listing.live, listing.pending))
        was, moves = listing.live["status"], before != after or listing.pending_on_v2 != listing.on_v2
        reviews.approve(listing, self._world.options)
        if moves:
            change = {"product_id": product_id, "previous_category_id": before, "current_category_id": after}
            await self._webhooks.send(CATEGORY_CHANGE, shop, {**change, "update_time": now})
        await self._webhooks.send(AUDIT_CHANGE, shop, _audit(int(product_id), "APPROVED", now))
        if was != listing.live["status"]:
            first = {"product_id": int(product_id), "status": "PRODUCT_FIRST_PASS_REVIEW", "suspended_reason": ""}
            await self._webhooks.send(STATUS_CHANGE, shop, {**first, "update_time": now})

    def _by_invitation(self, listing: Listing) -> bool:
        if listing.pending is None or not listing.pending_on_v2:
            return False
        node = self._world.trees.v2.get(listing.pending["category_chains"][-1]["id"])
        return node is not None and "INVITE_ONLY" in node.permissions


def _audit(product_id: int, status: str, now: int) -> dict[str, Any]:
    return {"product_id": product_id, "audit": {"status": status}, "update_time": now}
