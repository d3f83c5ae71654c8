"""Several processes use the SQLite file concurrently: bypassing SQLite drops no lock, and descriptors do not leak."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from record.opening import open_record
from record.record import Record
from record.sqlite.database import SqliteDatabase
from tests.support.record_entries import an_edit

SHORT_VISIT = """
import asyncio, sys
from pathlib import Path
from record.opening import open_record
from record.scope import Scope

async def main():
    record = open_record("", Path(sys.argv[1]))
    print(len([entry async for entry in record.edits(Scope(run_id="spring"))]))
    await record.close()

asyncio.run(main())
"""


def edits_another_process_finds(directory: Path) -> int:
    ended = subprocess.run(
        [sys.executable, "-c", SHORT_VISIT, str(directory)], check=True, capture_output=True, text=True, timeout=60
    )
    return int(ended.stdout)


async def read_again(record: Record) -> None:
    await record.database._reader.reset()  # type: ignore[attr-defined]
    await record.counts()


async def read_past_sqlite(record: Record) -> None:
    database = record.database
    assert isinstance(database, SqliteDatabase)
    copy = await database.rebuilt()
    await copy.close()


async def open_a_second_time(record: Record) -> None:
    second = open_record("", Path(record.where))
    await second.counts()
    await second.close()


@pytest.mark.parametrize("use", [read_again, read_past_sqlite, open_a_second_time])
async def test_edits_are_kept_when_another_process_closes_the_record(
    use: Callable[[Record], Awaitable[None]], tmp_path: Path
) -> None:
    record = open_record("", tmp_path)
    await record.append(an_edit())
    await record.counts()
    await use(record)
    assert await asyncio.to_thread(edits_another_process_finds, tmp_path) == 1
    await record.append(an_edit())
    assert await asyncio.to_thread(edits_another_process_finds, tmp_path) == 2
    await record.close()


def descriptors_of(path: Path) -> int:
    found = (os.stat(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if is_open(number))
    return sum(os.path.samestat(each, path.stat()) for each in found)


def is_open(number: str) -> bool:
    return os.path.exists(f"/proc/self/fd/{number}")


async def test_descriptors_do_not_pile_up_and_close_with_the_record(tmp_path: Path) -> None:
    record = open_record("", tmp_path)
    await record.append(an_edit())
    for _ in range(20):
        await read_again(record)
    file = tmp_path / "record.sqlite3"
    assert descriptors_of(file) <= 3
    await record.close()
    assert descriptors_of(file) == 0


async def test_a_connection_that_cannot_open_leaves_no_descriptor(tmp_path: Path) -> None:
    file = tmp_path / "record.sqlite3"
    file.write_bytes(b"no database" * 100)
    record = open_record("", tmp_path)
    for _ in range(3):
        with pytest.raises(Exception, match="damaged"):
            await record.append(an_edit())
    await record.close()
    assert descriptors_of(file) == 0
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(file) as connection:
        connection.execute("SELECT * FROM edits")
