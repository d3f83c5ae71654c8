"""Writes a group in one PostgreSQL transaction: one statement per table, with one array per column."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg

from record.group import Rows, WriteGroup, rows_of

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

NEXT_IDS = (
    "SELECT 'edit', nextval(pg_get_serial_sequence('edits', 'id')) FROM generate_series(1, %s) "
    "UNION ALL SELECT 'event', nextval(pg_get_serial_sequence('edit_events', 'id')) FROM generate_series(1, %s)"
)
STATEMENTS = {
    "edits": (
        "INSERT INTO edits (id, at, shop_id, product_id, run_id, kind, decision, content, checksum) SELECT * FROM "
        "unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[], "
        "%b::bytea[])"
    ),
    "events": (
        "INSERT INTO edit_events (id, edit_id, at, name, about, checksum) SELECT * FROM "
        "unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[])"
    ),
    "edited": (
        "INSERT INTO products AS p (shop_id, product_id, state, at, reason, run_id, checksum, edits) SELECT * FROM "
        "unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[], %b::bigint[]) "
        "ON CONFLICT (shop_id, product_id) DO UPDATE SET edits = p.edits + excluded.edits"
    ),
    "states": (
        "INSERT INTO products (shop_id, product_id, state, at, reason, run_id, checksum) SELECT * FROM "
        "unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[]) "
        "ON CONFLICT (shop_id, product_id) DO UPDATE SET state = excluded.state, at = excluded.at, "
        "reason = excluded.reason, run_id = excluded.run_id, checksum = excluded.checksum"
    ),
    "usage": (
        "INSERT INTO usage AS u (run_id, shop_id, edits, bytes) SELECT * FROM "
        "unnest(%b::text[], %b::text[], %b::bigint[], %b::bigint[]) ON CONFLICT (run_id, shop_id) "
        "DO UPDATE SET edits = u.edits + excluded.edits, bytes = u.bytes + excluded.bytes"
    ),
    "members": (
        "INSERT INTO run_products (run_id, shop_id, product_id) SELECT * FROM "
        "unnest(%b::text[], %b::text[], %b::text[]) ON CONFLICT DO NOTHING"
    ),
    "runs": (
        "INSERT INTO runs (run_id, at, kind, note, checksum) SELECT * FROM "
        "unnest(%b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[]) ON CONFLICT DO NOTHING"
    ),
    "offsets": (
        'INSERT INTO imports (source, "offset") SELECT * FROM unnest(%b::text[], %b::bigint[]) '
        'ON CONFLICT (source) DO UPDATE SET "offset" = excluded."offset"'
    ),
    "names": (
        "INSERT INTO product_names AS n (shop_id, product_id, title, words) SELECT * FROM "
        "unnest(%b::text[], %b::text[], %b::text[], %b::text[]) ON CONFLICT (shop_id, product_id) "
        "DO UPDATE SET title = excluded.title, words = excluded.words WHERE n.words <> excluded.words"
    ),
}


async def write_group(connection: Connection, group: WriteGroup) -> list[int]:
    """Returns the numbers of the group's edits after the commit. Raises psycopg.Error."""
    async with connection.transaction():
        found = await connection.execute(NEXT_IDS, (len(group.edits), len(group.events)))
        numbers: dict[str, list[int]] = {"edit": [], "event": []}
        for name, number in await found.fetchall():
            numbers[name].append(number)
        rows = await asyncio.to_thread(_numbered, group, numbers["edit"], numbers["event"])
        async with connection.pipeline():
            for name, statement in STATEMENTS.items():
                if of_table := getattr(rows, name):
                    await connection.execute(statement, [list(column) for column in zip(*of_table, strict=True)])
    return numbers["edit"]


def _numbered(group: WriteGroup, edits: list[int], events: list[int]) -> Rows:
    group.compress()
    return rows_of(group, edits, events)
