"""The PostgreSQL backend, with one connection for writes and one for reads; both reconnect after errors."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from record.database import Space
from record.errors import DamagedStore, RecordUnavailable
from record.group import WriteGroup
from record.postgres import connection as connections
from record.postgres.connection import REPAIR, connect, translated, where_of
from record.postgres.writing import Connection, write_group

T = TypeVar("T")
MAX_SECONDS = 90.0
"""Time limit of a call, longer than the server's timeouts."""
PROBE_BYTES = 1024 * 1024
"""Random, so that they cannot be compressed."""
MAINTENANCE_LOCK = 0x72656C697375
"""Advisory lock, because two concurrent prunes would subtract the same entries from the counters twice."""
DEADLOCK_ATTEMPTS = 3
TABLES = (
    *("edits", "edit_events", "products", "runs", "run_products", "usage", "state_counts", "imports"),
    *("shop_copies", "token_copies", "actions", "product_names"),
)


class PostgresDatabase:
    def __init__(self, url: str) -> None:
        """Connects on first use. Raises ValueError if the URL is not a PostgreSQL URL."""
        self.where = where_of(url)
        self._writer, self._reader = _Link(url, self.where), _Link(url, self.where)

    async def upgrade(self) -> int:
        async with self._writer.connected():
            return connections.MIGRATIONS[-1].version

    async def write(self, group: WriteGroup) -> list[int]:
        for attempt in range(DEADLOCK_ATTEMPTS):
            try:
                return await self._writer.run(lambda connection: write_group(connection, group))
            except DamagedStore as damaged:
                raise RecordUnavailable(self.where, "it is damaged", REPAIR) from damaged
            except RecordUnavailable as unavailable:
                # The server aborted this transaction in favour of another, which has ended by now.
                if not isinstance(unavailable.__cause__, errors.DeadlockDetected) or attempt == DEADLOCK_ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        async def query(connection: Connection) -> list[tuple[Any, ...]]:
            cursor = connection.cursor(binary=True)
            await cursor.execute(_format(sql), parameters)
            return await cursor.fetchall()

        return await self._reader.run(query)

    async def execute(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        async def run(connection: Connection) -> list[int]:
            counts = []
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", (MAINTENANCE_LOCK,))
                for sql, parameters in statements:
                    counts.append((await connection.execute(_format(sql), parameters)).rowcount)
            return counts

        return await self._writer.run(run)

    async def space(self) -> Space:
        sizes = ", ".join(f"pg_total_relation_size('{name}')" for name in TABLES)
        (row,) = await self.rows(f"SELECT {sizes}")
        return Space(sum(int(size) for size in row), None)

    async def probe(self) -> None:
        """Reserves space on the disk and gives it back. A user who may not create temporary tables is not probed."""

        async def reserve(connection: Connection) -> None:
            async with connection.transaction(force_rollback=True):
                try:
                    await connection.execute("CREATE TEMPORARY TABLE relist_probe (content BYTEA)")
                except errors.InsufficientPrivilege:
                    return
                await connection.execute("INSERT INTO relist_probe VALUES (%s)", (os.urandom(PROBE_BYTES),))

        await self._writer.run(reserve)

    async def problems(self) -> list[str]:
        """Reports disabled data checksums. With them PostgreSQL checks its pages automatically."""
        ((checksums,),) = await self.rows("SHOW data_checksums")
        if checksums == "on":
            return []
        return ["data checksums are off on this server: `pg_checksums --enable` lets it find damage on its disk"]

    async def rebuilt(self) -> None:
        return None

    async def repair(self) -> None:
        return None

    async def backup(self, target: Path) -> None:
        raise ValueError("PostgreSQL has pg_dump and physical backups: use those")

    async def compact(self) -> None:
        """Does nothing: autovacuum makes the space reusable, and VACUUM FULL would lock the table."""

    async def close(self) -> None:
        await self._writer.close()
        await self._reader.close()


class _Link:
    """A connection that serves one call at a time."""

    def __init__(self, url: str, where: str) -> None:
        self._url, self._where = url, where
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self.connected() as connection:
            return await work(connection)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """Yields an open connection. Raises RecordUnavailable, DamagedStore, SchemaTooNew."""
        async with self._lock:
            try:
                async with asyncio.timeout(MAX_SECONDS):
                    if self._connection is not None and _has_ended(self._connection):
                        await self.close()
                    if self._connection is None:
                        self._connection = await connect(self._url, self._where)
                    yield self._connection
            except (psycopg.Error, OSError, TimeoutError) as error:
                await self.close()
                raise translated(error, self._where) from error
            except BaseException:
                # After a cancelled query the connection's next response is unknown.
                await self.close()
                raise

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _has_ended(connection: Connection) -> bool:
    """Whether the server has closed the connection since its last use, so that a restart does not fail a write.

    Between two queries a server only sends that it closes the connection or that settings have changed.
    """
    if connection.closed:
        return True
    unread = select.poll()
    unread.register(connection.fileno(), select.POLLIN)
    return bool(unread.poll(0))


def _format(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()
