"""`relist mapping`: check a mapping file before workers load it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import BinaryIO

import click

from console.formatting import pluralize
from console.plan_file import BadPlan, display_name, read_plan
from console.row_problems import rows_error
from console.session import client_of, redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from model.shop import Shop
from relisting.mapping import ANY_SHOP, Counted, check_mapping, mapping_hits
from relisting.table_file import BadFile, RowProblem
from relisting.tree import CategoryTree
from shop_queue.shop_registry import ShopRegistry
from worker.config_files import mapping_file

A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mapping() -> None:
    """Check a mapping of old categories to v2 leaves (docs/how-to/mapping-file.md)."""


@mapping.command()
@click.argument("file", type=A_FILE)
def check(file: Path) -> None:
    """Check that every row is valid and every target is an open leaf in each region you have shops in.

    Example: relist mapping check mapping.csv
    """
    settings = settings_or_exit()
    try:
        rows = mapping_file(file).current()
    except BadFile as bad:
        raise rows_error(bad.problems) from None

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
        raise rows_error(sorted(problems))
    click.echo(f"{pluralize(len(rows.rows), 'row')}, all valid")


@mapping.command()
@click.argument("file", type=A_FILE)
@click.option(
    "--plan",
    "plan_file",
    type=click.File("rb"),
    required=True,
    help="Plan file written by `relist plan`.",
)
def hits(file: Path, plan_file: BinaryIO) -> None:
    """Count the products of a plan that each row decides, and those that no row covers.

    Example: relist mapping hits mapping.csv --plan moves.jsonl
    """
    try:
        rows = mapping_file(file).current()
    except BadFile as bad:
        raise rows_error(bad.problems) from None
    counted: Counter[tuple[str, str, str]] = Counter()
    try:
        entries = read_plan(plan_file).entries
    except BadPlan as problem:
        raise click.ClickException(f"{display_name(plan_file)}: {problem}") from None
    for entry in entries:
        old, origin = str(entry.get("old_category") or ""), str(entry.get("origin_category") or "")
        counted[entry["shop_id"], old, origin] += 1
    each_row, unmapped = mapping_hits(
        rows, [Counted(shop, category, count, origin) for (shop, category, origin), count in counted.items()]
    )
    table = plain_table("row", "shop", "from", "to", "products", "shops")
    for hit in each_row:
        row = hit.row
        table.add_row(str(row.row), row.shop_id, row.origin, row.leaf_id, f"{hit.products:,}", f"{hit.shops:,}")
    print_table(table)
    left = sum(each.products for each in unmapped)
    categories = pluralize(len({each.category_id for each in unmapped}), "old category", "old categories")
    click.echo(f"not covered by any row: {pluralize(left, 'product')} of {categories}")


def _one_a_region(shops: list[Shop]) -> dict[str, Shop]:
    return {shop.region: shop for shop in reversed(shops)}
