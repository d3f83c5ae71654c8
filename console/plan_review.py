"""Writes the groups of a plan for people, and reads which of them they approve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from jinja2 import Environment, PackageLoader, StrictUndefined

from console.filled_sheet import keep_filled_in
from console.formatting import pluralize
from console.plan_groups import NO_CHANGE, PlanGroup
from console.replaced_file import replaced_or_standard_output
from console.spreadsheet import write_sheet
from tables.model import BadTable, Sheet
from tables.reader import read_file
from tables.records import records

COLUMNS = (*("group", "decision", "category or question", "why", "products", "shops", "what else", "for example"),)
APPROVE, REJECT = "approve", "reject"
MAX_DETAILS = 8


def summary_of(groups: Sequence[PlanGroup], edits: int, products: int) -> str:
    decisions, questions = sum(each.is_ready for each in groups), sum(not each.is_ready for each in groups)
    return (
        f"{pluralize(edits, 'edit')} in {pluralize(decisions, 'group')}; {products - edits:,} of "
        f"{pluralize(products, 'product')} not edited, for {pluralize(questions, 'reason')}"
    )


def details(group: PlanGroup) -> list[str]:
    """Changes other than the category, values filled in or proposed, and warnings; the most frequent first."""
    found = [*_counted(group.filled, group), *_counted(group.changes, group)]
    found += [f"warning: {each}" for each in _counted(group.warnings, group)]
    if not found:
        return [NO_CHANGE] if group.is_ready else []
    more = len(found) - MAX_DETAILS
    return found[:MAX_DETAILS] + ([f"and {more:,} more"] if more > 0 else [])


def _counted(texts: Counter[str], group: PlanGroup) -> list[str]:
    return [text if count == group.products else f"{text} ({count:,})" for text, count in texts.most_common()]


def write_review(file: Path, run_id: str, groups: Sequence[PlanGroup], summary: str, *, replace: bool) -> None:
    """Write HTML, CSV or XLSX, depending on the file name; decisions in a sheet are kept. Raises ClickException."""
    if file.suffix.lower() == ".html":
        _write_html(file, run_id, groups, summary)
        return
    rows = [
        [
            group.key,
            "" if group.is_ready else "-",
            group.title,
            group.why,
            str(group.products),
            str(len(group.shops)),
            "; ".join(details(group)),
            "; ".join(group.examples),
        ]
        for group in groups
    ]
    keep_filled_in(file, ("decision",), replace=replace, written=("-" for row in rows if row[1]))
    choices = {place: (APPROVE, REJECT) for place, group in enumerate(groups) if group.is_ready}
    write_sheet(file, COLUMNS, rows, choices=choices, answer="decision")


def read_review(file: Path) -> Mapping[str, str]:
    """Key of a group -> `approve`, `reject` or empty. Raises ClickException."""
    try:
        sheet: Sheet = read_file(file)[0]
        found = records(sheet, ("group", "decision"))
    except BadTable as problem:
        raise click.ClickException(f"{file}: {problem}") from None
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be read: {problem.strerror}") from None
    if found.problems:
        raise click.ClickException(f"{file}: {found.problems[0]}")
    decisions: dict[str, str] = {}
    for row in found.records:
        decision = row.cells["decision"].strip().casefold()
        if decision not in (APPROVE, REJECT, "", "-"):
            raise click.ClickException(f"{file}: {row.where}: {decision[:40]!r} must be {APPROVE} or {REJECT}")
        decisions[row.cells["group"]] = decision.strip("-")
    return decisions


def _write_html(file: Path, run_id: str, groups: Sequence[PlanGroup], summary: str) -> None:
    environment = Environment(
        loader=PackageLoader("console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    parts = [("Edits", [each for each in groups if each.is_ready]),
             ("Not edited", [each for each in groups if not each.is_ready])]  # fmt: skip
    text = environment.get_template("plan.html").render(run_id=run_id, parts=parts, summary=summary, details=details)
    try:
        with replaced_or_standard_output(file) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}") from None
