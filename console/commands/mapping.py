"""`relist mapping`: suggest, check, preview and copy mapping files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from authorisation.causes import cause_of
from config.settings import Settings
from console.filled_sheet import REPLACE, keep_filled_in
from console.formatting import pluralize
from console.platform_client import client_of
from console.progress_bar import progress_bar
from console.region_catalogue import region_catalogue
from console.row_problems import rows_error
from console.session import redis_of, run, settings_or_exit
from console.spreadsheet import check_name, write_sheet
from console.table_argument import TABLE, parsed_table
from console.tables import plain_table, print_table
from mapping_studio.copying import CopiedRow, copy_mapping
from mapping_studio.effect import Effect, effect_of
from mapping_studio.own_categories import OwnCategory, parse_own_categories
from mapping_studio.path_index import PathIndex
from mapping_studio.requirements import Requirements
from mapping_studio.sheet import SHEET_COLUMNS, sheet_row
from mapping_studio.suggestion import TRANSLATED, Suggestion, suggest
from mapping_studio.target import target_text
from model.shop import Shop
from producers.plan_file import BadPlan, display_name, read_plan
from redis_client.connect import AnyRedis
from relisting.mapping import ANY_SHOP, COLUMNS, CategoryMapping, check_mapping, parse_mapping
from relisting.table_file import RowProblem
from relisting.tree import CategoryTree
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.errors import TikTokShopError

A_SHEET = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
MAX_LEAVES = 500
COPY_COLUMNS = (*COLUMNS, "decision", *(f"leaf {place}" for place in range(1, 6)))
MAX_SHOWN = 30


@click.group()
def mapping() -> None:
    """Map old categories, and those of your own platform, to v2 leaves (docs/how-to/mapping-studio.md)."""


@mapping.command("suggest")
@click.argument("file", type=TABLE)
@click.option("-o", "--output", default=Path("mapping.xlsx"), show_default=True, type=A_SHEET,
              help="An .xlsx or .csv file; - is standard output, as CSV.")  # fmt: skip
@click.option("--shop", "shop_id", default="", help="Shop whose region and permissions count.")
@click.option("--locale", default="", help="Language of your paths, such as de-DE; default: recognised from the paths.")
@click.option("--most-leaves", default=MAX_LEAVES, show_default=True, type=click.IntRange(0, 50_000),
              help="Maximum number of leaves whose requirements are read: 2 calls each, cached.")  # fmt: skip
@REPLACE
@click.option("--json", "as_json", is_flag=True, help="Output JSON lines instead of writing a file.")
def suggest_leaves(
    file: Path, output: Path, shop_id: str, locale: str, most_leaves: int, replace: bool, as_json: bool
) -> None:
    """Write the five best v2 leaves per category to a sheet.

    Choose one leaf for each of your own categories there.

    FILE is CSV or XLSX with a column `category` (and, if you like, `shop` and `examples`, titles separated by |), or a
    list with one path per line. `-` is standard input. The completed sheet is a mapping file.

    Example: relist mapping suggest own-categories.csv --output mapping.xlsx
    """
    check_name(output)
    own = parsed_table(file, parse_own_categories)
    settings = settings_or_exit()

    async def work() -> tuple[PathIndex, str, float, list[Suggestion], dict[str, Requirements]]:
        async with redis_of(settings) as redis, region_catalogue(settings, redis, shop_id) as catalogue:
            index, chosen, share = await catalogue.index_for([each.steps for each in own], locale)
            found = _suggestions(index, own)
            wanted = list(dict.fromkeys(leaf.category_id for each in found for leaf in each.leaves))[:most_leaves]
            with progress_bar("leaves read") as progress:
                return index, chosen, share, found, await catalogue.requirements(wanted, progress)

    index, chosen, share, found, required = run(work(), settings)
    rows = [sheet_row(each, suggestion, index.tree, required) for each, suggestion in zip(own, found, strict=True)]
    if as_json:
        for each, suggestion in zip(own, found, strict=True):
            click.echo(orjson.dumps(_as_json(each, suggestion, index.tree, required)))
    else:
        choices = {
            row: [target_text(index.tree, leaf.category_id) for leaf in each.leaves] for row, each in enumerate(found)
        }
        keep_filled_in(output, ("to",), replace=replace, written=(row[SHEET_COLUMNS.index("to")] for row in rows))
        write_sheet(output, SHEET_COLUMNS, rows, choices=choices, answer="to")
    decided = sum(bool(each.decided) for each in found)
    language = f" in {chosen}" if chosen else ""
    translated = sum(each.why == TRANSLATED for each in found)
    click.echo(
        f"{pluralize(len(own), 'category', 'categories')}: {decided} decided, {len(own) - decided} to choose"
        f"{f', {translated} of them translated word by word' if translated else ''}; "
        f"the tree{language} knows {share:.0%} of their words",
        err=as_json or str(output) == "-",
    )


@mapping.command()
@click.argument("file", type=TABLE)
@click.option("--plan", "plan_file", type=click.File("rb"), help="Plan file, to preview the effect on its products.")
def check(file: Path, plan_file: BinaryIO | None) -> None:
    """Check every row and its target in your shops' regions.

    A target must be an open leaf in each region in which you have shops.

    Example: relist mapping check mapping.csv --plan moves.jsonl
    """
    rows = parsed_table(file, parse_mapping)
    settings = settings_or_exit()

    async def work() -> list[RowProblem]:
        async with redis_of(settings) as redis:
            problems: list[RowProblem] = []
            shops = await ShopRegistry(redis).all()
            known = {shop.shop_id for shop in shops}
            for row in rows.rows:
                if row.shop_id != ANY_SHOP and row.shop_id not in known:
                    problems.append(RowProblem(row.row, f"shop {row.shop_id} is not known"))
            for region, group in _by_region(shops).items():
                for problem in check_mapping(rows, await _tree_of_any(settings, redis, group)):
                    problems.append(RowProblem(problem.row, f"{problem.problem} in {region}"))
            return problems

    problems = run(work(), settings)
    if problems:
        raise rows_error(sorted(problems))
    click.echo(f"{pluralize(len(rows.rows), 'row')}, all valid")
    if rows.still_open:
        click.echo(f"{pluralize(rows.still_open, 'row')} without a leaf: choose one in the column `to`")
    if plan_file is not None:
        _print_effect(_effect(rows, plan_file))


@mapping.command()
@click.argument("file", type=TABLE)
@click.option(
    "--plan",
    "plan_file",
    type=click.File("rb"),
    required=True,
    help="Plan file written by `relist plan`.",
)
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def hits(file: Path, plan_file: BinaryIO, as_json: bool) -> None:
    """Count the products of a plan that each row decides.

    Categories that no row covers are listed.

    Example: relist mapping hits mapping.csv --plan moves.jsonl
    """
    effect = _effect(parsed_table(file, parse_mapping), plan_file)
    if as_json:
        click.echo(orjson.dumps(effect))
        return
    table = plain_table("row", "shop", "from", "to", "products", "shops")
    for hit in effect.hits:
        row = hit.row
        table.add_row(str(row.row), row.shop_id, row.origin, row.leaf_id, f"{hit.products:,}", f"{hit.shops:,}")
    print_table(table)
    _print_effect(effect)


@mapping.command("copy")
@click.argument("file", type=TABLE)
@click.option("--from-shop", required=True, help="A shop of the mapping's region.")
@click.option("--to-shop", required=True, help="A shop of the target region.")
@click.option("--locale", default="en-US", show_default=True, help="Language in which to compare the two trees.")
@click.option("-o", "--output", default=Path("copied.xlsx"), show_default=True, type=A_SHEET,
              help="An .xlsx or .csv file; - is standard output, as CSV.")  # fmt: skip
@REPLACE
def copy_to_region(file: Path, from_shop: str, to_shop: str, locale: str, output: Path, replace: bool) -> None:
    """Copy a mapping to another region and report rows that do not fit.

    Example: relist mapping copy mapping.csv --from-shop 7494... --to-shop 7495... --output mapping-mx.xlsx
    """
    check_name(output)
    rows = parsed_table(file, parse_mapping)
    settings = settings_or_exit()

    async def work() -> list[CopiedRow]:
        async with redis_of(settings) as redis:
            async with region_catalogue(settings, redis, from_shop) as one:
                source = await one.tree(locale)
            async with region_catalogue(settings, redis, to_shop) as other:
                return copy_mapping(rows, source, PathIndex(await other.tree(locale)))

    copied = run(work(), settings)
    keep_filled_in(output, ("to",), replace=replace, written=(each.to for each in copied))
    write_sheet(output, COPY_COLUMNS, [_copied_cells(each) for each in copied],
                choices={place: each.suggested for place, each in enumerate(copied)}, answer="to")  # fmt: skip
    open_rows = [each for each in copied if not each.to]
    for each in open_rows[:MAX_SHOWN]:
        click.echo(f"row {each.row.row}: {each.note}", err=True)
    click.echo(f"{pluralize(len(copied), 'row')} copied, {len(open_rows)} to choose", err=str(output) == "-")


def _suggestions(index: PathIndex, own: tuple[OwnCategory, ...]) -> list[Suggestion]:
    found = []
    with progress_bar("categories compared") as progress:
        for place, each in enumerate(own, 1):
            found.append(suggest(index, each.steps, each.examples))
            progress(place, len(own))
    return found


def _as_json(
    own: OwnCategory, suggestion: Suggestion, tree: CategoryTree, required: dict[str, Requirements]
) -> dict[str, Any]:
    return {
        "shop": own.shop_id,
        "from": own.path,
        "to": suggestion.decided,
        "why": suggestion.why,
        "examples": own.examples,
        "leaves": [
            {
                "id": leaf.category_id,
                "path": tree.path_text(leaf.category_id),
                "score": round(leaf.score, 3),
                "access": "open" if tree.is_open(leaf.category_id) else tree.closed_because(leaf.category_id),
                "required": required[leaf.category_id].texts() if leaf.category_id in required else None,
            }
            for leaf in suggestion.leaves
        ],
    }


def _copied_cells(copied: CopiedRow) -> list[str]:
    cells = [ANY_SHOP, copied.row.origin, copied.to, copied.note, *copied.suggested]
    return cells + [""] * (len(COPY_COLUMNS) - len(cells))


def _effect(rows: CategoryMapping, plan_file: BinaryIO) -> Effect:
    """Raises ClickException."""
    try:
        return effect_of(rows, read_plan(plan_file).entries)
    except BadPlan as problem:
        raise click.ClickException(f"{display_name(plan_file)}: {problem}") from None


def _print_effect(effect: Effect) -> None:
    click.echo(
        f"effect on the plan: {pluralize(effect.decided_now, 'product')} decided that had no leaf, "
        f"{effect.moved_elsewhere:,} moved to another leaf, {effect.unchanged:,} as planned, "
        f"{effect.not_compared:,} mapped to a path, "
        f"{effect.overruled:,} overruled by the feed"
    )
    left = sum(each.products for each in effect.uncovered)
    categories = pluralize(len({each.category for each in effect.uncovered}), "old category", "old categories")
    click.echo(f"not covered by any row: {pluralize(left, 'product')} of {categories}")
    for each in effect.uncovered[:MAX_SHOWN]:
        open_ones = f", {each.undecided:,} without a leaf" if each.undecided else ""
        products = pluralize(each.products, "product")
        click.echo(f"  shop {each.shop_id}, {each.category}: {products}{open_ones}, for example {each.example}")
    if len(effect.uncovered) > MAX_SHOWN:
        click.echo(f"  and {len(effect.uncovered) - MAX_SHOWN} more: see --json of `relist mapping hits`")


def _by_region(shops: list[Shop]) -> dict[str, list[Shop]]:
    return {
        region: [each for each in shops if each.region == region]
        for region in dict.fromkeys(each.region for each in shops)
    }


async def _tree_of_any(settings: Settings, redis: AnyRedis, shops: list[Shop]) -> CategoryTree:
    """The tree of a region, as seen by the first of its shops that the platform does not refuse."""
    for place, shop in enumerate(shops, 1):
        try:
            async with client_of(settings, redis, shop.shop_id) as client:
                return CategoryTree(await client.get_categories())
        except TikTokShopError as error:
            if place == len(shops) or cause_of(error).concerns == "all":
                raise
    raise ValueError("a region has a shop")
