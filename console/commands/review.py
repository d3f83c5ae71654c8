"""`relist review`: a plan in words, in groups that can be approved or rejected."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from console.filled_sheet import REPLACE
from console.plan_groups import groups_of
from console.plan_review import details, summary_of, write_review
from producers.plan_file import BadPlan, display_name, read_plan

ENDINGS = (".html", ".xlsx", ".csv")


@click.command()
@click.argument("plan", type=click.File("rb"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@REPLACE
def review(plan: BinaryIO, file: Path | None, replace: bool) -> None:
    """Show a plan in words, grouped by decision and by question, or write it to an .html, .xlsx or .csv file.

    In the sheet, write `approve` or `reject` in the column `decision`, and pass it to `relist apply --review`.

    Example: relist review moves.jsonl groups.xlsx
    """
    if file is not None and file.suffix.lower() not in ENDINGS:
        raise click.ClickException(f"{file}: the name must end in .html, .xlsx or .csv")
    try:
        read = read_plan(plan)
    except BadPlan as problem:
        raise click.ClickException(f"{display_name(plan)}: {problem}") from None
    groups = groups_of(read.entries)
    summary = summary_of(groups, sum(bool(entry["ready"]) for entry in read.entries), len(read.entries))
    if file is not None:
        write_review(file, read.run_id, groups, summary, replace=replace)
    click.echo(f"{summary}.")
    for group in groups if file is None else ():
        click.echo(f"\n{group.key}  {group.products:,} × {group.title}")
        click.echo(f"    {group.why}")
        for line in (*details(group), *(f"for example: {each}" for each in group.examples)):
            click.echo(f"    {line}")
