"""Every worker is replaced while there is work for all: no job fails, no attempt is spent, no product is done twice."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.rolling import judged, until
from console.fleet import fleet_state
from console.local_fleet import LocalFleet, running_fleet
from shop_queue.keys import HOLDERS, WORKERS
from tests.faults.conservation import FINISH_SECONDS, assert_conserved, ends, search_all, until_done

PRODUCTS, RESTARTS = 1_000, 4
"""Two workers, each replaced twice."""


async def workers(fleet: LocalFleet) -> set[str]:
    return {name.decode() for name in await fleet.redis.zrange(WORKERS, 0, -1)}


async def replace_oldest(fleet: LocalFleet) -> None:
    """By SIGTERM; what it held is given back by the time it has ended, not when its leases have run out."""
    oldest = fleet.workers.pop(0)
    others = await workers(fleet)
    await oldest.end()
    assert oldest.process.returncode == 0, "it drained, and was not killed"
    (gone,) = others - await workers(fleet)
    holders = [name.decode() for name in await fleet.redis.hvals(HOLDERS)]
    assert not [name for name in holders if name.startswith(f"{gone}|")]
    await fleet.start_worker()


@pytest.mark.slow
async def test_a_rolling_restart_under_load_costs_nothing() -> None:
    # How long a shop stands still meanwhile is for the benchmark (`make bench-rolling`): this machine may be busy.
    size = ("--shops", "6", "--products", str(PRODUCTS), "--audit-seconds", "1", "3")
    async with running_fleet(2, *size, audit_poll_seconds="2") as fleet, asyncio.timeout(FINISH_SECONDS):
        await search_all(fleet)
        for number in range(RESTARTS):
            await until(fleet, PRODUCTS * (number + 1) // (RESTARTS + 2))
            assert (await fleet_state(fleet.redis))["total"]["queued"] > 0, "there must be work for it to hand back"
            await replace_oldest(fleet)
        await until_done(fleet)
        run = await judged(fleet, PRODUCTS, RESTARTS)
        assert (run.failed, run.attempts, run.edited_twice) == (0, 0, 0)
        await assert_conserved(fleet, most_edited_twice=0)
        assert len(await ends(fleet)) > PRODUCTS * 8 // 10
