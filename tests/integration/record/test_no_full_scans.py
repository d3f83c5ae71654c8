"""No query of the record reads a table of products or entries from end to end, on either backend."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from record import copies
from record.database import Database
from record.finding import ProductFilter
from record.opening import open_record
from record.record import Record
from record.retention import RetentionPolicy
from record.scope import Scope
from record.state import Run, StateChange
from tests.support.record_entries import NOON, all_of, an_edit

SHOP = "7494000000000000001"
LARGE = ("edits", "edit_events", "products", "run_products")
"""Tables with a row per entry or product. `usage` and `state_counts` have a few rows per shop and run."""

PAGES = (
    ProductFilter(run_id="spring"),
    ProductFilter(shop_ids=(SHOP,), after=(SHOP, "1")),
    ProductFilter("kettle", (SHOP,)),
)
"""Filters of pages that the web UI shows. Only a search of all shops by text reads every name."""
PAGES_OF_STATE = (ProductFilter(run_id="spring", state="relisted"), ProductFilter(state="relisted"))
"""Not in `ask_everything`: all of its products have this state, so a scan returns a page immediately."""


class Watched:
    """A backend that keeps the queries it is asked, to be explained."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asked: list[tuple[str, tuple[Any, ...]]] = []

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.asked.append((sql, tuple(parameters)))
        return await self.database.rows(sql, parameters)

    async def execute(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        self.asked += [(sql, tuple(parameters)) for sql, parameters in statements]
        return await self.database.execute(statements)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)


@pytest.fixture
async def watched(record: Record) -> Watched:
    for number in range(40):
        edit = an_edit(f"17290000000000{number:05}", shop_id=SHOP)
        await record.append(edit)
        await record.set_states([StateChange(NOON, SHOP, edit.product_id, "relisted", "", edit.run_id)])
    await record.begin_run(Run("spring", NOON, "relist"))
    watch = Watched(record.database)
    record.database = watch
    return watch


async def ask_everything(record: Record) -> None:
    product = an_edit().product_id
    for scope in (Scope(), Scope(SHOP), Scope(SHOP, product), Scope(run_id="spring"), Scope(SHOP, run_id="spring")):
        await all_of(record.edits(scope))
    await all_of(record.edits(Scope(decision=an_edit().decision)))
    await record.last_edit(SHOP, product)
    await asyncio.gather(*(record.last_sent(SHOP, each) for each in (product, "1")))
    await record.product(SHOP, product)
    await all_of(record.products(shop_id=SHOP))
    await all_of(record.products(run_id="spring"))
    await all_of(record.products(run_id="spring", shop_id=SHOP))
    await record.counts()
    await record.counts(shop_id=SHOP)
    await record.counts(run_id="spring")
    await record.counts(run_id="spring", shop_id=SHOP)
    for wanted in PAGES:
        await record.find(wanted, 10)
    await record.runs()
    await record.usage()
    await record.would_prune(RetentionPolicy(before=NOON - timedelta(days=1), run_id="spring"))
    await record.prune(RetentionPolicy(before=NOON + timedelta(days=1)))
    await copies.read(record.database)
    await record.erase_shop(SHOP)


def scanned_in_sqlite(plan: list[tuple[Any, ...]]) -> list[str]:
    """Steps that read a large table in the order of its rows. A covering index in the order asked for is a page."""
    steps = [str(row[3]) for row in plan]
    return [step for step in steps if re.match(rf"SCAN (?:{'|'.join((*LARGE, 'e', 'p', 'r'))})$", step)]


def scanned_in_postgres(plan: list[tuple[Any, ...]]) -> list[str]:
    steps = [str(row[0]).strip() for row in plan]
    return [step for step in steps if re.search(rf"Seq Scan on (?:{'|'.join(LARGE)})\b", step)]


async def scanned(database: Database, sql: str, parameters: Sequence[Any], *, is_sqlite: bool) -> list[str]:
    if is_sqlite:
        return scanned_in_sqlite(await database.rows(f"EXPLAIN QUERY PLAN {sql}", parameters))
    # A scan is then the last resort, as it is for a large table.
    await database.rows("SELECT set_config('enable_seqscan', 'off', false)")
    return scanned_in_postgres(await database.rows(f"EXPLAIN {sql}", parameters))


async def test_queries_use_indexes(record: Record, watched: Watched, request: pytest.FixtureRequest) -> None:
    is_sqlite = "sqlite" in request.node.name
    await ask_everything(record)
    assert len(watched.asked) > 40
    database = watched.database
    wrong = {}
    for sql, parameters in dict(watched.asked).items():
        if found := await scanned(database, sql, parameters, is_sqlite=is_sqlite):
            wrong[sql] = found
    assert not wrong
    assert await scanned(database, "SELECT id FROM edits WHERE kind = ?", ("relist",), is_sqlite=is_sqlite)


async def test_a_page_of_products_is_not_sorted(tmp_path: Path) -> None:
    """In SQLite, whose planner would sort all products of a run to return the first ones."""
    record = open_record("", tmp_path)
    await record.upgrade()
    watch = Watched(record.database)
    record.database = watch
    for wanted in (*PAGES, *PAGES_OF_STATE):
        await record.find(wanted, 10)
    assert len(watch.asked) == len(PAGES) + len(PAGES_OF_STATE) + 1
    for sql, parameters in watch.asked:
        steps = [str(row[3]) for row in await watch.database.rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]
        assert not [step for step in steps if "TEMP B-TREE" in step], (sql, steps)
    await record.close()
