"""Group commit: concurrent appends share one transaction, and each returns when its group is durable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from record.database import Database
from record.errors import RecordUnavailable
from record.group import WriteGroup

GATHER_SECONDS = 0.01
"""Time that a group waits for more entries, so that a busy worker writes many with one sync."""
MOST_ROWS = 2_000
MOST_BYTES = 16 * 1024 * 1024
"""Size limit of a group before compression; later entries go into the next group."""


@dataclass(slots=True)
class _Pending:
    group: WriteGroup = field(default_factory=WriteGroup)
    waiting: list[tuple[asyncio.Future[int], int | None]] = field(default_factory=list)
    """The futures of all callers, each with the index of its edit in the group."""

    def written(self, numbers: list[int]) -> None:
        for future, place in self.waiting:
            if not future.done():  # a cancelled one is done
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

    async def submit(self, add: Callable[[WriteGroup], int | None]) -> int:
        """Calls `add`, which adds rows to the group and may return an index; returns the number of that edit, or 0.

        Raises RecordUnavailable if nothing was written, or if PostgreSQL's connection broke during the commit, so that
        the result is unknown.
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
        """Returns when every pending write has ended."""
        if self._writing is not None:
            await self._writing

    async def _write_groups(self) -> None:
        while self._pending:
            await asyncio.sleep(self._gather_seconds)
            pending = self._pending.popleft()
            try:
                numbers = await self._database.write(pending.group)
            except Exception as error:  # the waiting callers receive it
                pending.failed(error)
            else:
                pending.written(numbers)


def _same(error: Exception) -> Exception:
    """A copy of the error for each caller, because a traceback grows with every raise."""
    if isinstance(error, RecordUnavailable):
        return RecordUnavailable(error.where, error.cause, error.advice)
    return error


def _is_full(group: WriteGroup) -> bool:
    return group.size >= MOST_ROWS or group.plain_bytes >= MOST_BYTES
