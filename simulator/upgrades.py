"""The category upgrade task, which moves movable products in steps and sends a webhook for each."""

from __future__ import annotations

import asyncio
import time
from random import Random

from simulator.background import BackgroundTasks
from simulator.shop import SimulatedShop
from simulator.traits import DAY
from simulator.webhooks import CATEGORY_CHANGE, Webhooks
from simulator.world import World

STEPS = 20


class Upgrades:
    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world, self._webhooks = world, webhooks
        self._random = Random(f"upgrades:{world.options.seed}")
        self._tasks = BackgroundTasks()

    async def start(self, shop: SimulatedShop) -> None:
        """Starts a task unless one is running. With `upgrade_seconds` 0 the task ends before this returns."""
        if shop.upgrading:
            return
        shop.upgrading = True
        if not self._world.options.upgrade_seconds:
            await self._run(shop)
            return
        self._tasks.start(self._run(shop))

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self, shop: SimulatedShop) -> None:
        try:
            count, options = self._world.count(shop), self._world.options
            step = max(1, -(-count // STEPS))
            for first in range(0, count, step):
                if options.upgrade_seconds:
                    await asyncio.sleep(options.upgrade_seconds / STEPS)
                for index in range(first, min(first + step, count)):
                    if self._can_move(shop, index) and self._random.random() < options.upgrade_share:
                        await self._move(shop, index)
        finally:
            shop.upgrading = False

    def _can_move(self, shop: SimulatedShop, index: int) -> bool:
        """Whether the product is a day old, not under review, and in a leaf that exists and is open in the v2 tree."""
        world = self._world
        if world.on_v2(shop, index) or world.status(shop, index) != ("ACTIVATE", "APPROVED"):
            return False
        if time.time() - world.create_time(shop, index) < DAY:
            return False
        node = world.trees.v2.get(world.peek(shop, index)["category_chains"][-1]["id"])
        return node is not None and node.leaf and "AVAILABLE" in node.permissions

    async def _move(self, shop: SimulatedShop, index: int) -> None:
        listing, trees, now = self._world.touch(shop, index), self._world.trees, int(time.time())
        leaf = listing.live["category_chains"][-1]["id"]
        listing.live = {**listing.live, "category_chains": trees.chain(leaf, trees.v2), "update_time": now}
        listing.live.pop("recommended_categories", None)
        listing.on_v2 = listing.upgraded = True
        change = {"previous_category_id": leaf, "current_category_id": leaf, "update_time": now}
        await self._webhooks.send(CATEGORY_CHANGE, shop, {"product_id": listing.live["id"], **change})
