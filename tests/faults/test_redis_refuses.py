"""Redis answers and takes nothing: full, read-only, or without disk; and a disk that takes no journal."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from console.fleet import fleet_state
from console.local_fleet import LocalFleet
from shop_queue.keys import INTAKE
from tests.faults.conservation import assert_conserved, search_all, total, until_done, until_moved
from tests.faults.fleets import at_work, eventually, fault_fleet, metric, readiness, until_searched
from tests.faults.survived import Survived

IN_FLIGHT = 20
FILLER = "filler"
SIZE = ("--shops", "2", "--products", "240")
SETTINGS = {"lease_seconds": "2", "max_jobs": str(IN_FLIGHT), "audit_poll_seconds": "3", "max_rate": "20"}
TOLD_SECONDS = 40.0
"""The gateway measures every 15 s."""
BACK_SECONDS = 15.0

Change = Callable[[LocalFleet], Awaitable[None]]


async def full(fleet: LocalFleet) -> None:
    await fleet.redis.config_set("maxmemory", 1_000_000)


async def roomy(fleet: LocalFleet) -> None:
    await fleet.redis.config_set("maxmemory", 0)


async def read_only(fleet: LocalFleet) -> None:
    await fleet.redis.config_set("min-replicas-to-write", 1)


async def writable(fleet: LocalFleet) -> None:
    await fleet.redis.config_set("min-replicas-to-write", 0)


async def data_directory(fleet: LocalFleet) -> Path:
    return Path((await fleet.redis.config_get("dir"))["dir"])


async def no_disk(fleet: LocalFleet) -> None:
    fill(await data_directory(fleet))


async def disk(fleet: LocalFleet) -> None:
    (await data_directory(fleet) / FILLER).unlink()


def fill(directory: Path) -> None:
    """To the last byte."""
    with contextlib.suppress(OSError), (directory / FILLER).open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@contextlib.contextmanager
def small_disk(directory: Path, size: str) -> Iterator[Path]:
    """A disk of its own at this directory; needs root."""
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "begin", "end"),
    [
        ("Redis is full (maxmemory, noeviction)", full, roomy),
        ("Redis takes no writes (min-replicas-to-write without a replica)", read_only, writable),
        ("the disk of the append-only file is full", no_disk, disk),
    ],
    ids=["memory", "read_only", "disk"],
)
async def test_redis_refuses_writes_for_a_while(
    survived: Survived, tmp_path: Path, fault: str, begin: Change, end: Change
) -> None:
    # With `always` Redis ends itself when it can not write: what must refuse instead has `everysec`.
    options = ("--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--auto-aof-rewrite-percentage", "0")
    async with contextlib.AsyncExitStack() as stack:
        data = stack.enter_context(small_disk(tmp_path / "data", "8m"))
        options += ("--dir", str(data))
        fleet = fault_fleet(SIZE, SETTINGS, append_only=True, redis_options=options)
        await stack.enter_async_context(at_work(fleet))
        await search_all(fleet)
        await until_searched(fleet)
        await until_moved(fleet, 30)
        await begin(fleet)
        parts = (fleet.gateway, *fleet.workers)

        async def none_is_ready() -> bool:
            return [await readiness(fleet, part) for part in parts] == [503, 503, 503]

        async def all_are_ready() -> bool:
            return [await readiness(fleet, part) for part in parts] == [200, 200, 200]

        async def alarm() -> bool:
            told = await metric(fleet, fleet.gateway, "relist_redis_up")
            failed = [await metric(fleet, worker, "relist_redis_errors_total{") for worker in fleet.workers]
            return told == 0 and all(failed)

        unready = await eventually(none_is_ready, 15, "no process says that it is ready")
        with pytest.raises(RedisError):
            await fleet.redis.xadd(INTAKE, {"job": b"{}"})
        told = await eventually(alarm, TOLD_SECONDS, "relist_redis_up is 0 and the workers count errors")
        edited = (await total(fleet))["edited"]
        await end(fleet)

        async def goes_on() -> bool:
            return await all_are_ready() and (await total(fleet))["edited"] > edited

        back = await eventually(goes_on, BACK_SECONDS, "all are ready and the next edit is committed")
        await until_done(fleet)
        assert [worker.process.returncode for worker in fleet.workers] == [None, None]
        books = await assert_conserved(fleet, 2 * IN_FLIGHT)
    survived(
        fault,
        promise="/readyz and the series of RedisDown say so, feeders get an error; nothing lost, goes on by itself",
        unready_seconds=unready,
        alarm_seconds=told,
        back_seconds=back,
        edited_twice=books["edited_more_than_once"],
    )


@pytest.mark.slow
async def test_the_disk_of_the_journal_is_full(tmp_path: Path, survived: Survived) -> None:
    with small_disk(tmp_path / "journal", "2m") as journal:
        settings = {**SETTINGS, "journal_dir": str(journal), "log_level": "INFO", "log_format": "json"}
        fleet = fault_fleet(SIZE, settings)
        fleet.log_file = tmp_path / "log"
        async with at_work(fleet):
            await search_all(fleet)
            await until_searched(fleet)
            await until_moved(fleet, 20)
            fill(journal)

            async def stands() -> bool:
                states = [lane["state"] for lane in (await _shops(fleet))]
                return states == ["parked", "parked"]

            told = await eventually(stands, 20, "both shops are parked")
            assert "journal_unwritable" in fleet.log_file.read_text()
            before = (await fleet.books())["total"]["edits_accepted"]
            await asyncio.sleep(1)
            assert (await fleet.books())["total"]["edits_accepted"] == before
            (journal / FILLER).unlink()

            async def goes_on() -> bool:
                return (await fleet.books())["total"]["edits_accepted"] > before

            back = await eventually(goes_on, 75, "edits leave again")
            await until_done(fleet)
            books = await assert_conserved(fleet, 0)
    survived(
        "the disk of the journal is full",
        promise="no edit leaves without its before-image; the shops are parked and say why, and go on within a minute",
        parked_seconds=told,
        back_seconds=back,
        edited_twice=books["edited_more_than_once"],
    )


async def _shops(fleet: LocalFleet) -> list[dict[str, str]]:
    shops: list[dict[str, str]] = (await fleet_state(fleet.redis))["shops"]
    return shops
