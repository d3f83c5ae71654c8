"""Rebuilds a damaged file: entries from its bytes, and the other tables through SQL as far as possible."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from record.codec import checksum, read_run, read_state
from record.entry import StoredEdit
from record.errors import BadContent
from record.group import EDIT_OVERHEAD
from record.sqlite.connection import FILE_NAME, open_file, open_to_read, upgrade
from record.sqlite.salvage import salvaged
from record.sqlite.state_writing import INSERT_STATE
from record.sqlite.writing import INSERT_EDIT, INSERT_EVENT
from record.state import STATES

BATCH = 1_000


def rebuild(directory: Path) -> Path:
    """Creates the copy in a new subdirectory and returns that. Raises OSError, sqlite3.Error."""
    target = Path(tempfile.mkdtemp(prefix="rebuilt-", dir=directory))
    copy = open_file(target)
    try:
        upgrade(copy, str(target))
        copy.execute("PRAGMA synchronous = OFF")  # the copy is synced once at the end
        _copy_entries(directory, copy)
        _copy_tables(directory, copy)
        _count(copy)
        copy.execute("PRAGMA synchronous = FULL")
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        copy.close()
    return target


def put_in_place(copy: Path, directory: Path) -> Path:
    """Moves the copy into the directory; returns the path under which the damaged file is kept. Raises OSError."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = directory / f"{FILE_NAME}.damaged-{stamp}"
    os.replace(directory / FILE_NAME, kept)
    for suffix in ("-wal", "-shm"):
        log = directory / (FILE_NAME + suffix)
        if log.exists():
            os.replace(log, kept.with_name(kept.name + suffix))
    os.replace(copy / FILE_NAME, directory / FILE_NAME)
    shutil.rmtree(copy)
    return kept


def _copy_entries(directory: Path, copy: sqlite3.Connection) -> None:
    inserts = {True: INSERT_EDIT, False: INSERT_EVENT}
    waiting: dict[bool, list[tuple[Any, ...]]] = {True: [], False: []}

    def flush() -> None:
        copy.execute("BEGIN")
        for is_edit, rows in waiting.items():
            copy.executemany(inserts[is_edit].replace("INSERT", "INSERT OR IGNORE", 1), rows)
            rows.clear()
        copy.execute("COMMIT")

    for row, entry in salvaged(directory / FILE_NAME):
        rows = waiting[isinstance(entry, StoredEdit)]
        rows.append(row)
        if len(rows) >= BATCH:
            flush()
    flush()


def _copy_tables(directory: Path, copy: sqlite3.Connection) -> None:
    """Copies rows of the other tables from both ends up to the first unreadable row."""
    tables = {
        "products": ("shop_id, product_id, state, at, reason, run_id, checksum", "shop_id, product_id", read_state),
        "runs": ("run_id, at, kind, note, checksum", "run_id", read_run),
        "run_products": ("run_id, shop_id, product_id", "run_id, shop_id, product_id", None),
        "shop_copies": ("shop_id, account, about, checksum", "shop_id", None),
        "token_copies": ("account, sealed, checksum", "account", None),
        "imports": ('source, "offset"', "source", None),
        "actions": ("id, at, actor, role, name, about, hash", "id", None),
        "product_names": ("shop_id, product_id, title, words", "shop_id, product_id", None),
    }
    for table, (columns, key, read) in tables.items():
        for direction in ("ASC", "DESC"):
            try:
                source = open_to_read(directory)
            except (sqlite3.Error, UnicodeDecodeError):
                return
            order = ", ".join(f"{name} {direction}" for name in key.split(", "))
            places = ", ".join("?" * len(columns.split(", ")))
            copy.execute("BEGIN")
            try:
                for row in source.execute(f"SELECT {columns} FROM {table} ORDER BY {order}"):
                    if read is not None:
                        try:
                            read(row)
                        except BadContent:
                            continue
                    copy.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})", row)
            except (sqlite3.DatabaseError, UnicodeDecodeError):
                continue  # the other end may be readable
            else:
                break
            finally:
                copy.execute("COMMIT")
                source.close()


def _count(copy: sqlite3.Connection) -> None:
    """Recomputes the counters, and derives a state for products whose row is lost, and members of runs."""
    copy.execute("BEGIN")
    copy.execute(
        "INSERT INTO usage (run_id, shop_id, edits, bytes) SELECT run_id, shop_id, count(*), sum(length(content)) "
        "+ ? * count(*) FROM edits GROUP BY run_id, shop_id",
        (EDIT_OVERHEAD,),
    )
    copy.execute(
        "UPDATE usage SET events = found.n, event_edits = found.edits FROM (SELECT e.run_id, e.shop_id, count(*) AS n, "
        "sum(e.id) AS edits FROM edit_events v JOIN edits e ON e.id = v.edit_id GROUP BY e.run_id, e.shop_id) AS found "
        "WHERE usage.run_id = found.run_id AND usage.shop_id = found.shop_id"
    )
    lost = copy.execute(
        "SELECT e.shop_id, e.product_id, max(e.id), e.at, e.run_id FROM edits e LEFT JOIN products p "
        "USING (shop_id, product_id) WHERE p.state IS NULL AND e.product_id <> '' GROUP BY e.shop_id, e.product_id"
    )
    for shop_id, product_id, edit_id, at, run_id in lost.fetchall():
        row = (shop_id, product_id, _state_after(copy, edit_id), at, "state derived from the last edit", run_id)
        copy.execute(INSERT_STATE, (*row, checksum("state", row)))
    # A member has no checksum. One whose name a flipped bit has changed is no known product.
    copy.execute(
        "INSERT OR IGNORE INTO run_products SELECT DISTINCT run_id, shop_id, product_id FROM edits "
        "WHERE run_id <> '' AND product_id <> ''"
    )
    copy.execute(
        "DELETE FROM run_products WHERE NOT EXISTS (SELECT 1 FROM products p "
        "WHERE p.shop_id = run_products.shop_id AND p.product_id = run_products.product_id)"
    )
    copy.execute(
        "UPDATE products SET edits = (SELECT count(*) FROM edits e WHERE e.shop_id = products.shop_id "
        "AND e.product_id = products.product_id)"
    )
    copy.execute("COMMIT")


def _state_after(copy: sqlite3.Connection, edit_id: int) -> str:
    events = copy.execute("SELECT about FROM edit_events WHERE edit_id = ? ORDER BY id DESC", (edit_id,))
    for (about,) in events:
        outcome = orjson.loads(about).get("outcome")
        if outcome in STATES:
            return str(outcome)
    return "running"
