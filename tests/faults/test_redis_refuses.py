"""Redis responds but refuses writes (full, read-only, no disk space), and a disk without space for the record."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis

from console.fleet_table import fleet_state
from demo.local_fleet import LocalFleet
from redis_client.connect import AnyRedis
from tests.support.conservation import assert_conserved, search_all, until_done, until_moved
from tests.support.fault_fleets import at_work, eventually, fault_fleet, until_searched
from tests.support.free_ports import free_ports
from tests.support.redis_binary import redis_binary
from tests.support.redis_refusal import PROMISE, SETTINGS, SIZE, assert_refusal_is_survived, busy_fleet
from tests.support.redis_secured import secured_server
from tests.support.small_disk import fill, make_room, small_disk
from tests.support.survived import Survived

pytestmark = pytest.mark.slow
NO_REWRITE = ("--auto-aof-rewrite-percentage", "0")
HERE = "127.0.0.1"


@pytest.mark.parametrize(
    ("fault", "setting", "bad", "good"),
    [
        ("Redis is full (maxmemory, noeviction)", "maxmemory", 1_000_000, 0),
        ("Redis refuses writes (min-replicas-to-write without a replica)", "min-replicas-to-write", 1, 0),
    ],
    ids=["memory", "replicas"],
)
async def test_redis_refuses_writes_for_a_while(
    survived: Survived, fault: str, setting: str, bad: int, good: int
) -> None:
    async with busy_fleet("--maxmemory-policy", "noeviction") as fleet:
        change = partial(fleet.redis.config_set, setting)
        figures = await assert_refusal_is_survived(fleet, partial(change, bad), partial(change, good))
    survived(fault, promise=PROMISE, **figures)


async def test_full_disk_of_the_append_only_file(survived: Survived, tmp_path: Path) -> None:
    with small_disk(tmp_path / "data", "8m") as data:
        options = ("--appendfsync", "everysec", "--dir", str(data), *NO_REWRITE)
        async with busy_fleet(*options, append_only=True) as fleet:

            async def begin() -> None:
                fill(data)

            async def end() -> None:
                make_room(data)

            figures = await assert_refusal_is_survived(fleet, begin, end)
    survived("the disk of the append-only file is full (appendfsync everysec)", promise=PROMISE, **figures)


async def test_redis_exits_on_full_disk_with_appendfsync_always(survived: Survived, tmp_path: Path) -> None:
    """With `always`, Redis must not acknowledge a write that is not on disk, so it exits; an operator frees space."""
    with small_disk(tmp_path / "data", "8m") as data:
        options = ("--appendfsync", "always", "--dir", str(data), *NO_REWRITE)
        async with busy_fleet(*options, append_only=True) as fleet:

            async def begin() -> None:
                fill(data)
                await eventually(partial(_is_gone, fleet.redis), 15, "Redis has exited")

            async def end() -> None:
                make_room(data)
                await fleet.start_redis()

            figures = await assert_refusal_is_survived(fleet, begin, end)
    survived("the disk is full, appendfsync always: Redis exits and is started again", promise=PROMISE, **figures)


async def _is_gone(client: AnyRedis) -> bool:
    try:
        await client.execute_command("PING")
    except redis.exceptions.ConnectionError:
        return True
    return False


async def test_demoted_primary_with_connected_clients(survived: Survived, tmp_path: Path) -> None:
    """As in a planned failover without notice to clients: reads succeed, writes get READONLY."""
    port, other = free_ports(2)
    async with busy_fleet("--port", str(port), "--bind", HERE, "--repl-diskless-sync-delay", "0") as fleet:
        with _replica(tmp_path, other, port) as replica:

            async def begin() -> None:
                await fleet.redis.execute_command("FAILOVER", "TO", HERE, other)
                await eventually(partial(_is_replica, fleet.redis), 15, "the primary has become a replica")

            async def end() -> None:
                # Only a replica in sync can be promoted again.
                await eventually(partial(_is_replica, fleet.redis), 15, "it is in sync with its new primary")
                await asyncio.to_thread(replica.execute_command, "FAILOVER", "TO", HERE, port)

            figures = await assert_refusal_is_survived(fleet, begin, end)
    survived("the primary becomes a read-only replica (FAILOVER), and is promoted again", promise=PROMISE, **figures)


async def _is_replica(client: AnyRedis) -> bool:
    role = await client.execute_command("ROLE")
    return role[0] == b"slave" and role[3] == b"connected"


@contextlib.contextmanager
def _replica(directory: Path, port: int, primary: int) -> Iterator[redis.Redis]:
    """A replica of the server on that port, in sync."""
    client = redis.Redis(port=port)
    options = ("--port", str(port), "--replicaof", HERE, str(primary))
    with secured_server(redis_binary(), directory, options, client):
        deadline = 15.0
        while client.info("replication")["master_link_status"] != "up":
            deadline -= 0.02
            assert deadline > 0, "the replica is not in sync"
            time.sleep(0.02)
        yield client


async def test_full_disk_of_the_record(tmp_path: Path, survived: Survived) -> None:
    with small_disk(tmp_path / "journal", "16m") as journal:
        settings = {**SETTINGS, "journal_dir": str(journal), "log_level": "INFO", "log_format": "json"}
        fleet = fault_fleet(SIZE, settings)
        fleet.log_file = tmp_path / "log"
        async with at_work(fleet):
            await search_all(fleet)
            await until_searched(fleet)
            await until_moved(fleet, 20)
            fill(journal)

            async def all_parked() -> bool:
                states = [lane["state"] for lane in (await _shops(fleet))]
                return states == ["parked", "parked"]

            parked = await eventually(all_parked, 20, "both shops are parked")
            assert "record_unavailable" in fleet.log_file.read_text()
            before = (await fleet.books())["total"]["edits_accepted"]
            await asyncio.sleep(1)
            assert (await fleet.books())["total"]["edits_accepted"] == before
            make_room(journal)

            async def resumed() -> bool:
                return (await fleet.books())["total"]["edits_accepted"] > before

            back = await eventually(resumed, 75, "edits are sent again")
            await until_done(fleet)
            books = await assert_conserved(fleet, 0)
    survived(
        "the disk of the record is full",
        promise="no edit is sent without its before-image; the shops are parked with the reason and resume",
        parked_seconds=parked,
        back_seconds=back,
        edited_twice=books["edited_more_than_once"],
    )


async def _shops(fleet: LocalFleet) -> list[dict[str, str]]:
    shops: list[dict[str, str]] = (await fleet_state(fleet.redis))["shops"]
    return shops
