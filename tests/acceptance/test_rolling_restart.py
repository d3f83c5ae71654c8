"""Every worker is replaced while all have work: no job fails, no attempt is used, no product is edited twice."""

from __future__ import annotations

import asyncio
import socket

import pytest

from benchmarks.rolling import evaluate
from console.fleet_table import fleet_state
from demo.local_fleet import LocalFleet, Part, running_fleet
from shop_queue.keys import HOLDERS
from tests.support.conservation import FINISH_SECONDS, assert_conserved, ends, search_all, until_done

PRODUCTS, RESTARTS = 1_000, 4
"""Two workers, each replaced twice."""
SLOWLY = {"default_rate": "6", "max_rate": "6"}
"""Requests per second and shop: low enough that work remains until the last worker is replaced."""


async def holds(fleet: LocalFleet, worker: Part) -> bool:
    """Whether a worker holds shops."""
    name = f"{socket.gethostname()}-{worker.process.pid}-"
    return any(holder.decode().startswith(name) for holder in await fleet.redis.hvals(HOLDERS))


async def until_all_work(fleet: LocalFleet) -> None:
    while not all([await holds(fleet, worker) for worker in fleet.workers]):
        await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_rolling_restart_under_load() -> None:
    # The benchmark (`make bench-rolling`) measures how long shops wait; this machine may be busy.
    size = ("--shops", "6", "--products", str(PRODUCTS), "--audit-seconds", "1", "3")
    async with running_fleet(2, *size, audit_poll_seconds="2", **SLOWLY) as fleet, asyncio.timeout(FINISH_SECONDS):
        await search_all(fleet)
        for _ in range(RESTARTS):
            await until_all_work(fleet)
            oldest = fleet.workers.pop(0)
            await oldest.end()
            assert oldest.process.returncode == 0, "it drained, and was not killed"
            assert not await holds(fleet, oldest), "leases are released and do not expire"
            assert (await fleet_state(fleet.redis))["total"]["queued"] > 0, "there was work to release"
            await fleet.start_worker()
        await until_done(fleet)
        run = await evaluate(fleet, PRODUCTS, RESTARTS)
        assert (run.failed, run.attempts, run.edited_twice) == (0, 0, 0)
        await assert_conserved(fleet, 0)
        assert len(await ends(fleet)) > PRODUCTS * 8 // 10
