"""Damaged text in a key neither ends the reading of the entries after it nor stops a rebuild."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from record import reading
from record.entry import BadEntry, StoredEdit
from record.membership import join_run
from record.opening import open_record
from record.reading import KEYS_AT_ONCE, NO_SOUND_KEY, ROWS_AT_ONCE
from record.scope import Scope
from record.sqlite.connection import FILE_NAME
from record.sqlite.database import SqliteDatabase
from record.sqlite.file_format import PAGE_BYTES
from record.state import ProductState, StateChange
from tests.support.record_entries import NOON, all_of, an_edit

SHOP = "7494000000000000001"
MORE = 20


def product(number: int) -> str:
    return f"17290000000000{number:05}"


async def fill(directory: Path, edits: int) -> None:
    record = open_record("", directory)
    await asyncio.gather(*(record.append(an_edit(product(each))) for each in range(edits)))
    await record.close()


def flip(file: Path, start: bytes, name: str) -> None:
    """Turns the first digit of `name` into a letter, where it follows the bytes that match `start`."""
    data = bytearray(file.read_bytes())
    (found,) = re.finditer(start + name.encode(), bytes(data), re.DOTALL)
    data[found.end() - len(name)] ^= 0x40
    file.write_bytes(data)


async def test_entries_after_a_damaged_one_at_the_end_of_a_page_are_read(tmp_path: Path) -> None:
    await fill(tmp_path, ROWS_AT_ONCE + MORE)
    flip(tmp_path / FILE_NAME, b"own_leaf@1", SHOP + product(ROWS_AT_ONCE - 1))  # in the index by decision
    record = open_record("", tmp_path)
    found = await all_of(record.edits(Scope(decision="own_leaf@1")))
    await record.close()
    (bad,) = (entry for entry in found if isinstance(entry, BadEntry))
    assert bad.why == "its checksum does not match its content"
    good = [entry.product_id for entry in found if isinstance(entry, StoredEdit)]
    assert good == [product(each) for each in range(ROWS_AT_ONCE + MORE) if each != ROWS_AT_ONCE - 1]


async def test_entries_after_a_page_without_a_sound_row_are_read(tmp_path: Path) -> None:
    """Its last key is greater than every other, so the next page would begin behind the end."""
    await fill(tmp_path, ROWS_AT_ONCE + MORE)
    for each in range(ROWS_AT_ONCE):
        flip(tmp_path / FILE_NAME, b"own_leaf@1", SHOP + product(each))
    record = open_record("", tmp_path)
    found = await all_of(record.edits(Scope(decision="own_leaf@1")))
    quick = await all_of(record.edits(Scope(decision="own_leaf@1"), thorough=False))
    await record.close()
    good = [entry.product_id for entry in found if isinstance(entry, StoredEdit)]
    assert good == [product(each) for each in range(ROWS_AT_ONCE + MORE)]
    for entries in (found, quick):
        assert sum(isinstance(entry, BadEntry) for entry in entries) == ROWS_AT_ONCE + 1
        assert any(isinstance(entry, BadEntry) and entry.why == NO_SOUND_KEY for entry in entries)


async def test_a_damaged_key_does_not_lead_back_to_the_same_page_for_ever(tmp_path: Path) -> None:
    """The keys stand for any damage that makes them smaller than those of the page before."""
    record = open_record("", tmp_path)
    number = KEYS_AT_ONCE + MORE
    await record.set_states([StateChange(NOON, SHOP, product(each), "queued") for each in range(number)])
    await record.close()
    database = SqliteDatabase(tmp_path)
    read = database.rows

    async def with_damaged_keys(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return [("", "", *row[2:]) for row in await read(sql, parameters)]

    database.rows = with_damaged_keys  # type: ignore[method-assign]
    found = await all_of(reading.products(database))
    await database.close()
    assert any(isinstance(state, BadEntry) and state.why == NO_SOUND_KEY for state in found)


async def test_states_after_a_damaged_one_at_the_end_of_a_page_are_read(tmp_path: Path) -> None:
    record = open_record("", tmp_path)
    number = KEYS_AT_ONCE + MORE
    await record.set_states([StateChange(NOON, SHOP, product(each), "queued") for each in range(number)])
    await record.close()
    flip(tmp_path / FILE_NAME, b"", SHOP + product(KEYS_AT_ONCE - 1))
    record = open_record("", tmp_path)
    found = await all_of(record.products())
    await record.close()
    assert sum(isinstance(state, BadEntry) for state in found) == 1
    assert len({state.product_id for state in found if isinstance(state, ProductState)}) == number - 1


async def test_text_that_is_not_unicode_does_not_stop_a_rebuild(tmp_path: Path) -> None:
    """The rebuild also restores members of runs, which have no checksum."""
    await fill(tmp_path, 3)
    record = open_record("", tmp_path)
    await join_run(record.database, "spring", SHOP, [product(7)], NOON)
    await record.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("UPDATE product_names SET title = CAST(x'ff41' AS TEXT)")
        connection.execute(
            "UPDATE run_products SET product_id = CAST(x'ff41' AS TEXT) WHERE product_id = ?", (product(1),)
        )
        connection.commit()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'edits'").fetchone()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((root - 1) * PAGE_BYTES)
        file.write(bytes(8))  # the page's header; its rows are whole
    record = open_record("", tmp_path)
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert [entry.product_id for entry in found if isinstance(entry, StoredEdit)] == [*map(product, range(3))]
    assert any(isinstance(entry, BadEntry) for entry in found)
    await record.repair()
    members = [state.product_id for state in await all_of(record.products(run_id="spring"))]
    assert members == [product(each) for each in (0, 1, 2, 7)]
    assert (await record.verify()).sound
    await record.close()
