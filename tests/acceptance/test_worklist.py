"""A worklist is exported, filled in and imported, until every answered product is relisted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from shop_queue.blocked_products import blocked_of_shops
from shop_queue.shop_registry import ShopRegistry
from tests.support.command_here import fleet_command
from tests.support.conservation import search_all, until_done
from tests.support.fleet_here import fleet_here
from worklist.sheet import PRODUCT_COLUMNS

ANSWER = PRODUCT_COLUMNS.index("answer") + 1
MAX_ROUNDS = 5


def choices(book: Any) -> dict[str, list[str]]:
    """Choices of each cell's drop-down on the first sheet."""
    offered = {}
    for rule in book["Products"].data_validations.dataValidation:
        values = [cell.value for (cell,) in _cells(book["Values"][rule.formula1.partition("!")[2].replace("$", "")])]
        for part in rule.sqref.ranges:
            for (cell,) in _cells(book["Products"][part.coord]):
                offered[cell.coordinate] = values
    return offered


def _cells(found: Any) -> Any:
    return found if isinstance(found, tuple) else ((found,),)


def fill_in(file: Path) -> set[tuple[str, str]]:
    """Fills in the first choice of each list, or a number. Returns the answered products."""
    book = load_workbook(file)
    offered, sheet = choices(book), book["Products"]
    answered = set()
    for row in range(2, sheet.max_row + 1):
        values = [value for value in offered.get(sheet.cell(row, ANSWER).coordinate, []) if value != "done"]
        number = "number" in str(sheet.cell(row, PRODUCT_COLUMNS.index("allowed values") + 1).value)
        if values or number:
            sheet.cell(row, ANSWER, values[0] if values else "12")
            answered.add((str(sheet.cell(row, 1).value), str(sheet.cell(row, 2).value)))
    book.save(file)
    return answered


async def test_worklist_round_trip_finishes_products(tmp_path: Path) -> None:
    file = tmp_path / "gaps.xlsx"
    options = ("--shops", "2", "--products", "60", "--audit-seconds", "0.05", "0.1", "--unlimited")
    # An audit that ends before its edit is committed, as on a busy machine, is found by polling.
    async with fleet_here(1, *options, audit_poll_seconds="1") as fleet:
        await search_all(fleet)
        await until_done(fleet)
        before = (await fleet.books())["total"]
        first: set[tuple[str, str]] = set()
        queued = 0
        for _ in range(MAX_ROUNDS):
            exported = await fleet_command(fleet, "worklist", "export", str(file), "--replace", "--json")
            assert exported.code == 0, exported.err
            answered = fill_in(file)
            first = first or answered
            imported = await fleet_command(fleet, "worklist", "import", str(file), "--json")
            report = json.loads(imported.out)
            assert report["problems"] == [], report["problems"][:3]
            if not report["queued"]:
                break
            queued += report["queued"]
            await until_done(fleet)
        assert queued > 0, "some products lack an attribute with listed values"
        after = (await fleet.books())["total"]
        shops = [shop.shop_id for shop in await ShopRegistry(fleet.redis).all()]
        still = {
            (product.shop_id, product.product_id): product.codes
            async for batch, _, _ in blocked_of_shops(fleet.redis, shops)
            for product in batch
        }
        finished = first - still.keys()
        assert after["moved"] - before["moved"] == len(finished)
        assert len(finished) > 0.5 * len(first), {codes for product, codes in still.items() if product in first}
        assert (after["damaged"], after["in_audit"]) == (0, 0)
        again = await fleet_command(fleet, "worklist", "import", str(file), "--json")
        assert json.loads(again.out)["queued"] == 0, "an answered question is outdated and not applied twice"
