"""A reader's question, and the query that pages through it by key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from record.moment import to_micros

EDIT_COLUMNS = "id, at, shop_id, product_id, run_id, kind, decision, content, checksum"
KEY_COLUMNS = "id, at, shop_id, product_id"


@dataclass(frozen=True, slots=True)
class Scope:
    """Edits that match everything given. Without anything: all edits, by time.

    Order: one product by number; a run, decision or shop by shop, product and number; otherwise by time.
    """

    shop_id: str = ""
    product_id: str = ""
    """Needs `shop_id`."""
    run_id: str = ""
    decision: str = ""
    since: datetime | None = None
    """From this time on."""
    until: datetime | None = None
    """Before this time."""
    newest_first: bool = False

    def __post_init__(self) -> None:
        if self.product_id and not self.shop_id:
            raise ValueError("a product is looked up with its shop")


@dataclass(frozen=True, slots=True)
class Page:
    """One page's query. `order` names the key columns; its values in the last row are the next page's `after`."""

    where: str
    parameters: tuple[Any, ...]
    order: tuple[str, ...]
    direction: str

    def sql(self, columns: str) -> str:
        """Takes one more parameter, the number of rows."""
        order = ", ".join(f"{name} {self.direction}" for name in self.order)
        return f"SELECT {columns} FROM edits WHERE {self.where} ORDER BY {order} LIMIT ?"


def page(scope: Scope, after: tuple[Any, ...] | None) -> Page:
    """Every page starts where the last one ended, in an index: the thousandth costs what the first one does."""
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
    return Page(" AND ".join(conditions) or "1 = 1", tuple(parameters), order, direction)
