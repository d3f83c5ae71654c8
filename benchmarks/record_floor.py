"""The least that a record in SQLite can do: group commit, a row per edit and one per response, no index.

It finds nothing by product, run or decision, and has no states or counters. All else that the record does comes on top
of its CPU.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from record.codec import checksum, packed_about, packed_edit
from record.entry import NewEdit, NewEvent
from record.group import WriteGroup
from record.group_commit import Add, GroupCommit
from record.sqlite.connection import open_file

SCHEMA = (
    "CREATE TABLE edits (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TABLE events (id INTEGER PRIMARY KEY, edit_id INTEGER NOT NULL, about BLOB NOT NULL)",
)


class RowsOnly:
    """Takes the place of a backend: GroupCommit only calls `write`."""

    def __init__(self, directory: Path) -> None:
        self._connection = open_file(directory)
        for statement in SCHEMA:
            self._connection.execute(statement)
        self._thread = ThreadPoolExecutor(1)

    async def write(self, group: WriteGroup) -> list[int]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _write, self._connection, group)

    def close(self) -> None:
        self._thread.shutdown()
        self._connection.close()


class FloorRecord:
    def __init__(self, directory: Path) -> None:
        self._rows = RowsOnly(directory)
        self._groups = GroupCommit(self._rows)  # type: ignore[arg-type]

    async def write(self, edit: NewEdit) -> None:
        """Returns when the edit and then its response are durable."""
        number = await self._groups.submit(_adding_edit(edit))
        event = NewEvent(number, edit.at, "answered", {"request_id": "2026", "outcome": "in_audit"})
        await self._groups.submit(_adding_event(event))

    async def close(self) -> None:
        await self._groups.close()
        self._rows.close()


def _adding_edit(edit: NewEdit) -> Add:
    def add(group: WriteGroup) -> int:
        group.edits.append(packed_edit(edit))
        group.size += 1
        return len(group.edits) - 1

    return add


def _adding_event(event: NewEvent) -> Add:
    def add(group: WriteGroup) -> None:
        group.events.append((event, packed_about(event.about)))
        group.size += 1

    return add


def _write(connection: sqlite3.Connection, group: WriteGroup) -> list[int]:
    group.compress()
    connection.execute("BEGIN IMMEDIATE")
    ((last,),) = connection.execute("SELECT coalesce(max(id), 0) FROM edits")
    numbers: Sequence[int] = range(last + 1, last + 1 + len(group.edits))
    rows = [
        (number, edit.content + checksum("edit", (number,), edit.content))
        for number, edit in zip(numbers, group.edits, strict=True)
    ]
    connection.executemany("INSERT INTO edits VALUES (?, ?)", rows)
    events = [(event.edit_id, about) for event, about in group.events]
    connection.executemany("INSERT INTO events (edit_id, about) VALUES (?, ?)", events)
    connection.execute("COMMIT")
    return [*numbers]
