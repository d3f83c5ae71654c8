"""Products that a search has found become members of its run, so that the run has a denominator before it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from record.codec import check_names, state_row
from record.database import Database
from record.state import StateChange

KNOW = (
    "INSERT INTO products (shop_id, product_id, state, at, reason, run_id, checksum) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
JOIN = "INSERT INTO run_products (run_id, shop_id, product_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


async def join_run(
    database: Database,
    run_id: str,
    shop_id: str,
    product_ids: Sequence[str],
    at: datetime,
    ends: Sequence[StateChange] = (),
) -> None:
    """Products that were not known yet are `queued`, or have the state that `ends` gives; others keep their state.
    Without a run id they are only known.

    Raises RecordUnavailable, DamagedStore, and ValueError for text that is not an identifier.
    """
    check_names(run_id, shop_id, *product_ids)
    statements = list[tuple[str, Sequence[Any]]]()
    ended = {each.product_id: each for each in ends}
    for product_id in sorted(set(product_ids)):
        queued = StateChange(at, shop_id, product_id, "queued", "", run_id)
        statements.append((KNOW, state_row(ended.get(product_id, queued))))
        if run_id:
            statements.append((JOIN, (run_id, shop_id, product_id)))
    if statements:
        await database.execute(statements)
