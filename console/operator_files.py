"""`relist mapping` and `relist attribute-rules`: check an operator's file before workers take it up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TextIO

import click
import orjson

from console.session import client_of, redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from console.words import several
from shop_queue.shops import Shop, ShopRegistry
from tiktok_shop.catalogue import Attribute
from worker.operator_files import attribute_rules_file, mapping_file
from worker.relist.attribute_rules import check_attribute_rules
from worker.relist.mapping import ANY_SHOP, Counted, check_mapping, mapping_hits
from worker.relist.table_file import BadFile, RowProblem
from worker.relist.tree import CategoryTree

A_PLAN = click.File("r", encoding="utf-8", errors="surrogateescape")
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mapping() -> None:
    """Check a mapping of old categories to v2 leaves (docs/how-to/mapping-file.md)."""


@mapping.command()
@click.argument("file", type=A_FILE)
def check(file: Path) -> None:
    """Is every row readable, and every target an open leaf in the tree of each region you have shops in?

    Example: relist mapping check mapping.csv
    """
    settings = settings_or_exit()
    try:
        rows = mapping_file(file).current()
    except BadFile as bad:
        raise _refused(bad.problems) from None

    async def work() -> list[RowProblem]:
        async with redis_of(settings) as redis:
            problems: list[RowProblem] = []
            shops = await ShopRegistry(redis).all()
            known = {shop.shop_id for shop in shops}
            for row in rows.rows:
                if row.shop_id != ANY_SHOP and row.shop_id not in known:
                    problems.append(RowProblem(row.row, f"shop {row.shop_id} is not known"))
            for region, shop in _one_a_region(shops).items():
                async with client_of(settings, redis, shop.shop_id) as client:
                    tree = CategoryTree(await client.get_categories())
                for problem in check_mapping(rows, tree):
                    problems.append(RowProblem(problem.row, f"{problem.problem} in {region}"))
            return problems

    problems = run(work(), settings)
    if problems:
        raise _refused(sorted(problems))
    click.echo(f"{several(len(rows.rows), 'row')}, all usable")


@mapping.command()
@click.argument("file", type=A_FILE)
@click.option(
    "--plan",
    "plan_file",
    type=click.File("r", encoding="utf-8", errors="surrogateescape"),
    required=True,
    help="From `relist plan`.",
)
def hits(file: Path, plan_file: TextIO) -> None:
    """How many products of a plan each row decides, and which old categories no row says anything about.

    Example: relist mapping hits mapping.csv --plan moves.jsonl
    """
    try:
        rows = mapping_file(file).current()
    except BadFile as bad:
        raise _refused(bad.problems) from None
    counted: Counter[tuple[str, str, str]] = Counter()
    for number, line in enumerate(plan_file, 1):
        try:
            entry = orjson.loads(line)
        except ValueError as problem:
            raise click.ClickException(f"{plan_file.name}: row {number} is not JSON ({problem})") from None
        if isinstance(entry, dict) and "product_id" in entry:
            counted[
                entry["shop_id"], str(entry.get("old_category") or ""), str(entry.get("origin_category") or "")
            ] += 1
    each_row, unmapped = mapping_hits(
        rows, [Counted(shop, category, count, origin) for (shop, category, origin), count in counted.items()]
    )
    table = plain_table("row", "shop", "from", "to", "products", "shops")
    for hit in each_row:
        row = hit.row
        table.add_row(str(row.row), row.shop_id, row.origin, row.leaf_id, f"{hit.products:,}", f"{hit.shops:,}")
    print_table(table)
    left = sum(each.products for each in unmapped)
    categories = several(len({each.category_id for each in unmapped}), "old category", "old categories")
    click.echo(f"decided by no row: {several(left, 'product')} of {categories}")


@click.group("attribute-rules")
def attribute_rules() -> None:
    """Check defaults for attributes products lack (docs/how-to/attribute-rules.md)."""


@attribute_rules.command("check")
@click.argument("file", type=A_FILE)
@click.option("--shop", "shop_id", required=True, help="Whose region's attributes to check against.")
def check_rules(file: Path, shop_id: str) -> None:
    """Is every row readable, does each category have the attribute, and does it take the value?

    Example: relist attribute-rules check rules.csv --shop 7494000000000000001
    """
    settings = settings_or_exit()
    try:
        rules = attribute_rules_file(file).current()
    except BadFile as bad:
        raise _refused(bad.problems) from None

    async def work() -> list[RowProblem]:
        async with redis_of(settings) as redis, client_of(settings, redis, shop_id) as client:
            tree = CategoryTree(await client.get_categories())
            attributes: dict[str, tuple[Attribute, ...]] = {}
            problems = []
            for rule in rules.rules:
                if rule.category == "*" or rule.category in attributes:
                    continue
                if problem := tree.problem_with(rule.category):
                    problems.append(RowProblem(rule.row, f"category {rule.category} {problem}"))
                    continue
                attributes[rule.category] = await client.get_attributes(rule.category)
            return [*problems, *check_attribute_rules(rules, attributes)]

    problems = run(work(), settings)
    if problems:
        raise _refused(sorted(problems))
    click.echo(f"{len(rules.rules)} rules, all usable")


def _one_a_region(shops: list[Shop]) -> dict[str, Shop]:
    return {shop.region: shop for shop in reversed(shops)}


def _refused(problems: list[RowProblem] | tuple[RowProblem, ...]) -> click.ClickException:
    lines = "\n  ".join(str(problem) for problem in problems)
    return click.ClickException(f"{several(len(problems), 'row')} can not be used:\n  {lines}")
