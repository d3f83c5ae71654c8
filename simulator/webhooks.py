"""Sends signed webhooks at least once, with the delays, losses and duplicates set by the faults."""

from __future__ import annotations

import asyncio
import itertools
import time
from random import Random
from typing import Any

import aiohttp
import orjson

from simulator.shop import SimulatedShop
from simulator.world import World
from tiktok_shop.signing import sign_webhook

STATUS_CHANGE, DEAUTHORIZATION, CATEGORY_CHANGE, AUDIT_CHANGE = 5, 6, 18, 37
EVENT_TYPES = {
    DEAUTHORIZATION: "SELLER_DEAUTHORIZATION",
    STATUS_CHANGE: "PRODUCT_STATUS_CHANGE",
    CATEGORY_CHANGE: "PRODUCT_CATEGORY_CHANGE",
    AUDIT_CHANGE: "PRODUCT_AUDIT_STATUS_CHANGE",
}
LONGEST_HOLD = 0.5


class Webhooks:
    def __init__(self, world: World) -> None:
        self._world = world
        self._random = Random(f"webhooks:{world.options.seed}")
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._sending = asyncio.Semaphore(32)
        self._later = asyncio.Event()

    async def send(self, kind: int, shop: SimulatedShop, data: dict[str, Any]) -> None:
        """Returns after the first attempt; retries run in the background."""
        raw = orjson.dumps(
            {
                "type": kind,
                "tts_notification_id": f"sim-{next(self._numbers)}",
                "shop_id": shop.shop_id,
                "timestamp": int(time.time()),
                "data": data,
            }
        )
        faults, random = self._world.faults, self._random
        registered = shop.webhooks.get(EVENT_TYPES[kind], ("", 0))[0]
        for address in dict.fromkeys((self._world.options.webhook_url, registered)):
            if not address or random.random() < faults.webhook_drop_share:
                continue
            held = random.random() < faults.webhook_reorder_share
            for _ in range(2 if random.random() < faults.webhook_duplicate_share else 1):
                if held or faults.webhook_delay_seconds:
                    self._go(self._later_on(address, raw, held, faults.webhook_delay_seconds))
                elif await self._attempt(address, raw):
                    self._release()
                else:
                    self._go(self._retry(address, raw))

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _go(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _release(self) -> None:
        """Releases held-back webhooks after a later one was sent."""
        self._later.set()
        self._later = asyncio.Event()

    async def _later_on(self, address: str, raw: bytes, held: bool, delay: float) -> None:
        await asyncio.sleep(delay)
        if held:
            try:
                async with asyncio.timeout(LONGEST_HOLD):
                    await self._later.wait()
            except TimeoutError:
                pass  # No later webhook followed; this one is late but not lost.
        if not await self._attempt(address, raw):
            await self._retry(address, raw)

    async def _retry(self, address: str, raw: bytes) -> None:
        for pause in self._world.options.webhook_retry_seconds:
            await asyncio.sleep(pause)
            if await self._attempt(address, raw):
                return

    async def _attempt(self, address: str, raw: bytes) -> bool:
        shop = self._world.by_id.get(str(orjson.loads(raw).get("shop_id")))
        keys = self._world.options.app(shop.account.app if shop else 0)
        headers = {"authorization": sign_webhook(keys.key, keys.secret, raw)}
        headers["content-type"] = "application/json"
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3))
        try:
            async with self._sending, self._session.post(address, data=raw, headers=headers) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
