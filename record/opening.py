"""Opens the record at an address."""

from __future__ import annotations

from pathlib import Path

from record.database import Database
from record.record import Record
from record.sqlite.database import SqliteDatabase

POSTGRES_SCHEMES = ("postgresql://", "postgres://")


def open_record(url: str, directory: Path) -> Record:
    """Returns a PostgreSQL record, or a SQLite record in the directory if the URL is empty. `upgrade` connects.

    Raises ValueError for any other URL, without repeating it, and if the driver is not installed.
    """
    return Record(_database(url, directory))


def _database(url: str, directory: Path) -> Database:
    if not url:
        return SqliteDatabase(directory)
    if not url.startswith(POSTGRES_SCHEMES):
        raise ValueError("must start with postgresql://, or be empty for SQLite in RELIST_JOURNAL_DIR")
    try:
        from record.postgres.database import PostgresDatabase
    except ImportError:
        raise ValueError("PostgreSQL needs the extra of that name: pip install 'tiktok-relist[postgres]'") from None
    return PostgresDatabase(url)
