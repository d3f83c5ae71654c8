"""A seller's own categories are mapped to the tree of a simulated market, and the sheet is a mapping file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from relisting.mapping import parse_mapping
from simulator.translations import translator
from tables.reader import as_csv, read_file
from tests.support.command_here import fleet_command
from tests.support.fleet_here import FleetHere

SHOP = "7494000000000000001"
SHOPS = ("--shops", "2", "--products", "40")


async def lines(fleet: FleetHere, *arguments: str, standard_input: str = "") -> list[dict[str, Any]]:
    ended = await fleet_command(fleet, *arguments, "--json", standard_input=standard_input)
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_own_categories_get_suggestions_that_become_a_mapping(tmp_path: Path) -> None:
    sheet = tmp_path / "mapping.xlsx"
    async with FleetHere(SHOPS) as fleet:
        await fleet.add_shops()

        rows = await lines(fleet, "categories", "export", "-")
        leaves = {str(row["id"]): str(row["path"]) for row in rows if row["final"]}
        assert len(leaves) > 50
        jars = next(each for each, path in leaves.items() if path.startswith("Home > Home Storage >"))
        brushes = next(each for each, path in leaves.items() if " Care >" in path and path.endswith(" Brushes"))
        department = leaves[brushes].partition(" > ")[0]
        rows_of_file = [
            "category,examples",
            f"{leaves[jars]},",
            f"Household > Care of {department} > Brush,Soft brush | Fine brush",
            "Home > Home Storage,",
        ]
        own = "\n".join(rows_of_file)

        described = await fleet_command(fleet, "categories", "export", "-", "--under", jars, "--requirements")
        assert described.code == 0, described.err
        (row,) = csv.DictReader(io.StringIO(described.out.removeprefix("\ufeff")))
        assert row["required attributes"]
        (shown,) = await lines(fleet, "categories", "show", leaves[jars])
        assert shown["id"] == jars
        assert "listed" in str(shown["brands"])
        assert shown["attributes"]

        listed = next(each for each in shown["attributes"] if each["values"])
        values = f"own attribute,own value\n{listed['name']},{listed['values'][0]}\n"
        ruled = await fleet_command(
            fleet, "attribute-rules", "suggest", "-", "-", "--category", leaves[jars], standard_input=values
        )
        assert ruled.code == 0, ruled.err
        assert f"{listed['name']},own,{listed['name']} = {listed['values'][0]},{listed['values'][0]}" in ruled.out

        done = await fleet_command(fleet, "mapping", "suggest", "-", "-o", str(sheet), standard_input=own)
        assert done.code == 0, done.err
        assert "3 categories: 1 decided, 2 to choose" in done.out
        book = load_workbook(sheet)["Rows"]
        assert book["C2"].value == f"{leaves[jars]} [{jars}]"
        assert not book["C3"].value
        assert "and contains" in str(book["D4"].value)
        assert book.data_validations.count == 3
        book["C3"].value = str(book["F3"].value)
        book.parent.save(sheet)
        mapping = parse_mapping(as_csv(read_file(sheet)[0]))
        assert [row.leaf_id for row in mapping.rows] == [jars, brushes]

        checked = await fleet_command(fleet, "mapping", "check", "-", standard_input=as_csv(read_file(sheet)[0]))
        assert "2 rows, all valid" in checked.out, checked.err
        assert "1 row without a leaf" in checked.out

        again = await fleet_command(fleet, "mapping", "suggest", "-", "-o", str(sheet), standard_input=own)
        assert again.code == 1
        assert "mapping.xlsx has 1 cell filled in by someone" in again.err

        german = [translator("de-DE")(leaves[each]) for each in (jars, brushes)]
        found = await lines(fleet, "mapping", "suggest", "-", standard_input="\n".join(german))
        assert [each["to"] for each in found] == [jars, brushes], "read in the language of the paths"

        rules = f"category,attribute,take,from,value\n{jars},{shown['attributes'][0]['name']},own,Colour,\n"
        fitting = await fleet_command(fleet, "attribute-rules", "check", "-", "--shop", SHOP, standard_input=rules)
        assert "1 rule, all valid in 1 category" in fitting.out, fitting.err
        rules += "*,No such attribute,fixed,,China\n"
        useless = await fleet_command(fleet, "attribute-rules", "check", "-", "--shop", SHOP, standard_input=rules)
        assert useless.code == 1
        assert "row 3: 1 of 1 categories have no attribute No such attribute" in useless.err

        copied = await fleet_command(
            fleet, "mapping", "copy", str(sheet), "--from-shop", SHOP, "--to-shop", SHOP, "-o", "-"
        )
        assert copied.code == 0, copied.err
        assert copied.out.count("same leaf") == 2


async def test_a_mapping_is_checked_with_a_shop_that_the_platform_does_not_refuse() -> None:
    async with FleetHere(("--shops", "2", "--products", "2")) as fleet:
        first, second = await fleet.add_shops()
        await fleet.fault(shop_id=first, token_dead=True)
        checked = await fleet_command(fleet, "mapping", "check", "-", standard_input="shop,from,to\n")
        assert (checked.code, checked.out) == (0, "0 rows, all valid\n"), checked.err
        await fleet.fault(shop_id=second, token_dead=True)
        refused = await fleet_command(fleet, "mapping", "check", "-", standard_input="shop,from,to\n")
        assert refused.code == 1
        assert "let the seller authorise the app again" in refused.err
