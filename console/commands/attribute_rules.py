"""`relist attribute-rules`: check an attribute rules file before workers load it."""

from __future__ import annotations

from pathlib import Path

import click

from console.row_problems import rows_error
from console.session import client_of, redis_of, run, settings_or_exit
from relisting.attribute_rules import check_attribute_rules
from relisting.table_file import BadFile, RowProblem
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Attribute
from worker.config_files import attribute_rules_file

A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("attribute-rules")
def attribute_rules() -> None:
    """Check default values for missing attributes (docs/how-to/attribute-rules.md)."""


@attribute_rules.command("check")
@click.argument("file", type=A_FILE)
@click.option("--shop", "shop_id", required=True, help="Shop whose region's attributes to check against.")
def check_rules(file: Path, shop_id: str) -> None:
    """Check that every row is valid, that its category has the attribute, and that the attribute takes the value.

    Example: relist attribute-rules check rules.csv --shop 7494000000000000001
    """
    settings = settings_or_exit()
    try:
        rules = attribute_rules_file(file).current()
    except BadFile as bad:
        raise rows_error(bad.problems) from None

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
        raise rows_error(sorted(problems))
    click.echo(f"{len(rules.rules)} rules, all valid")
