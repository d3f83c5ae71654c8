"""Finds products by title, SKU, id, state and the reason of their state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from record.database import Database
from record.moment import from_micros
from record.state import ProductStateName

MAX_SHOPS = 500
"""Number of shops per look-up of a product ID."""
SAME = "n.shop_id = p.shop_id AND n.product_id = p.product_id"
IN_RUN = "r.shop_id = p.shop_id AND r.product_id = p.product_id"
BY_STATE = f"products p LEFT JOIN product_names n ON {SAME}"
BY_NAME = f"product_names n JOIN products p ON {SAME}"
# SQLite reads the tables around CROSS JOIN in the order written. It would otherwise sort the products of a run.
BY_STATE_IN_RUN = f"products p CROSS JOIN run_products r LEFT JOIN product_names n ON {SAME}"
BY_NAME_IN_RUN = f"{BY_NAME} CROSS JOIN run_products r"
BY_RUN = f"run_products r CROSS JOIN products p LEFT JOIN product_names n ON {SAME}"


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Products that match all given fields."""

    text: str = ""
    """Part of the title, a SKU or the reason, in any case."""
    shop_ids: tuple[str, ...] = ()
    """Only these shops; empty = all."""
    product_id: str = ""
    """Needs `shop_ids`."""
    state: ProductStateName | None = None
    run_id: str = ""
    after: tuple[str, str] | None = None
    """Shop and product of the previous page's last product."""


@dataclass(frozen=True, slots=True)
class FoundProduct:
    shop_id: str
    product_id: str
    title: str
    state: str
    at: datetime
    reason: str


async def find(database: Database, wanted: ProductFilter, limit: int) -> list[FoundProduct]:
    """Raises RecordUnavailable, DamagedStore."""
    if not wanted.text:
        return await _page(database, BY_STATE, wanted, [], [], limit)
    pattern = like(wanted.text)
    # Two scans of one table each: a scan of both tables joined would take five times as long.
    named = await _page(database, BY_NAME, wanted, ["n.words LIKE ? ESCAPE '!'"], [pattern], limit)
    conditions, parameters = ["p.reason <> ''", "lower(p.reason) LIKE ? ESCAPE '!'"], list[Any]([pattern])
    if len(named) == limit:
        conditions.append("(p.shop_id, p.product_id) <= (?, ?)")
        parameters += [named[-1].shop_id, named[-1].product_id]
    by_reason = await _page(database, BY_STATE, wanted, conditions, parameters, limit)
    found = {(each.shop_id, each.product_id): each for each in (*named, *by_reason)}
    return [found[key] for key in sorted(found)][:limit]


async def _page(
    database: Database,
    source: str,
    wanted: ProductFilter,
    conditions: list[str],
    parameters: list[Any],
    limit: int,
) -> list[FoundProduct]:
    key = "n" if source == BY_NAME else "p"
    if wanted.run_id:
        if source == BY_NAME:
            source = BY_NAME_IN_RUN
        elif wanted.text or wanted.state:
            source = BY_STATE_IN_RUN
        else:
            source, key = BY_RUN, "r"
        conditions += [IN_RUN, "r.run_id = ?"]
        parameters.append(wanted.run_id)
    if wanted.shop_ids:
        conditions.append(f"{key}.shop_id IN ({', '.join('?' * len(wanted.shop_ids[:MAX_SHOPS]))})")
        parameters += wanted.shop_ids[:MAX_SHOPS]
    for name, value in ((f"{key}.product_id", wanted.product_id), ("p.state", wanted.state)):
        if value:
            conditions.append(f"{name} = ?")
            parameters.append(value)
    if wanted.after is not None:
        conditions.append(f"({key}.shop_id, {key}.product_id) > (?, ?)")
        parameters += wanted.after
    sql = (
        f"SELECT p.shop_id, p.product_id, n.title, p.state, p.at, p.reason FROM {source}"
        f" WHERE {' AND '.join(conditions) or '1 = 1'} ORDER BY {key}.shop_id, {key}.product_id LIMIT ?"
    )
    rows = await database.rows(sql, (*parameters, limit))
    return [
        FoundProduct(shop_id, product_id, title or "", state, from_micros(at), reason)
        for shop_id, product_id, title, state, at, reason in rows
    ]


async def titles(database: Database, products: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Raises RecordUnavailable, DamagedStore."""
    if not products:
        return {}
    places = ", ".join(["(?, ?)"] * len(products))
    sql = f"SELECT shop_id, product_id, title FROM product_names WHERE (shop_id, product_id) IN (VALUES {places})"
    rows = await database.rows(sql, [each for pair in products for each in pair])
    return {(shop_id, product_id): title for shop_id, product_id, title in rows}


def like(text: str) -> str:
    """The LIKE pattern that finds `text` anywhere. Pure."""
    escaped = text.casefold().replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("\0", "")
    return f"%{escaped}%"
