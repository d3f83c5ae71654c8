"""Entries for record tests."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from record.codec import read_edit
from record.entry import NewEdit, StoredEdit
from record.scope import EDIT_COLUMNS

T = TypeVar("T")
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def an_edit(product_id: str = "1729000000000000001", **other: Any) -> NewEdit:
    """An edit that moves a product from an old category to another."""
    before = {"id": product_id, "title": f"Kettle {product_id}", "category_chains": [{"id": "600001"}]}
    content: dict[str, Any] = {
        "at": NOON,
        "shop_id": "7494000000000000001",
        "kind": "relist",
        "run_id": "spring",
        "rule": "own_leaf",
        "decision": "own_leaf@1",
        "evidence": {"leaf": "853000"},
        "before": before,
        "edit": {"title": before["title"], "category_id": "853000"},
    }
    return NewEdit(product_id=product_id, **(content | other))


def later(**time: float) -> datetime:
    return NOON + timedelta(**time)


async def all_of(entries: AsyncIterator[T]) -> list[T]:
    return [entry async for entry in entries]


def stored_edits(directory: Path) -> list[StoredEdit]:
    """The entries that another process would now find in the file. Does not use the event loop."""
    with closing(sqlite3.connect(directory / "record.sqlite3")) as connection:
        return [read_edit(row) for row in connection.execute(f"SELECT {EDIT_COLUMNS} FROM edits ORDER BY id")]
