"""Group commit: concurrent appends share one transaction, and each returns when its group is durable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from record.database import Database
from record.errors import RecordUnavailable, own_copy
from record.group import WriteGroup

GATHER_SECONDS = 0.01
"""A group is written when no entry has joined it for this long, so that a busy worker writes many with one sync."""
LONGEST_GATHER_SECONDS = 0.03
"""A group costs about a millisecond of CPU, most of it for the sync, whether it has one entry or ten."""
MAX_ROWS = 2_000
MAX_BYTES = 16 * 1024 * 1024
"""Size limit of a group before compression; later entries go into the next group."""


Add = Callable[[WriteGroup], int | None]
"""Adds rows to a group and returns the index of an added edit, or None."""


@dataclass(slots=True)
class _Waiting:
    """A caller that waits for its group."""

    future: asyncio.Future[int]
    place: int | None
    """The index of the caller's edit in the group."""
    if_cancelled: Callable[[int], Add] | None


@dataclass(slots=True)
class _Pending:
    group: WriteGroup = field(default_factory=WriteGroup)
    waiting: list[_Waiting] = field(default_factory=list)

    def written(self, numbers: list[int]) -> list[Add]:
        """Returns the rows to add for callers cancelled in the meantime."""
        rest = []
        for each in self.waiting:
            number = numbers[each.place] if each.place is not None else 0
            if not each.future.done():
                each.future.set_result(number)
            elif each.if_cancelled is not None:  # only a cancelled one is done
                rest.append(each.if_cancelled(number))
        return rest

    def failed(self, error: Exception) -> None:
        for each in self.waiting:
            if not each.future.done():
                each.future.set_exception(own_copy(error))


class GroupCommit:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: deque[_Pending] = deque()
        self._writing: asyncio.Task[None] | None = None
        self.refusal = ""
        """Why the last write failed because the store was unavailable; empty if it succeeded."""

    async def submit(self, add: Add, if_cancelled: Callable[[int], Add] | None = None) -> int:
        """Adds rows to the next group and returns the number of the added edit, or 0, when they are durable.

        The rows are written even if the caller is cancelled in the meantime; then `if_cancelled(number)` adds more
        rows. Raises RecordUnavailable if nothing was written, or if PostgreSQL's connection broke during the commit, so
        that the result is unknown.
        """
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._add(add, future, if_cancelled)
        try:
            return await future
        except asyncio.CancelledError:
            # The group may have been written just before the cancellation.
            if if_cancelled is not None and future.done() and not future.cancelled() and future.exception() is None:
                self._add(if_cancelled(future.result()))
            raise

    def _add(
        self,
        add: Add,
        future: asyncio.Future[int] | None = None,
        if_cancelled: Callable[[int], Add] | None = None,
    ) -> None:
        if not self._pending or _is_full(self._pending[-1].group):
            self._pending.append(_Pending())
        pending = self._pending[-1]
        place = add(pending.group)
        if future is not None:
            pending.waiting.append(_Waiting(future, place, if_cancelled))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups(), name="record writer")

    async def close(self) -> None:
        """Returns when every pending write has ended."""
        if self._writing is not None:
            await self._writing

    async def _gather(self, pending: _Pending) -> None:
        """Returns when the group is full, has stopped growing, or has grown for the longest time allowed."""
        gathered, rows = 0.0, -1
        while gathered < LONGEST_GATHER_SECONDS and rows != pending.group.size and not _is_full(pending.group):
            rows = pending.group.size
            await asyncio.sleep(GATHER_SECONDS)
            gathered += GATHER_SECONDS

    async def _write_groups(self) -> None:
        while self._pending:
            await self._gather(self._pending[0])
            pending = self._pending.popleft()
            try:
                numbers = await self._database.write(pending.group)
            except Exception as error:  # the waiting callers receive it
                self.refusal = str(error) if isinstance(error, RecordUnavailable) else self.refusal
                pending.failed(error)
            else:
                self.refusal = ""
                for add in pending.written(numbers):
                    self._add(add)


def _is_full(group: WriteGroup) -> bool:
    return group.size >= MAX_ROWS or group.plain_bytes >= MAX_BYTES
