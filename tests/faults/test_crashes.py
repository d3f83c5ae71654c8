"""Processes are killed, frozen, disconnected and restarted while they work."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.conservation import assert_conserved, search_all, total, until_done, until_moved
from tests.support.fault_fleets import fault_fleet, running_fleet
from tests.support.fleet_here import FleetOfWorkers, fleet_here
from tests.support.suspension import resume, suspend

SIZE = ("--shops", "4", "--products", "400")
SMALL = ("--shops", "4", "--products", "160")
"""For the test that `make test` runs, in which only the workers are processes."""
LEASE_SECONDS = "2"
IN_FLIGHT = 20
"""Concurrent jobs per worker."""
SETTINGS = {"lease_seconds": LEASE_SECONDS, "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "3"}


@pytest.mark.slow
async def test_killed_worker_loses_nothing() -> None:
    async with fleet_here(2, *SMALL, fleet_class=FleetOfWorkers, **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 40)
        await fleet.workers[0].kill()
        await until_done(fleet)
        await assert_conserved(fleet, IN_FLIGHT)


@pytest.mark.slow
async def test_stopping_worker_edits_nothing_twice() -> None:
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 50)
        await fleet.workers[0].end()
        assert fleet.workers[0].process.returncode == 0
        await fleet.start_worker()
        await until_moved(fleet, 120)
        await fleet.workers[1].end()
        await until_done(fleet)
        await assert_conserved(fleet, 0)


@pytest.mark.slow
async def test_kill_and_restart_of_all_processes() -> None:
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 50)
        await asyncio.gather(*(worker.kill() for worker in fleet.workers), fleet.gateway.kill())
        await asyncio.gather(fleet.start_worker(), fleet.start_worker())
        await until_done(fleet)
        await assert_conserved(fleet, 2 * IN_FLIGHT)


@pytest.mark.slow
async def test_redis_restart_without_script_cache() -> None:
    async with fault_fleet(SIZE, SETTINGS, append_only=True) as fleet:
        await fleet.add_shops()
        await asyncio.gather(fleet.start_worker(), fleet.start_worker())
        await search_all(fleet)
        await until_moved(fleet, 50)
        await fleet.stop_redis()
        await asyncio.sleep(1)
        await fleet.start_redis()
        await until_done(fleet)
        assert [worker.process.returncode for worker in fleet.workers] == [None, None]
        await assert_conserved(fleet, 2 * IN_FLIGHT)


@pytest.mark.slow
async def test_suspended_worker_commits_nothing_after_lease() -> None:
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 50)
        await suspend(fleet, fleet.workers[0])
        await until_moved(fleet, 200)
        await asyncio.sleep(float(LEASE_SECONDS))
        resume(fleet.workers[0])
        await until_done(fleet)
        await assert_conserved(fleet, IN_FLIGHT)


@pytest.mark.slow
async def test_platform_outage_loses_no_product() -> None:
    async with running_fleet(2, *SIZE, **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 50)
        await fleet.fault(outage=True)
        await asyncio.sleep(4)
        await fleet.fault(outage=False)
        await until_done(fleet)
        await assert_conserved(fleet, 0)


@pytest.mark.slow
async def test_paused_shop_stops_and_resumes() -> None:
    async with running_fleet(1, "--shops", "1", "--products", "120", **SETTINGS) as fleet:
        await search_all(fleet)
        await until_moved(fleet, 10)
        assert (await fleet.command("shops", "pause", "7494000000000000001")).code == 0
        await asyncio.sleep(1.5)
        before = (await fleet.books())["total"]["edits_accepted"]
        await asyncio.sleep(1)
        assert (await fleet.books())["total"]["edits_accepted"] == before
        assert (await total(fleet))["jobs"] > 0
        assert (await fleet.command("shops", "resume", "7494000000000000001")).code == 0
        await until_done(fleet)
        await assert_conserved(fleet, 0)
