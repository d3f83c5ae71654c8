"""The interface of a backend. The rest of the record is independent of the backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from record.group import WriteGroup


@dataclass(frozen=True, slots=True)
class Space:
    """Space of the store in bytes."""

    used: int
    """Used by files or tables, without reusable space if the store knows it."""
    free: int | None
    """Free on the store's disk; None if unknown."""


class Database(Protocol):
    """Statements use `?` for parameters and the common subset of both dialects. Every call raises RecordUnavailable."""

    where: str
    """The directory, or host and database, without secrets; shown to people."""

    async def upgrade(self) -> int:
        """Applies missing migrations and returns the schema's version. Raises SchemaTooNew."""
        ...

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows, so the query must bound their number. Raises DamagedStore."""
        ...

    async def write(self, group: WriteGroup) -> list[int]:
        """Writes all of the group or nothing; returns the numbers of its edits when it is durable."""
        ...

    async def execute(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        """Runs all statements in one transaction and returns the number of rows that each changed.

        Only one caller at a time in all processes may run it.

        Raises DamagedStore.
        """
        ...

    async def space(self) -> Space: ...

    async def probe(self) -> None:
        """Raises RecordUnavailable if writes would fail, although reads may succeed. Writes nothing that stays."""
        ...

    async def problems(self) -> list[str]:
        """Problems found by the store's integrity check."""
        ...

    async def rebuilt(self) -> Database | None:
        """A copy with every entry found without relying on the store's structure; `close` removes it.

        None for PostgreSQL, which has data checksums, replicas and backups.
        """
        ...

    async def repair(self) -> Path | None:
        """Replaces a damaged store by a rebuilt one; returns the path of the damaged one. None as with `rebuilt`."""
        ...

    async def backup(self, target: Path) -> None:
        """Writes a consistent copy to a new file while others write.

        Raises OSError, and ValueError if the store has its own backup tool.
        """
        ...

    async def compact(self) -> None:
        """Frees the space of deleted rows where that is cheap."""
        ...

    async def close(self) -> None: ...
