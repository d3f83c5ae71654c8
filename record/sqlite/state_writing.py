"""Writes states of products and keeps `state_counts` exact in the same transaction.

New and removed products are counted by triggers. A trigger for moves would cost two statements per row; here they are
counted per group.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

STATES_OF = (
    "SELECT product_id, state FROM products WHERE shop_id = ? AND product_id IN (SELECT value FROM json_each(?))"
)
INSERT_STATE = (
    "INSERT INTO products (shop_id, product_id, state, at, reason, run_id, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
CHANGE_STATE = (
    "UPDATE products SET state = ?3, at = ?4, reason = ?5, run_id = ?6, checksum = ?7 "
    "WHERE shop_id = ?1 AND product_id = ?2"
)
COUNT = "INSERT INTO state_counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET products = products + excluded.products"


def put_states(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """`rows` are those of `state_row`, at most one per product. Raises sqlite3.DatabaseError."""
    products: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        products[row[0]].append(row[1])
    known: dict[tuple[str, str], str] = {}
    for shop_id, product_ids in products.items():
        found = connection.execute(STATES_OF, (shop_id, orjson.dumps(product_ids).decode()))
        known |= {(shop_id, product_id): state for product_id, state in found}
    moves: Counter[tuple[str, str]] = Counter()
    for row in rows:
        old, new = known.get(row[:2]), row[2]
        if old is not None and old != new:
            moves[row[0], old] -= 1
            moves[row[0], new] += 1
    connection.executemany(CHANGE_STATE, [row for row in rows if row[:2] in known])
    if len(known) < len(rows):
        connection.executemany(INSERT_STATE, [row for row in rows if row[:2] not in known])
    connection.executemany(COUNT, [(*key, change) for key, change in moves.items() if change])
