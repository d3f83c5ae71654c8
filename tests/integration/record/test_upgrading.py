"""A record at an earlier schema is upgraded with its entries, states and counters, on both backends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from record.codec import event_row, state_row
from record.entry import NewEdit, NewEvent, StoredEdit
from record.group import WriteGroup
from record.migrations import Migration
from record.opening import open_record
from record.postgres import connection as postgres
from record.scope import Scope
from record.sqlite import connection as sqlite
from record.sqlite.writing import INSERT_EVENT
from record.state import StateChange
from tests.support.postgres_server import PostgresServer
from tests.support.record_entries import NOON, all_of, an_edit, later

SHOP = "7494000000000000001"
PUT_STATE_1 = (
    "INSERT INTO products (shop_id, product_id, state, at, reason, run_id, checksum) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (shop_id, product_id) DO UPDATE SET state = excluded.state, at = excluded.at, "
    "reason = excluded.reason, run_id = excluded.run_id, checksum = excluded.checksum"
)
"""As processes wrote states while triggers counted them."""
ADD_EDIT = WriteGroup.add_edit
CURRENT = sqlite.MIGRATIONS[-1].version


def in_audit(*numbers: int) -> list[StateChange]:
    return [StateChange(NOON, SHOP, f"17290000000000{number:05}", "in_audit", "", "spring") for number in numbers]


def without_names(group: WriteGroup, edit: NewEdit) -> int:
    """As processes added edits before titles and SKUs had a table."""
    place = ADD_EDIT(group, edit)
    group.names.clear()
    return place


@contextmanager
def release_with(version: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Code that knows migrations up to `version`, as an earlier release did."""
    with monkeypatch.context() as patch:
        for backend in (sqlite, postgres):
            known: tuple[Migration, ...] = tuple(each for each in backend.MIGRATIONS if each.version <= version)
            patch.setattr(backend, "MIGRATIONS", known)
        if version < 4:
            patch.setattr(WriteGroup, "add_edit", without_names)
        yield


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with PostgresServer() as server:
        yield server.database()


@pytest.mark.parametrize("version", range(1, CURRENT))
async def test_an_earlier_record_is_upgraded_with_all_it_has(
    url: str, version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with release_with(version, monkeypatch):
        old = open_record(url, tmp_path)
        assert await old.database.upgrade() in (version, CURRENT)
        for number in range(5):
            entry = await old.append(an_edit(f"17290000000000{number:05}"))
            event = event_row(NewEvent(entry, NOON, "answered"), number + 1, b"{}")
            await old.database.execute([(INSERT_EVENT, event)])
        if version < 3:
            await old.database.execute([(PUT_STATE_1, state_row(each)) for each in in_audit(0, 1)])
        else:
            await old.set_states(in_audit(0, 1))
        await old.close()
    if not url:
        with closing(sqlite3.connect(tmp_path / sqlite.FILE_NAME)) as file:
            assert file.execute("PRAGMA user_version").fetchone() == (version,)
    else:
        with psycopg.connect(url) as file:
            assert file.execute("SELECT version FROM record_schema").fetchone() == (version,)

    record = open_record(url, tmp_path)
    assert await record.upgrade() == CURRENT
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert [type(each) for each in found] == [StoredEdit] * 5
    assert (await record.counts())["running"] == 3
    await record.set_states([StateChange(later(hours=1), SHOP, "1729000000000000000", "relisted", "", "spring")])
    counts = await record.counts(shop_id=SHOP)
    assert (counts["in_audit"], counts["relisted"], counts["running"]) == (1, 1, 3)
    verified = await record.verify()
    assert verified.sound, verified
    assert verified.events == 5
    await record.database.execute([("DELETE FROM edit_events WHERE id = 3", ())])
    assert "5 counted, 4 found" in (await record.verify()).problems[0]
    await record.close()
