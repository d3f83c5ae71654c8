"""Appends of a moment share one transaction; each returns when its group is durable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from record.database import Database
from record.errors import RecordUnavailable
from record.group import Group

GATHER_SECONDS = 0.01
"""How long a group waits for more entries: a busy worker then writes many with one hop to a thread and one sync."""
MOST_ROWS = 2_000
MOST_BYTES = 16 * 1024 * 1024
"""Limit of a group before compression; later entries go into the next one."""


@dataclass(slots=True)
class _Pending:
    group: Group = field(default_factory=Group)
    waiting: list[tuple[asyncio.Future[int], int | None]] = field(default_factory=list)
    """Everyone who waits, with the place of its edit in the group."""

    def written(self, numbers: list[int]) -> None:
        for future, place in self.waiting:
            if not future.done():  # one that was cancelled is
                future.set_result(numbers[place] if place is not None else 0)

    def failed(self, error: Exception) -> None:
        for future, _ in self.waiting:
            if not future.done():
                future.set_exception(_same(error))


class GroupCommit:
    def __init__(self, database: Database, gather_seconds: float = GATHER_SECONDS) -> None:
        self._database, self._gather_seconds = database, gather_seconds
        self._pending: deque[_Pending] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def submit(self, add: Callable[[Group], int | None]) -> int:
        """`add` puts its rows into the group; returns the number of the edit at the place it returned, or 0.

        Raises RecordUnavailable: then nothing was written, or (PostgreSQL, when the connection breaks at the commit)
        it is not known whether it was.
        """
        if not self._pending or _is_full(self._pending[-1].group):
            self._pending.append(_Pending())
        pending = self._pending[-1]
        place = add(pending.group)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        pending.waiting.append((future, place))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups(), name="record writer")
        return await future

    async def close(self) -> None:
        """Returns when everything is written or has failed."""
        if self._writing is not None:
            await self._writing

    async def _write_groups(self) -> None:
        while self._pending:
            await asyncio.sleep(self._gather_seconds)
            pending = self._pending.popleft()
            try:
                numbers = await self._database.write(pending.group)
            except Exception as error:  # it belongs to those who wait
                pending.failed(error)
            else:
                pending.written(numbers)


def _same(error: Exception) -> Exception:
    """A separate object for each who waits: a traceback grows with every raise."""
    if isinstance(error, RecordUnavailable):
        return RecordUnavailable(error.where, error.cause, error.advice)
    return error


def _is_full(group: Group) -> bool:
    return group.size >= MOST_ROWS or group.plain_bytes >= MOST_BYTES
