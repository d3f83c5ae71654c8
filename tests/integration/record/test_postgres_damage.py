"""Flipped bits in PostgreSQL's files and values: nothing changes or vanishes silently."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from record.entry import BadEntry, NewEvent, StoredEdit
from record.errors import DamagedStore
from record.opening import open_record
from record.record import Record
from record.scope import Scope
from tests.support.postgres_server import PostgresServer
from tests.support.record_entries import NOON, all_of, an_edit

pytestmark = pytest.mark.slow
EDITS, COPIES = 6, 30
PAGE_BYTES = 8192


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


async def fill(record: Record) -> dict[int, StoredEdit]:
    for each in range(EDITS):
        number = await record.append(an_edit(f"17290000000000{each:05}"))
        await record.append_event(NewEvent(number, NOON, "answered", {"outcome": "in_audit"}))
    found = await all_of(record.edits(Scope(run_id="spring")))
    return {entry.id: entry for entry in found if isinstance(entry, StoredEdit)}


async def read(record: Record) -> tuple[list[StoredEdit], list[BadEntry]]:
    entries = await all_of(record.edits(Scope(run_id="spring")))
    good = [entry for entry in entries if isinstance(entry, StoredEdit)]
    return good, [entry for entry in entries if isinstance(entry, BadEntry)]


async def is_noticed(record: Record) -> bool:
    try:
        return not (await record.verify()).sound
    except DamagedStore:
        return True


def copied(server: PostgresServer, url: str) -> str:
    """A copy of a database to which nobody is connected."""
    source, target = url.rpartition("/")[2], server.database()
    name = target.rpartition("/")[2]
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}".encode())
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy".encode())
    return target


def file_of(server: PostgresServer, url: str, table: str) -> Path:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_relation_filepath(%s)", (table,)).fetchone()
    assert row is not None
    return server.directory / "data" / str(row[0])


def flip(file: Path, chosen: random.Random) -> None:
    """Flips a bit of the part of a page that rows take."""
    data = bytearray(file.read_bytes())
    start = int.from_bytes(data[14:16], "little")  # pd_upper
    data[chosen.randrange(start, PAGE_BYTES)] ^= 1 << chosen.randrange(8)
    file.write_bytes(data)


@pytest.mark.parametrize("table", ["edits", "edit_events"])
async def test_no_flipped_bit_of_a_file_changes_or_hides_an_entry(
    server: PostgresServer, table: str, tmp_path: Path
) -> None:
    url = server.database()
    record = open_record(url, tmp_path)
    whole = await fill(record)
    await record.close()
    copies = [copied(server, url) for _ in range(COPIES)]
    files = [file_of(server, each, table) for each in copies]
    server.stop()
    chosen = random.Random(16)
    for file in files:
        flip(file, chosen)
    server.start()
    for each in copies:
        record = open_record(each, tmp_path)
        good, bad = await read(record)
        assert all((entry.before, entry.edit) == (whole[entry.id].before, whole[entry.id].edit) for entry in good)
        if len(good) < len(whole) or any(entry.events != whole[entry.id].events for entry in good):
            assert bad
        assert await is_noticed(record)
        await record.close()


@pytest.mark.parametrize("column", ["content", "checksum"])
async def test_a_flipped_bit_of_a_value_costs_only_its_entry(
    server: PostgresServer, column: str, tmp_path: Path
) -> None:
    """As a server without data checksums returns it."""
    record = open_record(server.database(), tmp_path)
    whole = await fill(record)
    chosen, numbers = random.Random(16), sorted(whole)
    flipped = f"UPDATE edits SET {column} = set_bit({column}, ?, 1 - get_bit({column}, ?)) WHERE id = ?"
    for _ in range(COPIES):
        number, bit = chosen.choice(numbers), chosen.randrange(64)
        await record.database.execute([(flipped, (bit, bit, number))])
        good, bad = await read(record)
        assert {entry.id for entry in good} == set(whole) - {number}
        assert [entry.id for entry in bad] == [number]
        await record.database.execute([(flipped, (bit, bit, number))])
    assert not await is_noticed(record)
    await record.close()
