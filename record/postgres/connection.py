"""Connects to PostgreSQL and translates its errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from record.errors import DamagedStore, RecordUnavailable
from record.migrations import migrations_in, missing
from record.postgres.remedies import ADVICE, cause_of, remedy

MIGRATIONS = migrations_in(Path(__file__).parent / "migrations")
LOCK_NAME = 0x72656C697374
"""Advisory lock that allows only one process to upgrade the schema: "relist" in bytes."""
DEFAULTS = {
    "connect_timeout": "10",
    "application_name": "relist",
    "client_encoding": "UTF8",
    "target_session_attrs": "read-write",  # finds the promoted standby after a failover
    "keepalives_idle": "30",
    "tcp_user_timeout": "30000",
}
SESSION = (
    "SET synchronous_commit = on",
    "SET statement_timeout = '60s'",
    "SET lock_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
ENCODING = "UTF8"
OTHER_ENCODING = f"create a database with ENCODING '{ENCODING}' and name it in RELIST_RECORD_URL"
REPAIR = "check its disk, then restore from a backup or a replica"


def where_of(url: str) -> str:
    """Host and database, without user and password. Raises ValueError, whose message repeats neither."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ValueError("must be a PostgreSQL address: postgresql://user:password@host:5432/database") from None
    host, port = parts.get("host") or "the local socket", parts.get("port")
    return f"PostgreSQL at {host}{f':{port}' if port else ''}, database {parts.get('dbname') or 'by user name'}"


async def connect(url: str, where: str) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    """Raises psycopg.Error; RecordUnavailable if the database cannot hold every title."""
    given = conninfo_to_dict(url)
    connection = await psycopg.AsyncConnection.connect(
        make_conninfo(url, **{name: value for name, value in DEFAULTS.items() if name not in given}), autocommit=True
    )
    try:
        if (encoding := connection.info.parameter_status("server_encoding")) != ENCODING:
            raise RecordUnavailable(where, f"its encoding is {encoding}, not {ENCODING}", OTHER_ENCODING)
        for setting in SESSION:
            await connection.execute(setting)
        await upgrade(connection, where)
    except BaseException:
        await connection.close()
        raise
    return connection


async def upgrade(connection: psycopg.AsyncConnection[tuple[Any, ...]], where: str) -> int:
    """Applies missing migrations and returns the schema version. Raises SchemaTooNew, psycopg.Error."""
    if not missing(MIGRATIONS, await _version(connection), where):
        return MIGRATIONS[-1].version
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_NAME,))
        await connection.execute("CREATE TABLE IF NOT EXISTS record_schema (version INTEGER NOT NULL)")
        for migration in missing(MIGRATIONS, await _version(connection), where):
            await connection.execute(migration.sql.encode())
            await connection.execute("DELETE FROM record_schema")
            await connection.execute("INSERT INTO record_schema VALUES (%s)", (migration.version,))
    return MIGRATIONS[-1].version


async def _version(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> int:
    found = await connection.execute("SELECT to_regclass('record_schema')")
    if (row := await found.fetchone()) is None or row[0] is None:
        return 0
    row = await (await connection.execute("SELECT max(version) FROM record_schema")).fetchone()
    return int(row[0] or 0) if row is not None else 0


def translated(error: psycopg.Error | OSError | TimeoutError, where: str) -> Exception:
    """Returns the error for the caller: DamagedStore, RecordUnavailable, or the error itself if it is a bug of this
    service.
    """
    if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted):
        return DamagedStore(f"the record in {where} is damaged ({_line(error)}): {REPAIR}")
    if isinstance(error, errors.DiskFull):
        return RecordUnavailable(where, "its disk is full", "free space there, or prune: relist record prune")
    if isinstance(error, errors.InsufficientPrivilege):
        return RecordUnavailable(where, _line(error), "grant the user of RELIST_RECORD_URL rights on its tables")
    if isinstance(error, TimeoutError):
        return RecordUnavailable(where, "no response in time", ADVICE)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError | OSError):
        # OperationalError: connection lost, shutdown, recovery, too many connections, deadlock, timeouts.
        return RecordUnavailable(where, _line(error), remedy(str(error)))
    return error


def _line(error: BaseException) -> str:
    return cause_of(str(error)) or type(error).__name__
