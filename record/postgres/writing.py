"""Writes a group in one PostgreSQL transaction: one statement per table, whose rows are one JSON parameter.

One JSON text costs the client a quarter of the CPU of one array per column, since psycopg encodes arrays element by
element in Python. It contains one list per column. The bytes of all rows are a second parameter, and JSON says where
each value ends: the server reads the JSON once per column, so compressed listings in it would cost much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson
import psycopg

from record.group import Rows, WriteGroup, rows_of

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

NEXT_IDS = (
    "SELECT (SELECT string_agg(nextval(pg_get_serial_sequence('edits', 'id'))::text, ',') FROM generate_series(1, %s)),"
    "(SELECT string_agg(nextval(pg_get_serial_sequence('edit_events', 'id'))::text, ',') FROM generate_series(1, %s))"
)


@dataclass(frozen=True, slots=True)
class Insert:
    """An INSERT whose parameters are the rows as JSON and, if there are any, the bytes in them."""

    sql: bytes
    binary: tuple[int, ...]
    """Positions of the columns with bytes."""

    def parameters(self, rows: Sequence[tuple[Any, ...]]) -> tuple[bytes, ...]:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        parts, starts = list[bytes](), list[list[int]]()
        first = 1
        for place in self.binary:
            sizes = [len(value) for value in columns[place]]
            parts += columns[place]
            starts.append([*accumulate(sizes[:-1], initial=first)])
            columns[place] = sizes
            first += sum(sizes)
        text = orjson.dumps([*columns, *starts])
        return (text, b"".join(parts)) if self.binary else (text,)


def insert(table: str, columns: str, conflict: str = "") -> Insert:
    """`columns`: names, each with `:bigint` or `:bytea` unless it is text."""
    named = [(name.partition(":")[0], name.partition(":")[2]) for name in columns.split()]
    binary = [place for place, (_, kind) in enumerate(named) if kind == "bytea"]
    start_of = {place: len(named) + number for number, place in enumerate(binary)}
    values = [
        f"substr(given.bytes, c{start_of[place]}::int, c{place}::int)"
        if place in start_of
        else f"c{place}::{kind}"
        if kind
        else f"c{place}"
        for place, (_, kind) in enumerate(named)
    ]
    lists = range(len(named) + len(binary))
    elements = [f"json_array_elements_text(given.rows -> {place})" for place in lists]
    sql = (
        f"INSERT INTO {table} AS t ({', '.join(name for name, _ in named)}) SELECT {', '.join(values)} "
        f"FROM (SELECT convert_from(%b, 'UTF8')::json AS rows{', %b::bytea AS bytes' if binary else ''}) AS given, "
        f"ROWS FROM ({', '.join(elements)}) AS r({', '.join(f'c{place}' for place in lists)}) {conflict}"
    )
    return Insert(sql.encode(), tuple(binary))


INSERTS = {
    "edits": insert(
        "edits", "id:bigint at:bigint shop_id product_id run_id kind decision content:bytea checksum:bytea"
    ),
    "events": insert("edit_events", "id:bigint edit_id:bigint at:bigint name about:bytea checksum:bytea"),
    "edited": insert(
        "products",
        "shop_id product_id state at:bigint reason run_id checksum:bytea edits:bigint",
        "ON CONFLICT (shop_id, product_id) DO UPDATE SET edits = t.edits + excluded.edits",
    ),
    "states": insert(
        "products",
        "shop_id product_id state at:bigint reason run_id checksum:bytea",
        "ON CONFLICT (shop_id, product_id) DO UPDATE SET state = excluded.state, at = excluded.at, "
        "reason = excluded.reason, run_id = excluded.run_id, checksum = excluded.checksum",
    ),
    "usage": insert(
        "usage",
        "run_id shop_id edits:bigint bytes:bigint",
        "ON CONFLICT (run_id, shop_id) DO UPDATE SET edits = t.edits + excluded.edits, "
        "bytes = t.bytes + excluded.bytes",
    ),
    "event_edits": Insert(
        b"INSERT INTO usage AS t (run_id, shop_id, edits, bytes, events, event_edits) "
        b"SELECT e.run_id, e.shop_id, 0, 0, count(*), sum(e.id) "
        b"FROM (SELECT convert_from(%b, 'UTF8')::json AS rows) AS given, "
        b"json_array_elements_text(given.rows -> 0) AS r(c0) JOIN edits e ON e.id = c0::bigint "
        b"GROUP BY e.run_id, e.shop_id ORDER BY e.run_id, e.shop_id ON CONFLICT (run_id, shop_id) DO UPDATE SET "
        b"events = t.events + excluded.events, event_edits = t.event_edits + excluded.event_edits",
        (),
    ),
    "members": insert("run_products", "run_id shop_id product_id", "ON CONFLICT DO NOTHING"),
    "runs": insert("runs", "run_id at:bigint kind note checksum:bytea", "ON CONFLICT DO NOTHING"),
    "offsets": insert(
        "imports",
        'source "offset":bigint',
        'ON CONFLICT (source) DO UPDATE SET "offset" = excluded."offset"',
    ),
    "names": insert(
        "product_names",
        "shop_id product_id title words",
        "ON CONFLICT (shop_id, product_id) DO UPDATE SET title = excluded.title, words = excluded.words "
        "WHERE t.words <> excluded.words",
    ),
}
"""Statements by field of Rows, in the order in which all processes write."""


async def write_group(connection: Connection, group: WriteGroup) -> list[int]:
    """Returns the numbers of the group's edits after the commit. Raises psycopg.Error.

    There are two round trips: each wakes the event loop. After an error the transaction is still open, so the caller
    closes the connection.
    """
    async with connection.pipeline(), connection.transaction():
        found = await connection.execute(NEXT_IDS, (len(group.edits), len(group.events)))
        edits, events = (await found.fetchall())[0]
        numbers = _numbers(edits)
        parameters = await asyncio.to_thread(_parameters, group, numbers, _numbers(events))
        for name, each in parameters.items():
            await connection.execute(INSERTS[name].sql, each)
    return numbers


def _numbers(text: str | None) -> list[int]:
    return [int(number) for number in text.split(",")] if text else []


def _parameters(group: WriteGroup, edits: list[int], events: list[int]) -> dict[str, tuple[bytes, ...]]:
    group.compress()
    rows: Rows = rows_of(group, edits, events)
    return {name: each.parameters(of_table) for name, each in INSERTS.items() if (of_table := getattr(rows, name))}
