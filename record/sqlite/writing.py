"""Writes a group in one SQLite transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from record.group import Rows, WriteGroup, rows_of
from record.sqlite.connection import roll_back
from record.sqlite.state_writing import put_states

INSERT_EDIT = (
    "INSERT INTO edits (id, at, shop_id, product_id, run_id, kind, decision, content, checksum) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_EVENT = "INSERT INTO edit_events (id, edit_id, at, name, about, checksum) VALUES (?, ?, ?, ?, ?, ?)"
COUNT_EDITS = (
    "INSERT INTO products (shop_id, product_id, state, at, reason, run_id, checksum, edits) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET edits = edits + excluded.edits"
)
COUNT_USAGE = (
    "INSERT INTO usage (run_id, shop_id, edits, bytes) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET edits = edits + excluded.edits, bytes = bytes + excluded.bytes"
)
COUNT_EVENTS = (
    "INSERT INTO usage (run_id, shop_id, edits, bytes, events, event_edits) "
    "SELECT e.run_id, e.shop_id, 0, 0, count(*), sum(e.id) FROM json_each(?) v "
    "CROSS JOIN edits e ON e.id = v.value GROUP BY e.run_id, e.shop_id "
    "ON CONFLICT DO UPDATE SET events = events + excluded.events, event_edits = event_edits + excluded.event_edits"
)
JOIN_RUN = "INSERT INTO run_products (run_id, shop_id, product_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
PUT_RUN = "INSERT INTO runs (run_id, at, kind, note, checksum) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
PUT_OFFSET = (
    'INSERT INTO imports (source, "offset") VALUES (?, ?) ON CONFLICT DO UPDATE SET "offset" = excluded."offset"'
)
PUT_NAME = (
    "INSERT INTO product_names (shop_id, product_id, title, words) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "title = excluded.title, words = excluded.words WHERE words <> excluded.words"
)


def write_group(connection: sqlite3.Connection, group: WriteGroup) -> list[int]:
    """Writes all or nothing and returns the numbers of the edits once durable. Raises sqlite3.DatabaseError."""
    group.compress()
    connection.execute("BEGIN IMMEDIATE")
    try:
        last = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        edit_ids = _next(last.get("edits", 0), len(group.edits))
        insert_rows(connection, rows_of(group, edit_ids, _next(last.get("edit_events", 0), len(group.events))))
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return list(edit_ids)


def insert_rows(connection: sqlite3.Connection, rows: Rows) -> None:
    for statement, each in (
        (INSERT_EDIT, rows.edits),
        (INSERT_EVENT, rows.events),
        (COUNT_EDITS, rows.edited),
        (COUNT_USAGE, rows.usage),
        (JOIN_RUN, rows.members),
        (PUT_RUN, rows.runs),
        (PUT_OFFSET, rows.offsets),
        (PUT_NAME, rows.names),
    ):
        if each:
            connection.executemany(statement, each)
    if rows.event_edits:
        count_events(connection, [edit_id for (edit_id,) in rows.event_edits])
    if rows.states:
        put_states(connection, rows.states)


def count_events(connection: sqlite3.Connection, edit_ids: Sequence[int]) -> None:
    """Counts new events of these entries, one number per event. Raises sqlite3.DatabaseError."""
    connection.execute(COUNT_EVENTS, (orjson.dumps(edit_ids).decode(),))


def _next(last: int, count: int) -> range:
    return range(last + 1, last + 1 + count)
