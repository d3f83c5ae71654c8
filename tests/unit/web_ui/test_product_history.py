"""A product's edits in the web UI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from record.opening import open_record
from record.record import Record
from tests.support.record_entries import an_edit, later
from web_ui.product_history import MAX_ENTRIES, read_history

SHOP, PRODUCT = "7494000000000000001", "1729000000000000001"


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    record = open_record("", tmp_path / "journal")
    yield record
    await record.close()


async def test_the_newest_edits_come_first(record: Record) -> None:
    for hours in range(3):
        await record.append(an_edit(PRODUCT, at=later(hours=hours)))
    await record.append(an_edit("12"))
    history = await read_history(record, SHOP, PRODUCT)
    assert [edit.at for edit in history.edits] == [later(hours=hours) for hours in (2, 1, 0)]
    assert history.complete
    assert history.title == f"Kettle {PRODUCT}"


async def test_a_much_edited_product_shows_its_last_edits(record: Record) -> None:
    numbers = [await record.append(an_edit(PRODUCT)) for _ in range(MAX_ENTRIES + 3)]
    history = await read_history(record, SHOP, PRODUCT)
    assert [edit.id for edit in history.edits] == numbers[:2:-1]
    assert not history.complete


async def test_a_bad_entry_is_named_among_the_others(record: Record) -> None:
    for _ in range(2):
        await record.append(an_edit(PRODUCT))
    await record.database.execute([("UPDATE edits SET kind = 'x' WHERE id = 1", ())])
    history = await read_history(record, SHOP, PRODUCT)
    assert [edit.id for edit in history.edits] == [2]
    assert [entry.id for entry in history.bad] == [1]


async def test_unavailable_record_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    record = open_record("", tmp_path / "file")
    history = await read_history(record, SHOP, PRODUCT)
    assert "is unavailable" in history.problem
    assert history.edits == ()
    await record.close()
