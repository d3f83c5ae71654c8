"""Flipped bits, damaged pages and truncated files: readable entries are read, unreadable ones are named."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from record.entry import BadEntry, NewEvent, StoredEdit
from record.errors import RecordUnavailable
from record.opening import open_record
from record.record import Record
from record.scope import Scope
from record.sqlite.file_format import EDIT_MARK, PAGE_BYTES
from record.state import StateChange
from tests.support.record_entries import NOON, all_of, an_edit

EDITS = 24
SHOP = "7494000000000000001"
FLIPS = 120
TABLE_LEAF = 13


def product(number: int) -> str:
    return f"17290000000000{number:05}"


async def fill(directory: Path, edits: int = EDITS) -> dict[int, StoredEdit]:
    """Writes a record of several pages and closes it, which merges its log into the file."""
    record = open_record("", directory)
    for each in range(edits):
        # Some entries are larger than a page.
        text = "".join(random.Random(each).choices("abcdefghijklmnopqrstuvwxyz ", k=400 + 1500 * (each % 6)))
        number = await record.append(an_edit(product(each), evidence={"text": text}))
        event = NewEvent(number, NOON, "answered", {"outcome": "in_audit"})
        await record.append_event(event, StateChange(NOON, SHOP, product(each), "in_audit"))
    found = await all_of(record.edits(Scope(run_id="spring")))
    await record.close()
    return {entry.id: entry for entry in found if isinstance(entry, StoredEdit)}


@pytest.fixture
async def filled(tmp_path: Path) -> tuple[Path, dict[int, StoredEdit]]:
    directory = tmp_path / "journal"
    entries = await fill(directory)
    assert len(entries) == EDITS
    return directory, entries


def flips(size: int) -> Iterator[tuple[int, int]]:
    chosen = random.Random(16)
    for _ in range(FLIPS):
        yield chosen.randrange(size), chosen.randrange(8)


def flips_of_cell_pointers(whole: bytes) -> Iterator[tuple[int, int]]:
    """A bit of each byte of the first pointers on the pages of edits, by which SQLite finds the rows."""
    chosen = random.Random(17)
    for start in range(0, len(whole), PAGE_BYTES):
        page = whole[start : start + PAGE_BYTES]
        if page[0] == TABLE_LEAF and EDIT_MARK in page:
            for byte in range(start + 8, start + 8 + 2 * min(page[4], 2)):
                yield byte, chosen.randrange(8)


async def test_no_flipped_bit_changes_or_hides_an_entry(filled: tuple[Path, dict[int, StoredEdit]]) -> None:
    directory, entries = filled
    file = directory / "record.sqlite3"
    whole = file.read_bytes()
    pointers = list(flips_of_cell_pointers(whole))
    assert len(pointers) > 10
    for byte, bit in (*flips(len(whole)), *pointers):
        damaged = bytearray(whole)
        damaged[byte] ^= 1 << bit
        file.write_bytes(damaged)
        record = open_record("", directory)
        try:
            found = await all_of(record.edits(Scope(run_id="spring")))
        finally:
            await record.close()
        file.write_bytes(whole)
        for name in ("record.sqlite3-wal", "record.sqlite3-shm"):
            (directory / name).unlink(missing_ok=True)
        where = f"bit {bit} of byte {byte} (page {byte // PAGE_BYTES + 1})"
        good = {entry.id: entry for entry in found if isinstance(entry, StoredEdit)}
        bad = [entry for entry in found if isinstance(entry, BadEntry)]
        for number, entry in good.items():
            same = entries[number]
            assert (entry.before, entry.edit, entry.evidence) == (same.before, same.edit, same.evidence), where
            assert entry.events in (same.events, ()), where
            assert entry.events or bad, where
        lost = entries.keys() - good.keys()
        assert len(lost) <= 1, where
        assert not lost or bad, where


async def test_a_zeroed_page_costs_only_its_own_entries(filled: tuple[Path, dict[int, StoredEdit]]) -> None:
    directory, entries = filled
    file = directory / "record.sqlite3"
    whole = file.read_bytes()
    for start in range(0, len(whole), PAGE_BYTES):
        file.write_bytes(whole[:start] + bytes(PAGE_BYTES) + whole[start + PAGE_BYTES :])
        record = open_record("", directory)
        try:
            found = await all_of(record.edits(Scope(run_id="spring")))
        finally:
            await record.close()
        for name in ("record.sqlite3-wal", "record.sqlite3-shm"):
            (directory / name).unlink(missing_ok=True)
        good = {entry.id for entry in found if isinstance(entry, StoredEdit)}
        with_events = {entry.id for entry in found if isinstance(entry, StoredEdit) and entry.events}
        bad = [entry for entry in found if isinstance(entry, BadEntry)]
        assert len(good) >= EDITS - 8, start // PAGE_BYTES + 1
        assert (good == entries.keys() and with_events == good) or bad


async def test_a_truncated_file_yields_what_is_left(filled: tuple[Path, dict[int, StoredEdit]]) -> None:
    directory, _ = filled
    file = directory / "record.sqlite3"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 3 // 4 + 100])
    record = open_record("", directory)
    try:
        found = await all_of(record.edits(Scope(run_id="spring")))
        assert any(isinstance(entry, StoredEdit) for entry in found)
        assert any(isinstance(entry, BadEntry) for entry in found)
        assert not (await record.verify()).sound
    finally:
        await record.close()


@pytest.mark.parametrize("size", [0, 1, 50, 100])
async def test_a_file_truncated_in_its_header_is_not_a_new_record(
    filled: tuple[Path, dict[int, StoredEdit]], size: int
) -> None:
    directory, _ = filled
    file = directory / "record.sqlite3"
    file.write_bytes(file.read_bytes()[:size])
    os.utime(file, (0, 0))  # long ago: an empty file of this moment may be one that is being created
    record = open_record("", directory)
    try:
        found = await all_of(record.edits(Scope(run_id="spring")))
        assert [type(entry) for entry in found] == [BadEntry]
        assert "relist record verify --repair" in str(found[0])
        assert not (await record.verify()).sound
        with pytest.raises(RecordUnavailable, match="its file is damaged"):
            await record.append(an_edit(product(99)))
        assert await record.repair() is not None
        assert (await record.verify()).sound
        assert await record.append(an_edit(product(99))) == 1
    finally:
        await record.close()


async def test_a_flip_in_an_index_is_noticed_when_the_product_is_looked_up(tmp_path: Path) -> None:
    directory = tmp_path / "journal"
    await fill(directory, 3)
    file = directory / "record.sqlite3"
    whole = bytearray(file.read_bytes())
    with sqlite3.connect(file) as connection:
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'edits_by_product'")
    at = whole.index(product(1).encode(), (root - 1) * PAGE_BYTES)
    assert at < root * PAGE_BYTES
    whole[at + 18] ^= 1
    file.write_bytes(whole)
    record = open_record("", directory)
    try:
        found = await all_of(record.edits(Scope(SHOP, product(1))))
        assert [type(entry) for entry in found] == [BadEntry, StoredEdit]
        assert "the index has 0 entries" in str(found[0])
    finally:
        await record.close()


async def test_repair_restores_a_damaged_record(filled: tuple[Path, dict[int, StoredEdit]]) -> None:
    directory, entries = filled
    file = directory / "record.sqlite3"
    whole = file.read_bytes()
    file.write_bytes(b"damaged!" + whole[8:])
    record = open_record("", directory)
    assert not (await record.verify()).sound
    kept = await record.repair()
    assert kept is not None
    assert kept.read_bytes()[8:] == whole[8:]
    verified = await record.verify()
    assert verified.sound, verified
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert {entry.id: entry for entry in found} == entries
    assert await record.append(an_edit(product(99))) == EDITS + 1
    assert (await record.counts())["in_audit"] == EDITS
    await record.close()


async def test_entries_in_a_damaged_log_are_found(tmp_path: Path) -> None:
    """A killed worker left a log with a flipped bit; SQLite would drop everything after it."""
    directory, copy = tmp_path / "journal", tmp_path / "copy"
    record: Record = open_record("", directory)
    for each in range(EDITS):
        await record.append(an_edit(product(each)))
    copy.mkdir()
    for name in ("record.sqlite3", "record.sqlite3-wal"):
        (copy / name).write_bytes((directory / name).read_bytes())
    await record.close()
    log = bytearray((copy / "record.sqlite3-wal").read_bytes())
    log[len(log) // 3] ^= 4
    (copy / "record.sqlite3-wal").write_bytes(log)
    after = open_record("", copy)
    try:
        found = await all_of(after.edits(Scope(run_id="spring")))
        good = [entry for entry in found if isinstance(entry, StoredEdit)]
        assert len(good) >= EDITS - 1
        assert len(good) == EDITS or any(isinstance(entry, BadEntry) for entry in found)
    finally:
        await after.close()
