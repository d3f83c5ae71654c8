"""The scope of a read and the query that pages through it by key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from record.moment import to_micros

EDIT_COLUMNS = "id, at, shop_id, product_id, run_id, kind, decision, content, checksum"
KEY_COLUMNS = "id, at, shop_id, product_id"


@dataclass(frozen=True, slots=True)
class Scope:
    """Edits that match all given fields; without any, all edits by time.

    A product's edits are ordered by number; those of a run, decision or shop by shop, product and number; others by
    time.
    """

    shop_id: str = ""
    product_id: str = ""
    """Needs `shop_id`."""
    run_id: str = ""
    decision: str = ""
    since: datetime | None = None
    """Start time, inclusive."""
    until: datetime | None = None
    """End time, exclusive."""
    newest_first: bool = False

    def __post_init__(self) -> None:
        if self.product_id and not self.shop_id:
            raise ValueError("a product is looked up with its shop")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query of a page. `order` names the key columns; their values in the last row are the next page's `after`."""

    where: str
    parameters: tuple[Any, ...]
    order: tuple[str, ...]
    direction: str

    def sql(self, columns: str) -> str:
        """The SQL text, which takes the number of rows as an additional last parameter."""
        order = ", ".join(f"{name} {self.direction}" for name in self.order)
        return f"SELECT {columns} FROM edits WHERE {self.where} ORDER BY {order} LIMIT ?"


def page(scope: Scope, after: tuple[Any, ...] | None) -> PageQuery:
    """The next page, which starts in the index after the last one, so all pages cost the same."""
    equal: dict[str, Any] = {}
    order: tuple[str, ...]
    if scope.product_id:
        equal, order = {"shop_id": scope.shop_id, "product_id": scope.product_id}, ("id",)
    elif scope.run_id or scope.decision:
        equal = {"run_id": scope.run_id} if scope.run_id else {"decision": scope.decision}
        order = ("shop_id", "product_id", "id")
    elif scope.shop_id:
        order = ("product_id", "id")
    else:
        order = ("at", "id")
    if scope.shop_id and "shop_id" not in equal:
        equal["shop_id"] = scope.shop_id
        order = tuple(name for name in order if name != "shop_id")
    others = {"run_id": scope.run_id, "decision": scope.decision}
    equal |= {name: value for name, value in others.items() if value}
    conditions, parameters = [f"{name} = ?" for name in equal], list(equal.values())
    if scope.since is not None:
        conditions.append("at >= ?")
        parameters.append(to_micros(scope.since))
    if scope.until is not None:
        conditions.append("at < ?")
        parameters.append(to_micros(scope.until))
    if after is not None:
        comparison = "<" if scope.newest_first else ">"
        conditions.append(f"({', '.join(order)}) {comparison} ({', '.join('?' * len(order))})")
        parameters += after
    direction = "DESC" if scope.newest_first else "ASC"
    return PageQuery(" AND ".join(conditions) or "1 = 1", tuple(parameters), order, direction)
