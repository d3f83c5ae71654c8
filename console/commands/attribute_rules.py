"""`relist attribute-rules`: check an attribute rules file before workers load it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from console.filled_sheet import REPLACE, keep_filled_in
from console.formatting import pluralize
from console.progress_bar import progress_bar
from console.region_catalogue import region_catalogue
from console.row_problems import rows_error
from console.session import redis_of, run, settings_or_exit
from console.spreadsheet import write_sheet
from console.table_argument import TABLE, parsed_table
from console.tables import plain_table, print_table
from mapping_studio.own_attributes import RULE_COLUMNS, parse_own_attributes, rule_rows, suggest_all
from mapping_studio.rule_report import RuleLine, WaitingProduct, is_useless, report_rules
from model.blocked_product import BlockedProduct
from relisting.attribute_rules import ANY_CATEGORY, AttributeRules, check_attribute_rules, parse_attribute_rules
from relisting.mapping import target_leaf
from relisting.origin import own_values
from relisting.table_file import RowProblem
from shop_queue.blocked_products import blocked_of_shops
from tiktok_shop.catalogue import Attribute

MAX_LEAVES = 500


@click.group("attribute-rules")
def attribute_rules() -> None:
    """Check default values for missing attributes (docs/how-to/attribute-rules.md)."""


@attribute_rules.command("check")
@click.argument("file", type=TABLE)
@click.option("--shop", "shop_id", required=True, help="Shop whose attributes and blocked products to check against.")
@click.option("--most-leaves", default=MAX_LEAVES, show_default=True, type=click.IntRange(1, 50_000),
              help="Maximum number of categories to read: 2 calls each, cached.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def check_rules(file: Path, shop_id: str, most_leaves: int, as_json: bool) -> None:
    """Check every row and count the products that it helps.

    The counts are blocked products, by category.

    Rows for `*` are checked against the categories of the shop's blocked products and those that other rows name.

    Example: relist attribute-rules check rules.csv --shop 7494000000000000001
    """
    rules = parsed_table(file, parse_attribute_rules)
    settings = settings_or_exit()

    async def work() -> tuple[list[RowProblem], dict[str, tuple[Attribute, ...]], list[WaitingProduct], int]:
        async with redis_of(settings) as redis, region_catalogue(settings, redis, shop_id) as catalogue:
            tree = await catalogue.tree()
            products = [
                _waiting(each)
                async for batch, _, _ in blocked_of_shops(redis, [shop_id])
                for each in batch
                if tree.is_leaf(each.category_id)
            ]
            problems = [
                RowProblem(rule.row, f"category {rule.category} {problem}")
                for rule in rules.rules
                if rule.category != ANY_CATEGORY and (problem := tree.problem_with(rule.category))
            ]
            wanted = _categories(rules, products)
            readable = [each for each in wanted if tree.is_leaf(each)]
            attributes: dict[str, tuple[Attribute, ...]] = {}
            with progress_bar("categories read") as progress:
                for place, category in enumerate(readable[:most_leaves], 1):
                    attributes[category] = (await catalogue.leaf(category)).attributes
                    progress(place, min(len(readable), most_leaves))
            return problems, attributes, products, len(readable) - len(attributes)

    problems, attributes, products, left_out = run(work(), settings)
    lines = report_rules(rules, attributes, products)
    problems += check_attribute_rules(rules, attributes)
    problems += _useless_anywhere(rules, lines, len(attributes))
    if as_json:
        click.echo(orjson.dumps({"lines": lines, "problems": problems, "categories_left_out": left_out}))
    else:
        _print_lines(lines)
    if left_out:
        click.echo(f"{pluralize(left_out, 'category', 'categories')} not read: see --most-leaves", err=True)
    if problems:
        raise rows_error(sorted(set(problems)))
    if not as_json:
        count = pluralize(len(attributes), "category", "categories")
        click.echo(f"{pluralize(len(rules.rules), 'rule')}, all valid in {count}")


@attribute_rules.command("suggest")
@click.argument("own_attributes", type=TABLE)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--category", "categories", multiple=True, required=True, help="A leaf's ID or path; may be repeated.")
@click.option("--shop", "shop_id", default="", help="Shop whose region is used.")
@REPLACE
def suggest_rules(own_attributes: Path, file: Path, categories: tuple[str, ...], shop_id: str, replace: bool) -> None:
    """Suggest rules for your own attributes.

    The first file has the columns `own attribute` and `own value`. The result is a rules file in CSV; `-` is standard
    output. Rows that begin with `#` are alternatives: remove the `#` from the right one.

    Example: relist attribute-rules suggest own.csv rules.csv --category 600001
    """
    if str(file) != "-" and file.suffix.lower() != ".csv":
        raise click.ClickException(f"{file}: the name must end in .csv")
    own = parsed_table(own_attributes, parse_own_attributes)
    settings = settings_or_exit()

    async def work() -> tuple[dict[str, tuple[Attribute, ...]], str]:
        async with redis_of(settings) as redis, region_catalogue(settings, redis, shop_id) as catalogue:
            tree = await catalogue.tree()
            leaves = [target_leaf(each, tree) for each in categories]
            for given, leaf in zip(categories, leaves, strict=True):
                if not tree.is_leaf(leaf):
                    raise click.ClickException(f"{given} is not a final category of the v2 tree of this region")
            return {leaf: (await catalogue.leaf(leaf)).attributes for leaf in leaves}, catalogue.shop.region

    attributes, region = run(work(), settings)
    rows: list[list[str]] = []
    decided = 0
    for leaf, listed in attributes.items():
        suggested = suggest_all(own, listed, region)
        decided += sum(each.is_decided for each in suggested)
        rows += rule_rows(leaf, suggested)
    keep_filled_in(file, RULE_COLUMNS, replace=replace, written=(cell for row in rows for cell in row))
    write_sheet(file, RULE_COLUMNS, rows)
    values = pluralize(len(own) * len(attributes), "value")
    to_choose = len(own) * len(attributes) - decided
    click.echo(f"{values}: {decided:,} decided, {to_choose:,} to choose", err=str(file) == "-")


def _waiting(blocked: BlockedProduct) -> WaitingProduct:
    missing = frozenset(str(each["attribute_id"]) for each in blocked.reasons if each.get("attribute_id"))
    hints: dict[str, Any] = blocked.record.get("hints") or {}
    return WaitingProduct(blocked.category_id, missing, blocked.title, own_values(hints.get("origin") or {}))


def _categories(rules: AttributeRules, products: Sequence[WaitingProduct]) -> list[str]:
    """The categories that rules name, then those of the products, the most frequent first."""
    counts: dict[str, int] = {}
    for product in products:
        counts[product.category_id] = counts.get(product.category_id, 0) + 1
    named = [rule.category for rule in rules.rules if rule.category != ANY_CATEGORY]
    frequent = sorted(counts, key=lambda each: (-counts[each], each))
    return list(dict.fromkeys((*named, *(frequent if len(named) < len(rules.rules) else ()))))


def _useless_anywhere(rules: AttributeRules, lines: Sequence[RuleLine], categories: int) -> list[RowProblem]:
    """Rows for `*` that fit no category; empty without categories."""
    problems = []
    for rule in rules.rules:
        of_rule = [line for line in lines if line.row == rule.row]
        if rule.category == ANY_CATEGORY and categories and is_useless(of_rule):
            without = sum(line.verdict == "no attribute" for line in of_rule)
            parts = [f"{without} of {categories} categories have no attribute {rule.attribute}"] if without else []
            if unlisted := len(of_rule) - without:
                parts.append(f"{unlisted} of {categories} do not list the value {rule.value!r} of {rule.attribute}")
            problems.append(RowProblem(rule.row, "; ".join(parts)))
    return problems


def _print_lines(lines: Sequence[RuleLine]) -> None:
    table = plain_table("row", "category", "attribute", "value", "fits", "lack it", "helped", "depends")
    for line in lines:
        verdict = "yes" if line.verdict == "fits" else line.verdict
        counts = (f"{line.waiting:,}", f"{line.helped:,}", f"{line.unknown:,}")
        table.add_row(str(line.row), line.category_id, line.attribute, line.value, verdict, *counts)
    print_table(table)
