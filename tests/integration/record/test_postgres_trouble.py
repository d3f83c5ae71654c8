"""A PostgreSQL server that becomes unavailable and returns."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from record.errors import RecordUnavailable, SchemaTooNew
from record.opening import open_record
from record.postgres.connection import MIGRATIONS
from record.postgres.database import DEADLOCK_ATTEMPTS
from record.scope import Scope
from tests.support.postgres_server import ACCOUNT, PostgresServer
from tests.support.record_entries import all_of, an_edit
from tests.support.small_disk import fill, make_room, small_disk

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


async def test_edits_stop_while_the_server_is_away_and_resume(server: PostgresServer, tmp_path: Path) -> None:
    record = open_record(server.database(), tmp_path)
    await record.append(an_edit())
    server.stop(signal.SIGQUIT)
    with pytest.raises(RecordUnavailable) as error:
        await record.append(an_edit())
    assert "127.0.0.1" in str(error.value)
    assert "not-a-secret" not in str(error.value)
    with pytest.raises(RecordUnavailable):
        await all_of(record.edits(Scope()))
    await asyncio.to_thread(server.start)
    await record.append(an_edit())
    assert len(await all_of(record.edits(Scope()))) == 2
    await record.close()


FAILING = """
CREATE SEQUENCE attempts;
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('attempts') <= {times} THEN RAISE EXCEPTION 'of the test' USING ERRCODE = '{code}'; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER failing AFTER INSERT ON usage FOR EACH STATEMENT EXECUTE FUNCTION fail();
"""


async def test_an_error_in_the_middle_of_a_group_writes_nothing_of_it(server: PostgresServer, tmp_path: Path) -> None:
    url = server.database()
    record = open_record(url, tmp_path)
    await record.append(an_edit())
    with psycopg.connect(url) as connection:
        connection.execute(FAILING.format(times=1, code="53100").encode())  # the disk is full
    with pytest.raises(RecordUnavailable, match="its disk is full"):
        await record.append(an_edit())
    assert len(await all_of(record.edits(Scope()))) == 1
    await record.append(an_edit())
    assert len(await all_of(record.edits(Scope()))) == 2
    assert (await record.verify()).sound
    await record.close()


async def test_a_group_that_met_a_deadlock_is_written_again(server: PostgresServer, tmp_path: Path) -> None:
    url = server.database()
    record = open_record(url, tmp_path)
    await record.upgrade()
    with psycopg.connect(url) as connection:
        connection.execute(FAILING.format(times=DEADLOCK_ATTEMPTS - 1, code="40P01").encode())
    await record.append(an_edit())
    assert len(await all_of(record.edits(Scope()))) == 1
    assert (await record.verify()).sound
    await record.close()


async def test_a_full_disk_is_noticed_without_an_edit(tmp_path: Path) -> None:
    server = PostgresServer()
    with small_disk(server.directory / "data", "96m") as disk:
        shutil.chown(disk, ACCOUNT, ACCOUNT)
        with server:
            record = open_record(server.database(), tmp_path)
            await record.append(an_edit())
            await record.probe()
            fill(disk)
            await record.usage()
            with pytest.raises(RecordUnavailable, match="its disk is full; free space there"):
                await record.probe()
            make_room(disk)
            await record.probe()
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute("CREATE ROLE plain LOGIN")
                connection.execute("REVOKE TEMPORARY ON DATABASE record_1 FROM PUBLIC")
                connection.execute("GRANT pg_write_all_data, pg_read_all_data TO plain")
            plain = open_record(server.url("record_1").replace("relist:not-a-secret", "plain"), tmp_path)
            await plain.probe()
            await plain.close()
            await record.close()
    shutil.rmtree(server.directory)


async def test_a_database_that_cannot_hold_every_title_is_refused(server: PostgresServer, tmp_path: Path) -> None:
    url = server.database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    record = open_record(server.url("plain"), tmp_path)
    with pytest.raises(RecordUnavailable, match="its encoding is SQL_ASCII, not UTF8; create a database"):
        await record.upgrade()
    await record.close()


async def test_a_restart_between_two_edits_loses_none(server: PostgresServer, tmp_path: Path) -> None:
    record = open_record(server.database(), tmp_path)
    await record.append(an_edit())
    await all_of(record.edits(Scope()))
    server.stop()
    await asyncio.to_thread(server.start)
    await record.append(an_edit())
    assert len(await all_of(record.edits(Scope()))) == 2
    await record.close()


async def test_a_connection_leaves_a_server_that_became_a_standby(server: PostgresServer, tmp_path: Path) -> None:
    """A failover seen from an open connection: the server no longer accepts writes."""
    url = server.database()
    record = open_record(url, tmp_path)
    await record.append(an_edit())
    name = url.rpartition("/")[2]
    read_only = f"ALTER SYSTEM SET default_transaction_read_only = on; SELECT '{name}'"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for statement in (read_only.partition(";")[0], "SELECT pg_reload_conf()"):
            connection.execute(statement.encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relist'")
    with pytest.raises(RecordUnavailable):
        await record.append(an_edit())
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        connection.execute("SELECT pg_reload_conf()")
    await record.append(an_edit())
    await record.close()


async def test_a_newer_schema_is_not_touched(server: PostgresServer, tmp_path: Path) -> None:
    url = server.database()
    record = open_record(url, tmp_path)
    await record.upgrade()
    await record.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE record_schema SET version = 99")
    with pytest.raises(SchemaTooNew, match="99"):
        await record.append(an_edit())


async def test_processes_that_start_together_upgrade_once(server: PostgresServer, tmp_path: Path) -> None:
    url = server.database()
    records = [open_record(url, tmp_path) for _ in range(5)]
    assert set(await asyncio.gather(*(record.upgrade() for record in records))) == {MIGRATIONS[-1].version}
    for record in records:
        await record.close()


def test_other_addresses_are_refused_without_repeating_them(tmp_path: Path) -> None:
    for url in ("mysql://user:not-a-secret@db/x", "postgresql://user:not-a-secret@db:port with blanks"):
        with pytest.raises(ValueError, match=r"postgresql://") as error:
            open_record(url, tmp_path)
        assert "not-a-secret" not in str(error.value)
