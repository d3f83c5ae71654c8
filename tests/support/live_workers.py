"""Waits until workers have shown their first sign of life."""

from __future__ import annotations

import asyncio

from console.fleet_table import fleet_state
from demo.local_fleet import LocalFleet


async def until_workers(fleet: LocalFleet, count: int) -> None:
    async with asyncio.timeout(60):
        while len((await fleet_state(fleet.redis))["workers"]) != count:
            await asyncio.sleep(0.05)
