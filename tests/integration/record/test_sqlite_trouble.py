"""A full or missing disk, files of other releases, and file permissions."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from record.errors import RecordUnavailable, SchemaTooNew
from record.opening import open_record
from record.record import Record
from record.scope import EDIT_COLUMNS, Scope, page
from record.sqlite.connection import APPLICATION, FILE_NAME, MIGRATIONS
from record.sqlite.disk_space import PROBE_BYTES
from tests.support.record_entries import all_of, an_edit
from tests.support.small_disk import fill, make_room, small_disk


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "journal"


async def count(record: Record) -> int:
    return len(await all_of(record.edits(Scope(run_id="spring"))))


async def test_a_directory_that_cannot_be_created_stops_edits_until_it_can(directory: Path) -> None:
    directory.write_text("a file is in the way")
    record = open_record("", directory)
    with pytest.raises(RecordUnavailable, match=f"record in {directory} is unavailable: File exists; create"):
        await record.append(an_edit())
    directory.unlink()
    await record.append(an_edit())
    assert await count(record) == 1
    await record.close()


async def test_a_full_disk_stops_edits_until_there_is_space(directory: Path) -> None:
    record = open_record("", directory)
    await record.append(an_edit())
    limit = "PRAGMA max_page_count = {}"

    def set_limit(pages: int) -> None:
        connection = record.database._writer._connection  # type: ignore[attr-defined]
        assert isinstance(connection, sqlite3.Connection)
        connection.execute(limit.format(pages))

    set_limit(1)
    with pytest.raises(RecordUnavailable, match="database or disk is full; free space on that disk, or prune"):
        await record.append(an_edit(evidence={"text": "x" * 3 + str(list(range(5000)))}))
    # The connection was opened again, without the limit: the disk has space now.
    await record.append(an_edit())
    assert await count(record) == 2
    assert (await record.verify()).sound
    await record.close()


async def test_a_probe_fails_where_an_edit_would(directory: Path) -> None:
    """A limit like a quota: the disk has free bytes, but this process may not use them."""
    record = open_record("", directory)
    await record.append(an_edit())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PROBE_BYTES // 2, limits[1]))
    try:
        with pytest.raises(RecordUnavailable, match="File too large"):
            await record.probe()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    await record.probe()
    await record.append(an_edit())
    assert sorted(file.name for file in directory.iterdir()) == [FILE_NAME, f"{FILE_NAME}-shm", f"{FILE_NAME}-wal"]
    await record.close()


@pytest.mark.slow
async def test_a_probe_finds_a_full_disk(directory: Path) -> None:
    with small_disk(directory, "16m") as disk:
        record = open_record("", disk)
        await record.append(an_edit())
        await record.probe()
        fill(disk)
        with pytest.raises(RecordUnavailable, match="No space left on device; free space on that disk, or prune"):
            await record.probe()
        make_room(disk)
        await record.probe()
        await record.append(an_edit())
        await record.close()


async def test_a_removed_directory_is_noticed_before_the_next_edit(directory: Path) -> None:
    record = open_record("", directory)
    await record.append(an_edit())
    shutil.rmtree(directory)
    await record.append(an_edit())
    other = open_record("", directory)
    assert await count(other) == 1
    await other.close()
    await record.close()


async def test_a_reader_makes_an_empty_record(directory: Path) -> None:
    record = open_record("", directory)
    assert await count(record) == 0
    await record.close()


async def test_a_newer_schema_is_not_touched(directory: Path) -> None:
    record = open_record("", directory)
    await record.upgrade()
    await record.close()
    with sqlite3.connect(directory / "record.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute(f"PRAGMA application_id = {APPLICATION << 16 | 99}")
    connection.close()
    record = open_record("", directory)
    for use in (record.upgrade(), record.append(an_edit()), count(record)):
        with pytest.raises(
            SchemaTooNew, match=f"has schema version 99, this release knows up to {MIGRATIONS[-1].version}"
        ):
            await use
    await record.close()


async def test_only_the_owner_may_read_the_files(directory: Path) -> None:
    record = open_record("", directory)
    await record.append(an_edit())
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    await record.close()


async def test_an_erased_shop_leaves_no_bytes_in_the_files(directory: Path) -> None:
    record = open_record("", directory)
    shop = "7494000000000000009"
    for each in range(30):
        await record.append(an_edit(f"17290000000000{each:05}", shop_id=shop))
    await record.append(an_edit())
    await record.erase_shop(shop)
    await record.close()
    for file in directory.iterdir():
        assert shop.encode() not in file.read_bytes(), file.name


async def test_the_index_is_used_for_every_scope(directory: Path) -> None:
    record = open_record("", directory)
    await record.upgrade()
    for scope in (Scope(), Scope("1"), Scope("1", "2"), Scope(run_id="r"), Scope("1", run_id="r"), Scope(decision="d")):
        for after in (None, page(scope, None).order):
            query = page(scope, after)
            plan = await record.database.rows(f"EXPLAIN QUERY PLAN {query.sql(EDIT_COLUMNS)}", (*query.parameters, 100))
            text = " ".join(str(row[3]) for row in plan)
            assert "USING INDEX edits_by_" in text, (scope, text)
            assert "TEMP B-TREE" not in text, (scope, text)
    await record.close()
