"""Entries for tests of the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from record.entry import NewEdit

T = TypeVar("T")
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def an_edit(product_id: str = "1729000000000000001", **other: Any) -> NewEdit:
    """The seller's product under an old category, moved to another."""
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
