"""Redis is killed and restarted from its append-only file, or a replica is promoted."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.fault_fleets import (
    at_work,
    eventually,
    fault_fleet,
    same_processes,
    until_next_edit,
    until_searched,
)
from tests.support.redis_sentinel import WatchedRedis
from tests.support.repeated_edits import assert_redone
from tests.support.survived import Survived

IN_FLIGHT = 20
SIZE = ("--shops", "3", "--products", "450")
SETTINGS = {"lease_seconds": "2", "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "3", "max_rate": "20"}
RESUMED = 5.0
MARGIN = 3.0
"""Extra seconds for a busy machine."""
NO_REWRITE = ("--auto-aof-rewrite-percentage", "0")


@pytest.mark.slow
async def test_redis_kill_with_complete_append_only_file(survived: Survived) -> None:
    options = ("--appendfsync", "always", *NO_REWRITE)
    async with at_work(fault_fleet(SIZE, SETTINGS, append_only=True, redis_options=options)) as fleet:
        await search_all(fleet)
        await until_searched(fleet)
        await until_moved(fleet, 50)
        await fleet.stop_redis()
        await asyncio.sleep(1)
        await fleet.start_redis()
        took = await until_next_edit(fleet, RESUMED + MARGIN)
        await until_done(fleet)
        same_processes(fleet)
        books = await assert_conserved(fleet, 2 * IN_FLIGHT)
    survived(
        "SIGKILL of Redis and a restart, appendfsync always, script cache gone",
        promise="workers stay up, resume within 5 s of Redis's return; nothing is lost",
        resumed_seconds=took,
        edited_twice=books["edited_more_than_once"],
    )


@pytest.mark.slow
async def test_redis_kill_loses_last_second(survived: Survived) -> None:
    options = ("--appendfsync", "everysec", *NO_REWRITE)
    async with at_work(fault_fleet(SIZE, SETTINGS, append_only=True, redis_options=options)) as fleet:
        await search_all(fleet)
        await until_searched(fleet)
        await until_moved(fleet, 50)
        (journal,) = (fleet.directory / "appendonlydir").glob("*.incr.aof")
        known, size = await fleet.books(), journal.stat().st_size
        await asyncio.sleep(1)
        lost_edits = (await fleet.books())["total"]["edits_accepted"] - known["total"]["edits_accepted"]
        await fleet.stop_redis()
        lost = journal.stat().st_size - size
        with journal.open("r+b") as file:
            file.truncate(size)
        await fleet.start_redis()
        took = await until_next_edit(fleet, RESUMED + MARGIN)
        await until_done(fleet)
        await search_all(fleet)
        await until_done(fleet)
        same_processes(fleet)
        assert lost > 0
        redone = await assert_redone(fleet, 2 * IN_FLIGHT, lost_edits)
    survived(
        "SIGKILL of Redis, and its last second is lost (appendfsync everysec: the file is cut to its size 1 s earlier)",
        promise="workers stay up, resume within 5 s; at most the last second of work is repeated, after a new search",
        resumed_seconds=took,
        lost_bytes=lost,
        edits_in_the_lost_second=lost_edits,
        **redone.figures(),
    )


@pytest.mark.slow
async def test_sentinel_promotes_replica_of_killed_primary(survived: Survived) -> None:
    with WatchedRedis() as servers:
        async with at_work(fault_fleet(SIZE, SETTINGS, redis_at=servers.url)) as fleet:
            await search_all(fleet)
            await until_searched(fleet)
            await until_moved(fleet, 50)
            before = (await fleet.books())["total"]["edits_accepted"]
            killed = time.monotonic()
            servers.kill_primary()
            promoted = await eventually(lambda: asyncio.to_thread(servers.is_promoted), 30, "the replica is promoted")
            took = await until_next_edit(fleet, RESUMED + MARGIN)
            resumed = time.monotonic() - killed
            done = (await fleet.books())["total"]["edits_accepted"] - before
            await until_done(fleet)
            await search_all(fleet)
            await until_done(fleet)
            same_processes(fleet)
            redone = await assert_redone(fleet, 2 * IN_FLIGHT, done)
    survived(
        "Sentinel failover: the primary is killed, its replica is promoted",
        promise="workers stay up, resume within the failover time + 5 s",
        failover_seconds=promoted,
        resumed_after_it_seconds=took,
        resumed_in_all_seconds=resumed,
        **redone.figures(),
    )
