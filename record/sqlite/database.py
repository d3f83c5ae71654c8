"""The SQLite backend, with one thread for writes and one for reads; both reopen their connection after errors."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from record.database import Space
from record.errors import DamagedStore, RecordUnavailable
from record.group import WriteGroup
from record.sqlite import connection as connections
from record.sqlite.connection import FILE_NAME, open_file, open_to_read, roll_back, translated
from record.sqlite.disk_space import try_to_write
from record.sqlite.log_rescue import add_missing_entries, behind_damage
from record.sqlite.rebuilding import put_in_place, rebuild
from record.sqlite.writing import write_group

T = TypeVar("T")
_Call = tuple[Callable[[sqlite3.Connection], Any], "asyncio.Future[Any]"]
MAX_PROBLEMS = 100
CALLS_AT_ONCE = 32
"""Maximum number of calls that a thread handles together; the first of them waits for the last."""
PAGES_AT_ONCE = 1_000
"""Pages of free space released per transaction."""


class SqliteDatabase:
    def __init__(self, directory: Path, *, temporary: bool = False) -> None:
        """With `temporary`, `close` removes the directory."""
        self.where = str(directory.absolute())
        self._directory, self._temporary = directory, temporary
        self._writer = _Thread(self.where, self._open_to_write, "record-writer")
        self._reader = _Thread(self.where, self._open_to_read, "record-reader")

    async def upgrade(self) -> int:
        return await self._writer.run(lambda connection: connections.upgrade(connection, self.where))

    async def write(self, group: WriteGroup) -> list[int]:
        try:
            return await self._writer.run(lambda connection: write_group(connection, group))
        except DamagedStore as damaged:
            raise RecordUnavailable(self.where, "its file is damaged", connections.REPAIR) from damaged

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return await self._reader.run(lambda connection: connection.execute(sql, parameters).fetchall())

    async def execute(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        def run(connection: sqlite3.Connection) -> list[int]:
            connection.execute("BEGIN IMMEDIATE")
            try:
                counts = [connection.execute(sql, parameters).rowcount for sql, parameters in statements]
                connection.execute("COMMIT")
            except BaseException:
                roll_back(connection)
                raise
            return counts

        return await self._writer.run(run)

    async def space(self) -> Space:
        def measure(connection: sqlite3.Connection) -> Space:
            pages, free, size = (
                int(connection.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
            wal = self._directory / f"{FILE_NAME}-wal"
            log_bytes = wal.stat().st_size if wal.exists() else 0
            return Space((pages - free) * size + log_bytes, shutil.disk_usage(self._directory).free)

        return await self._reader.run(measure)

    async def probe(self) -> None:
        await self.execute(())  # needs the lock, but writes nothing
        await self._writer.run(lambda _: try_to_write(self._directory))

    async def problems(self) -> list[str]:
        def check(connection: sqlite3.Connection) -> list[str]:
            found = connection.execute(f"PRAGMA integrity_check({MAX_PROBLEMS})").fetchall()
            return [str(text) for (text,) in found if text != "ok"]

        try:
            return await self._reader.run(check)
        except DamagedStore as damaged:
            return [str(damaged)]

    async def rebuilt(self) -> SqliteDatabase:
        """Rebuilds a copy next to the damaged file."""
        copy = await asyncio.to_thread(self._rebuild)
        return SqliteDatabase(copy, temporary=True)

    def _rebuild(self) -> Path:
        try:
            return rebuild(self._directory)
        except (OSError, sqlite3.Error) as error:
            raise translated(error, self.where) from error

    async def repair(self) -> Path:
        """Replaces the damaged file by a rebuilt one; returns the path under which the damaged one is kept.

        No other process may be using the record.
        """
        copy = await self.rebuilt()
        await copy._reader.close()
        await copy._writer.close()
        await self._reader.reset()
        await self._writer.reset()
        try:
            return await asyncio.to_thread(put_in_place, Path(copy.where), self._directory)
        except OSError as error:
            raise translated(error, self.where) from error

    async def backup(self, target: Path) -> None:
        """Raises FileExistsError, OSError."""

        def copy(connection: sqlite3.Connection) -> None:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(target)) as copied:
                connection.backup(copied)

        await self._reader.run(copy)

    async def compact(self) -> None:
        def give_back(connection: sqlite3.Connection) -> None:
            while int(connection.execute("PRAGMA freelist_count").fetchone()[0]):
                connection.execute(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})").fetchall()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        await self._writer.run(give_back)

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()  # the last connection to close moves the log into the file
        if self._temporary:
            await asyncio.to_thread(shutil.rmtree, self._directory)

    def _open_to_write(self) -> tuple[sqlite3.Connection, os.stat_result]:
        path = self._directory / FILE_NAME
        forgotten = behind_damage(path) if path.exists() else []
        opened = open_file(self._directory)
        try:
            connections.upgrade(opened, self.where)
            if forgotten:
                add_missing_entries(opened, forgotten, self.where)
            return opened, os.stat(self._directory / FILE_NAME)
        except BaseException:
            opened.close()
            raise

    def _open_to_read(self) -> tuple[sqlite3.Connection, os.stat_result]:
        path = self._directory / FILE_NAME
        if not path.exists() or behind_damage(path) or self._is_behind():
            self._open_to_write()[0].close()
        return open_to_read(self._directory), os.stat(self._directory / FILE_NAME)

    def _is_behind(self) -> bool:
        """Raises SchemaTooNew."""
        opened = open_to_read(self._directory)
        try:
            return connections.is_behind(opened, self.where)
        finally:
            opened.close()


class _Thread:
    """A thread with a connection. Calls that arrive while it works are handled together, because each hop between
    threads costs more than a small query.

    After an error, or if the file was replaced or removed, the next call reopens it. So the service recovers from a
    full or missing disk without a restart.
    """

    def __init__(self, where: str, open_it: Callable[[], tuple[sqlite3.Connection, os.stat_result]], name: str) -> None:
        self._where, self._open = where, open_it
        self._path = Path(where) / FILE_NAME
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None
        self._file: os.stat_result | None = None
        self._waiting: deque[_Call] = deque()
        self._turns: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Raises RecordUnavailable, DamagedStore."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._turns is None or self._turns.done():
            self._turns = asyncio.create_task(self._take_turns(), name="record thread")
        return await future

    async def _take_turns(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            calls = [self._waiting.popleft() for _ in range(min(len(self._waiting), CALLS_AT_ONCE))]
            try:
                ends = await loop.run_in_executor(self._thread, self._run_all, [work for work, _ in calls])
            except Exception as shut_down:
                ends = [(None, shut_down)] * len(calls)
            for (_, future), (result, error) in zip(calls, ends, strict=True):
                if future.done():  # a cancelled one needs no result
                    continue
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result(result)

    def _run_all(self, works: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[tuple[Any, Exception | None]]:
        ends: list[tuple[Any, Exception | None]] = []
        if not self._is_current():
            self._close()
        for work in works:
            try:
                ends.append((self._run(work), None))
            except Exception as error:  # the caller receives it
                ends.append((None, error))
        return ends

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection, self._file = self._open()
            return work(self._connection)
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            self._close()
            raise translated(error, self._where) from error

    def _is_current(self) -> bool:
        try:
            return self._file is not None and os.path.samestat(self._file, os.stat(self._path))
        except OSError:
            return False

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def reset(self) -> None:
        """Makes the next call reopen the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)

    async def close(self) -> None:
        await self.reset()
        self._thread.shutdown()
