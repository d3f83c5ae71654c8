"""Retention: pruning by age and size, erasing a shop, and space usage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from record import copies
from record.database import Database, Space
from record.group import EDIT_OVERHEAD
from record.moment import from_micros, to_micros

BATCH = 500
"""Number of entries removed per transaction, which limits how long writers wait."""
MAX_USERS = 10_000


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """Selects the entries to remove.

    These are the entries that match the run and the shop, if given, and are older than `before`, or the oldest ones
    until the matching entries take at most `most_bytes`. Entries of products in audit stay, since their result is
    pending.
    """

    before: datetime | None = None
    most_bytes: int | None = None
    run_id: str = ""
    shop_id: str = ""

    def __post_init__(self) -> None:
        if self.before is None and self.most_bytes is None:
            raise ValueError("say what to prune: by age, by size, or both")


@dataclass(frozen=True, slots=True)
class Going:
    """Entries that were or would be removed."""

    edits: int = 0
    bytes: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    products: int = 0
    """Number of removed states; only when a shop is erased."""


@dataclass(frozen=True, slots=True)
class RunUsage:
    run_id: str
    shop_id: str
    edits: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    space: Space
    edits: int
    bytes: int
    """Bytes of entries, counted when they were written; `space` has the bytes on disk."""
    largest: tuple[RunUsage, ...]
    """At most 10,000 runs and shops, largest first."""


async def usage(database: Database) -> Usage:
    """Raises RecordUnavailable, DamagedStore."""
    ((edits, size),) = await database.rows("SELECT coalesce(sum(edits), 0), coalesce(sum(bytes), 0) FROM usage")
    rows = await database.rows(
        "SELECT run_id, shop_id, edits, bytes FROM usage WHERE edits > 0 ORDER BY bytes DESC LIMIT ?", (MAX_USERS,)
    )
    return Usage(await database.space(), int(edits), int(size), tuple(RunUsage(*row) for row in rows))


async def preview(database: Database, policy: RetentionPolicy) -> Going:
    """Raises RecordUnavailable, DamagedStore."""
    total = Going()
    async for batch in _batches(database, policy):
        total = _plus(total, batch)
    return total


async def prune(database: Database, policy: RetentionPolicy) -> Going:
    """Raises RecordUnavailable, DamagedStore; earlier batches stay removed, and the next call continues."""
    total = Going()
    async for batch in _batches(database, policy):
        await _remove(database, batch)
        total = _plus(total, batch)
    await database.compact()
    return total


async def erase_shop(database: Database, shop_id: str) -> Going:
    """Raises RecordUnavailable, DamagedStore."""
    total = Going()
    while True:
        sql = (
            "SELECT id, at, shop_id, product_id, run_id, length(content) FROM edits WHERE shop_id = ? "
            "ORDER BY product_id, id LIMIT ?"
        )
        batch = await database.rows(sql, (shop_id, BATCH))
        if not batch:
            break
        await _remove(database, batch)
        total = _plus(total, batch)
    for run_id in await _runs_of_members(database):
        await _delete_in_batches(database, "run_products", {"run_id": run_id, "shop_id": shop_id})
    products = await _delete_in_batches(database, "products", {"shop_id": shop_id})
    await _delete_in_batches(database, "product_names", {"shop_id": shop_id})
    await database.execute(
        [(f"DELETE FROM {table} WHERE shop_id = ?", (shop_id,)) for table in ("usage", "state_counts")]
    )
    await copies.forget(database, shop_id)
    await database.compact()
    return Going(total.edits, total.bytes, total.first_at, total.last_at, products)


async def _runs_of_members(database: Database) -> list[str]:
    """The runs with members: one step in the index per run."""
    sql = (
        "WITH RECURSIVE found(run_id) AS (SELECT min(run_id) FROM run_products UNION ALL SELECT "
        "(SELECT min(run_id) FROM run_products WHERE run_id > found.run_id) FROM found WHERE found.run_id IS NOT NULL) "
        "SELECT run_id FROM found WHERE run_id IS NOT NULL"
    )
    return [run_id for (run_id,) in await database.rows(sql)]


async def _delete_in_batches(database: Database, table: str, equal: Mapping[str, str]) -> int:
    """Deletes the rows with these values; returns their number."""
    where, deleted = " AND ".join(f"{name} = ?" for name in equal), 0
    while True:
        sql = f"SELECT product_id FROM {table} WHERE {where} ORDER BY product_id LIMIT ?"
        some = [product_id for (product_id,) in await database.rows(sql, (*equal.values(), BATCH))]
        if not some:
            return deleted
        places = ", ".join("?" * len(some))
        await database.execute(
            [(f"DELETE FROM {table} WHERE {where} AND product_id IN ({places})", (*equal.values(), *some))]
        )
        deleted += len(some)


async def _batches(database: Database, policy: RetentionPolicy) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Rows of (id, at, shop_id, product_id, run_id, bytes of the content), oldest first."""
    conditions, parameters = ["p.state IS NULL OR p.state <> 'in_audit'"], list[Any]()
    for name, value in (("e.run_id", policy.run_id), ("e.shop_id", policy.shop_id)):
        if value:
            conditions.append(f"{name} = ?")
            parameters.append(value)
    over = await _over(database, policy)
    cutoff = to_micros(policy.before) if policy.before is not None else None
    last = (-(1 << 62), 0)
    while True:
        where = " AND ".join(f"({each})" for each in conditions)
        sql = (
            "SELECT e.id, e.at, e.shop_id, e.product_id, e.run_id, length(e.content) FROM edits e LEFT JOIN products p "
            f"ON p.shop_id = e.shop_id AND p.product_id = e.product_id WHERE (e.at, e.id) > (?, ?) AND {where} "
            "ORDER BY e.at, e.id LIMIT ?"
        )
        found = await database.rows(sql, (*last, *parameters, BATCH))
        batch = []
        for row in found:
            if not (cutoff is not None and row[1] < cutoff) and over <= 0:
                break
            over -= row[5] + EDIT_OVERHEAD
            batch.append(row)
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        last = (batch[-1][1], batch[-1][0])


async def _over(database: Database, policy: RetentionPolicy) -> int:
    """Bytes above the policy's size limit."""
    if policy.most_bytes is None:
        return 0
    sql = "SELECT coalesce(sum(bytes), 0) FROM usage WHERE (? = '' OR run_id = ?) AND (? = '' OR shop_id = ?)"
    ((used,),) = await database.rows(sql, (policy.run_id, policy.run_id, policy.shop_id, policy.shop_id))
    return int(used) - policy.most_bytes


async def _remove(database: Database, batch: list[tuple[Any, ...]]) -> None:
    ids = tuple(row[0] for row in batch)
    some = f"FROM edits WHERE id IN ({', '.join('?' * len(ids))})"
    await database.execute(
        [
            (
                "UPDATE products SET edits = products.edits - gone.n FROM "
                f"(SELECT shop_id, product_id, count(*) AS n {some} GROUP BY shop_id, product_id) AS gone "
                "WHERE products.shop_id = gone.shop_id AND products.product_id = gone.product_id",
                ids,
            ),
            (
                "UPDATE usage SET edits = usage.edits - gone.n, bytes = usage.bytes - gone.bytes FROM "
                f"(SELECT run_id, shop_id, count(*) AS n, sum(length(content) + {EDIT_OVERHEAD}) AS bytes {some} "
                "GROUP BY run_id, shop_id) AS gone WHERE usage.run_id = gone.run_id AND usage.shop_id = gone.shop_id",
                ids,
            ),
            (
                "UPDATE usage SET events = usage.events - gone.n, event_edits = usage.event_edits - gone.edits FROM "
                "(SELECT e.run_id, e.shop_id, count(*) AS n, sum(e.id) AS edits FROM edit_events v JOIN edits e "
                f"ON e.id = v.edit_id WHERE v.edit_id IN ({', '.join('?' * len(ids))}) GROUP BY e.run_id, e.shop_id) "
                "AS gone WHERE usage.run_id = gone.run_id AND usage.shop_id = gone.shop_id",
                ids,
            ),
            (f"DELETE FROM edit_events WHERE edit_id IN ({', '.join('?' * len(ids))})", ids),
            (f"DELETE {some}", ids),
        ]
    )


def _plus(total: Going, batch: list[tuple[Any, ...]]) -> Going:
    times = [row[1] for row in batch]
    first, last = from_micros(min(times)), from_micros(max(times))
    return Going(
        total.edits + len(batch),
        total.bytes + sum(row[5] + EDIT_OVERHEAD for row in batch),
        min(total.first_at or first, first),
        max(total.last_at or last, last),
    )
