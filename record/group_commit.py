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
    written: asyncio.Future[list[int] | Exception]
    group: Group = field(default_factory=Group)


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
            self._pending.append(_Pending(asyncio.get_running_loop().create_future()))
        pending = self._pending[-1]
        place = add(pending.group)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups(), name="record writer")
        # Shielded: whoever stops waiting must not take the result from the others.
        written = await asyncio.shield(pending.written)
        if isinstance(written, RecordUnavailable):
            raise RecordUnavailable(written.where, written.cause, written.advice)
        if isinstance(written, Exception):
            raise written
        return written[place] if place is not None else 0

    async def close(self) -> None:
        """Returns when everything is written or has failed."""
        if self._writing is not None:
            await self._writing

    async def _write_groups(self) -> None:
        while self._pending:
            await asyncio.sleep(self._gather_seconds)
            pending = self._pending.popleft()
            try:
                pending.written.set_result(await self._database.write(pending.group))
            except Exception as error:  # every one of them belongs to those who wait
                pending.written.set_result(error)


def _is_full(group: Group) -> bool:
    return group.size >= MOST_ROWS or group.plain_bytes >= MOST_BYTES
