"""Versioned schema changes: NNNN.sql files that each backend keeps in its `migrations` directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from record.errors import SchemaTooNew


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    sql: str


def migrations_in(directory: Path) -> tuple[Migration, ...]:
    return tuple(Migration(int(file.stem), file.read_text("utf-8")) for file in sorted(directory.glob("*.sql")))


def missing(known: Sequence[Migration], found: int, where: str) -> tuple[Migration, ...]:
    """The migrations that an upgrade of a store at version `found` applies. Raises SchemaTooNew."""
    newest = known[-1].version
    if found > newest:
        raise SchemaTooNew(where, found, newest)
    return tuple(each for each in known if each.version > found)
