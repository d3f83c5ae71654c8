"""Ends each audit after a while, and tells the webhook address, signed as the platform signs."""

from __future__ import annotations

import asyncio
import itertools
import time
from random import Random
from typing import Any

import aiohttp
import orjson

from simulator.world import Listing, SimulatedShop, World
from tiktok_shop.signing import sign_webhook

RETRY_SECONDS = (0.5, 2.0, 10.0)


class Audits:
    def __init__(self, world: World) -> None:
        self._world = world
        self._random = Random(f"audits:{world.options.seed}")
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._sending = asyncio.Semaphore(32)

    def submit(self, shop: SimulatedShop, listing: Listing) -> None:
        task = asyncio.create_task(self._audit(shop, listing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _audit(self, shop: SimulatedShop, listing: Listing) -> None:
        await asyncio.sleep(self._random.uniform(*self._world.options.audit_seconds))
        approved = self._random.random() >= self._world.options.audit_reject_share
        before = listing.live["category_chains"][-1]["id"]
        self._world.end_audit(shop, listing, approved)
        product_id = listing.live["id"]
        now = int(time.time())
        if approved:
            after = listing.live["category_chains"][-1]["id"]
            await self._tell(
                18,
                shop,
                {
                    "product_id": product_id,
                    "previous_category_id": before,
                    "current_category_id": after,
                    "update_time": now,
                },
            )
        status = "APPROVED" if approved else "FAILED"
        await self._tell(37, shop, {"product_id": int(product_id), "audit": {"status": status}, "update_time": now})
        if not approved:
            await self._tell(
                5, shop, {"product_id": int(product_id), "status": "PRODUCT_AUDIT_FAILURE", "update_time": now}
            )

    async def _tell(self, kind: int, shop: SimulatedShop, data: dict[str, Any]) -> None:
        options = self._world.options
        if not options.webhook_url:
            return
        raw = orjson.dumps(
            {
                "type": kind,
                "tts_notification_id": f"sim-{next(self._numbers)}",
                "shop_id": shop.shop_id,
                "timestamp": int(time.time()),
                "data": data,
            }
        )
        headers = {"authorization": sign_webhook(options.app_key, options.app_secret, raw)}
        headers["content-type"] = "application/json"
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3))
        for pause in (*RETRY_SECONDS, 0.0):
            try:
                async with self._sending, self._session.post(options.webhook_url, data=raw, headers=headers) as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(pause)
