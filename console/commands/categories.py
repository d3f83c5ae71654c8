"""`relist categories`: the v2 tree of a region and what each leaf requires."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from catalogue.recommender import RecommenderTests
from console.filled_sheet import REPLACE, keep_filled_in
from console.formatting import pluralize
from console.progress_bar import progress_bar
from console.region_catalogue import RegionCatalogue, region_catalogue
from console.session import redis_of, run, settings_or_exit
from console.spreadsheet import check_name, write_sheet
from console.tables import plain_table, print_table
from mapping_studio.requirements import Requirements, requirements_of
from relisting.mapping import leaves_with_path
from relisting.recommender import Recommender, further_tests
from relisting.tree import CategoryTree
from shop_queue.shop_registry import ShopRegistry

COLUMNS = ("id", "path", "level", "final", "access")
REQUIREMENT_COLUMNS = (
    *("required attributes", "sometimes required", "certificates", "size chart", "brands", "other requirements"),
)
MAX_LEAVES = 500
SHOWN_VALUES = 12
SHOWN_LEAVES = 20


@click.group()
def categories() -> None:
    """Show the v2 tree of a region and what its leaves require (docs/how-to/mapping-studio.md)."""


@categories.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--shop", "shop_id", default="", help="Shop whose region and permissions are used.")
@click.option("--locale", default="", help="Language of the names, such as de-DE; default: that of the market.")
@click.option("--under", default="", help="Only this category and those below it: an ID or a path.")
@click.option("--requirements", is_flag=True, help="Add the requirements of each leaf: 3 calls per leaf, cached.")
@click.option("--most-leaves", default=MAX_LEAVES, show_default=True, type=click.IntRange(1, 50_000),
              help="With --requirements: maximum number of leaves to read.")  # fmt: skip
@REPLACE
@click.option("--json", "as_json", is_flag=True, help="Output JSON lines instead of writing a file.")
def export_categories(
    file: Path,
    shop_id: str,
    locale: str,
    under: str,
    requirements: bool,
    most_leaves: int,
    replace: bool,
    as_json: bool,
) -> None:
    """Write the tree to an .xlsx or .csv file; `-` is standard output.

    Example: relist categories export tree.xlsx --shop 7494000000000000001
    """
    check_name(file)
    settings = settings_or_exit()

    async def work() -> tuple[list[dict[str, str]], int]:
        async with redis_of(settings) as redis, region_catalogue(settings, redis, shop_id) as catalogue:
            tree = await catalogue.tree(locale)
            chosen = _chosen(tree, under)
            leaves = [each for each in chosen if tree.is_leaf(each)]
            required: dict[str, dict[str, str]] = {}
            if requirements:
                with progress_bar("leaves read") as progress:
                    for place, leaf in enumerate(leaves[:most_leaves], 1):
                        required[leaf] = await _required_cells(catalogue, leaf)
                        progress(place, min(len(leaves), most_leaves))
            left_out = len(leaves) - len(required) if requirements else 0
            return [{**_cells(tree, each), **required.get(each, {})} for each in chosen], left_out

    rows, left_out = run(work(), settings)
    columns = (*COLUMNS, *REQUIREMENT_COLUMNS) if requirements else COLUMNS
    if as_json:
        for row in rows:
            click.echo(orjson.dumps(row))
    else:
        keep_filled_in(file, COLUMNS, replace=replace, written=None)
        write_sheet(file, columns, [[row.get(name, "") for name in columns] for row in rows])
    click.echo(f"{pluralize(len(rows), 'category', 'categories')} written", err=as_json or str(file) == "-")
    if left_out:
        click.echo(f"{pluralize(left_out, 'leaf', 'leaves')} without requirements: see --most-leaves", err=True)


@categories.command("trust")
@click.option("--region", "regions", multiple=True, help="May be repeated; default: the regions of all shops.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def show_trust(regions: tuple[str, ...], as_json: bool) -> None:
    """Show how far the platform's recommendations are trusted.

    They are tested on products whose leaf is known.

    `title` shows whether the title's words support the recommended leaf (`for`), support another one (`against`), or
    are `silent`. Recommendations are followed only where `followed` is yes.

    Example: relist categories trust --region MX
    """
    settings = settings_or_exit()

    async def work() -> list[dict[str, Any]]:
        async with redis_of(settings) as redis:
            wanted = regions or sorted({shop.region for shop in await ShopRegistry(redis).all()})
            store = RecommenderTests(redis)
            return [row for region in wanted for row in _standing(region, await store.counted(region))]

    rows = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    table = plain_table("region", "title", "right", "of", "followed", "tests needed")
    for row in rows:
        followed = "yes" if row["followed"] else "no"
        counts = (f"{row['right']:,}", f"{row['tests']:,}")
        table.add_row(row["region"], row["title"], *counts, followed, f"{row['needed']:,}")
    print_table(table)


def _standing(region: str, recommender: Recommender) -> list[dict[str, Any]]:
    return [
        {
            "region": region,
            "title": opinion,
            "right": measured.right,
            "tests": measured.total,
            "followed": recommender.is_followed(opinion),
            "needed": 0 if opinion != "silent" else further_tests(measured),
        }
        for opinion, measured in recommender.tests.items()
    ]


@categories.command("show")
@click.argument("category")
@click.option("--shop", "shop_id", default="", help="Shop whose region and permissions count.")
@click.option("--locale", default="", help="Language of the names, such as de-DE; default: that of the market.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def show_category(category: str, shop_id: str, locale: str, as_json: bool) -> None:
    """Show one category, given by its id or path, and what it requires.

    Example: relist categories show "Home > Kitchen > Jars"
    """
    settings = settings_or_exit()

    async def work() -> dict[str, Any]:
        async with redis_of(settings) as redis, region_catalogue(settings, redis, shop_id) as catalogue:
            tree = await catalogue.tree(locale)
            category_id = _found(tree, category)
            shown: dict[str, Any] = dict(_cells(tree, category_id))
            if not tree.is_leaf(category_id):
                shown["leaves"] = [f"{tree.path_text(leaf)} [{leaf}]" for leaf in tree.leaves_under(category_id)]
                return shown
            leaf = await catalogue.leaf(category_id)
            required = requirements_of(leaf)
            shown.update(zip(REQUIREMENT_COLUMNS, _requirement_cells(required, await _brands(catalogue, category_id)),
                             strict=True))  # fmt: skip
            shown["attributes"] = [
                {
                    "id": each.id,
                    "name": each.name,
                    "required": each.is_required,
                    "own values": each.is_customizable,
                    "several values": each.is_multiple_selection,
                    "values": [value.name for value in each.values],
                }
                for each in leaf.attributes
                if each.type == "PRODUCT_PROPERTY"
            ]
            return shown

    shown = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(shown))
        return
    for name, value in shown.items():
        if isinstance(value, str):
            click.echo(f"{name + ':':<22}{value or '-'}")
    leaves: list[str] = shown.get("leaves", [])
    for leaf in leaves[:SHOWN_LEAVES]:
        click.echo(f"  {leaf}")
    if len(leaves) > SHOWN_LEAVES:
        click.echo(f"  and {len(leaves) - SHOWN_LEAVES} more: see `relist categories export --under`")
    for each in shown.get("attributes", []):
        values = each["values"][:SHOWN_VALUES]
        more = f", and {len(each['values']) - SHOWN_VALUES} more" if len(each["values"]) > SHOWN_VALUES else ""
        free = "; others are accepted" if each["own values"] else ""
        click.echo(f"  {each['name']} [{each['id']}]: {', '.join(values) or 'any value'}{more}{free}")


def _found(tree: CategoryTree, category: str) -> str:
    """Return the ID of a category that is given by ID or path. Raises ClickException."""
    if category in tree:
        return category
    steps = [step.strip() for step in category.split(">") if step.strip()]
    found = leaves_with_path(category, tree) or tree.with_path(steps)
    complete = [each for each in found if len(tree.path(each)) == len(steps)] or found
    if len(complete) == 1:
        return complete[0]
    if not complete:
        raise click.ClickException(f"the v2 tree has no category {category!r}")
    listed = "\n  ".join(f"{tree.path_text(each)} [{each}]" for each in complete[:SHOWN_LEAVES])
    raise click.ClickException(f"{len(complete)} categories have this path; choose one by its id:\n  {listed}")


def _chosen(tree: CategoryTree, under: str) -> list[str]:
    """Ids by path; all, or a category and everything below it."""
    root = _found(tree, under) if under else ""
    chosen = [each for each in tree.ids() if not root or each == root or tree.is_descendant(each, root)]
    return sorted(chosen, key=lambda each: [category.name.casefold() for category in tree.path(each)])


def _cells(tree: CategoryTree, category_id: str) -> dict[str, str]:
    is_leaf = tree.is_leaf(category_id)
    access = "open" if tree.is_open(category_id) else tree.closed_because(category_id)
    level = str(len(tree.path(category_id)))
    return dict(zip(COLUMNS, (category_id, tree.path_text(category_id), level, "yes" if is_leaf else "", access),
                    strict=True))  # fmt: skip


async def _required_cells(catalogue: RegionCatalogue, leaf: str) -> dict[str, str]:
    required = requirements_of(await catalogue.leaf(leaf))
    return dict(zip(REQUIREMENT_COLUMNS, _requirement_cells(required, await _brands(catalogue, leaf)), strict=True))


def _requirement_cells(required: Requirements, brands: str) -> tuple[str, ...]:
    return (
        ", ".join(required.attributes),
        ", ".join(required.conditional),
        ", ".join(required.certificates),
        required.size_chart,
        brands,
        ", ".join(required.others),
    )


async def _brands(catalogue: RegionCatalogue, leaf: str) -> str:
    """The number of brands on the first page of the leaf's list, and how many of them need an authorisation."""
    listed = await catalogue.first_brands(leaf)
    closed = sum(brand.is_t1 and not brand.is_authorized for brand in listed.brands)
    more = "" if listed.is_whole else "+"
    return f"{len(listed.brands)}{more} listed, {closed} need an authorisation"
