"""The interface of a backend. The rest of the record is the same over each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from record.group import Group


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of the store itself."""

    used: int
    """By files or tables, without space that new entries will fill again where the store knows it."""
    free: int | None
    """On the disk it lies on; None where that cannot be seen from here."""


class Database(Protocol):
    """SQL uses `?` for parameters and what both dialects share. Every call raises RecordUnavailable."""

    where: str
    """The directory or host and database, without secrets: for people."""

    async def upgrade(self) -> int:
        """Applies missing migrations and returns the schema's version. Raises SchemaTooNew."""
        ...

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows, so the query bounds their number. Raises DamagedStore."""
        ...

    async def write(self, group: Group) -> list[int]:
        """Returns the numbers of the group's edits once all of it is durable; on an error nothing of it is."""
        ...

    async def execute(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        """All in one transaction, one caller at a time in all processes; how many rows each has changed.

        Raises DamagedStore.
        """
        ...

    async def space(self) -> Space: ...

    async def problems(self) -> list[str]:
        """Findings of the store's own check of its structure."""
        ...

    async def rebuilt(self) -> Database | None:
        """A copy with every entry that can be found without the store's structure; `close` removes it. None where the
        store keeps its structure sound on its own (PostgreSQL: data checksums, replicas, backups)."""
        ...

    async def repair(self) -> Path | None:
        """Puts a rebuilt store in the place of a damaged one, which is kept; its path. None as with `rebuilt`."""
        ...

    async def backup(self, target: Path) -> None:
        """A consistent copy in a new file, while others write. Raises OSError, and ValueError where the store brings
        a tool for that."""
        ...

    async def compact(self) -> None:
        """Gives space of deleted rows back where that is cheap."""
        ...

    async def close(self) -> None: ...
