"""`relist worklist`: export the questions of blocked products and import the answers."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click
import orjson

from console.filled_sheet import REPLACE, keep_filled_in
from console.formatting import pluralize
from console.order_log import note_order
from console.progress_bar import progress_bar
from console.replaced_file import replaced, replaced_or_standard_output
from console.session import chosen_shops, redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from tables.model import BadTable
from tables.reader import DEFAULT_LIMITS, read_bounded, read_content
from worklist.collect import Worklist, collect
from worklist.csv_file import write_csv
from worklist.import_file import apply_answers
from worklist.plan_import import ImportPlan
from worklist.refused_rows import write_refused
from worklist.sheet import ANSWER_COLUMNS, read_answers
from worklist.xlsx_file import write_xlsx

MAX_ROWS = 100_000
SHOWN_QUESTIONS = 5
SHOWN_PROBLEMS = 50


@click.group()
def worklist() -> None:
    """Export the questions of blocked products and import the answers."""


@worklist.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--shop", "shop_ids", multiple=True, help="May be repeated; default: all shops.")
@click.option("--reason", default="", help="Export only questions with this reason code.")
@click.option(
    "--most-rows",
    default=MAX_ROWS,
    help="Maximum number of rows.",
    show_default=True,
    type=click.IntRange(1, 1_000_000),
)
@REPLACE
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def export_worklist(
    file: Path, shop_ids: tuple[str, ...], reason: str, most_rows: int, replace: bool, as_json: bool
) -> None:
    """Write the open questions to an .xlsx or .csv file.

    Questions whose answer unlocks the most products come first. A file with answers is not overwritten: import it
    first.

    The file `-` is standard output, as CSV.

    Example: relist worklist export gaps.xlsx --shop 7494...
    """
    to_output = str(file) == "-"
    if to_output and as_json:
        raise click.UsageError("--json and the file - both write to standard output")
    if not to_output and file.suffix.lower() not in (".xlsx", ".csv"):
        raise click.ClickException(f"{file}: the name must end in .xlsx or .csv")
    keep_filled_in(file, ANSWER_COLUMNS, replace=replace)
    settings = settings_or_exit()

    async def work() -> Worklist:
        async with redis_of(settings) as redis:
            with progress_bar("blocked products read") as progress:
                return await collect(redis, await chosen_shops(redis, shop_ids), reason=reason, progress=progress)

    found = run(work(), settings)
    try:
        with replaced_or_standard_output(file) as draft:
            if file.suffix.lower() == ".xlsx":
                # Written to memory first: the library's destructors print tracebacks if the disk is full.
                book = io.BytesIO()
                written = write_xlsx(found, book, most_rows)
                draft.write_bytes(book.getbuffer())
            else:
                with draft.open("w", encoding="utf-8-sig", newline="") as text:
                    written = write_csv(found, text, most_rows)
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}") from None
    if as_json:
        click.echo(orjson.dumps(_export_report(found, written)).decode())
    elif to_output:
        click.echo(_written(found, written), err=True)
    else:
        _print_export(found, written, file)


def _export_report(found: Worklist, written: int) -> dict[str, Any]:
    return {
        "rows": written,
        "rows_left_out": len(found.missing) - written,
        "products": found.products,
        "for_retry": found.for_retry,
        "questions": [
            {
                "gap": stats.question.key,
                "question": stats.question.text,
                "attribute": stats.question.name,
                "codes": list(stats.question.codes),
                "unlocks": stats.unlocks,
                "answers": stats.answers,
                "minutes": round(stats.minutes, 2),
                "products": stats.products,
                "shops": len(stats.shops),
            }
            for stats in found.ranked()
        ],
    }


def _written(found: Worklist, written: int) -> str:
    return f"{pluralize(written, 'missing field')} of {pluralize(found.products, 'product')} written"


def _print_export(found: Worklist, written: int, file: Path) -> None:
    click.echo(f"{_written(found, written)} to {file}")
    if note := found.left_out(written):
        click.echo(note, err=True)
    if found.for_retry:
        others = pluralize(found.for_retry, "blocked product")
        click.echo(f"{others} cannot be answered; use relist retry or relist plan instead", err=True)
    if found.questions:
        table = plain_table("question", "field", "one answer unlocks", title="Most useful answers")
        for stats in found.ranked()[:SHOWN_QUESTIONS]:
            answers = "" if stats.answers == 1 else f", {stats.answers:,} corrections"
            products, shops = pluralize(stats.products, "product"), pluralize(len(stats.shops), "shop")
            unlocks = f"{stats.unlocks:,} of {products} in {shops}{answers}"
            table.add_row(stats.question.text, stats.question.name, unlocks)
        print_table(table)


@worklist.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--check", is_flag=True, help="Check the answers without enqueueing anything.")
@click.option("--live", is_flag=True, help="Also edit products known only from dry runs.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an .xlsx file with only the refused rows and their reasons, to correct and import.",
)
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def import_worklist(file: Path, check: bool, live: bool, refused: Path | None, as_json: bool) -> None:
    """Import the answers of a filled-in worklist.

    Every row is checked, all bad rows are reported, and the products that are complete are requeued.

    The file `-` is standard input.

    Example: relist worklist import gaps.xlsx --refused refused.xlsx
    """
    if refused is not None and refused.suffix.lower() != ".xlsx":
        raise click.ClickException(f"{refused}: the name must end in .xlsx")
    try:
        content = _standard_input() if str(file) == "-" else read_bounded(file, DEFAULT_LIMITS.file_bytes)
        sheets = read_content(content, DEFAULT_LIMITS)
        answers = read_answers(sheets)
    except BadTable as problem:
        raise click.ClickException(f"{file}: {problem}") from None
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be read: {problem.strerror}") from None
    settings = settings_or_exit()

    async def work() -> ImportPlan:
        async with redis_of(settings) as redis:
            plan = await apply_answers(redis, answers, live=live, check_only=True)
            if check or not plan.answers:
                return plan
            about = {"answers": plan.answers, "products": len(plan.jobs), "refused_rows": len(plan.problems)}
            await note_order(settings, "worklist_imported", {**about, "live": live})
            noted, plan = plan.answers, await apply_answers(redis, answers, live=live)
            if plan.answers < noted:
                await note_order(settings, "answers_refused", {"answers": noted - plan.answers})
            return plan

    plan = run(work(), settings)
    try:
        _report_import(plan, check, as_json)
    finally:
        # The answers are imported already, so they are reported even if this file cannot be written.
        if refused is not None and (rows := write_refused(sheets, plan.problems)):
            _write_refused_rows(refused, rows)


def _write_refused_rows(file: Path, rows: bytes) -> None:
    try:
        with replaced(file) as draft:
            draft.write_bytes(rows)
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}") from None
    click.echo(f"the refused rows are in {file}", err=True)


def _standard_input() -> bytes:
    """Return at most one byte more than a table may have; reading the table refuses that."""
    return sys.stdin.buffer.read(DEFAULT_LIMITS.file_bytes + 1)


def _report_import(plan: ImportPlan, check: bool, as_json: bool) -> None:
    dry_runs = sum(job.dry_run for job in plan.jobs)
    if as_json:
        body = {
            "queued": 0 if check else len(plan.jobs),
            "complete": len(plan.jobs),
            "dry_runs": dry_runs,
            "answers": plan.answers,
            "unanswered_rows": plan.unanswered,
            "incomplete_products": len(plan.incomplete),
            "problems": [{"where": each.where, "message": each.message} for each in plan.problems],
        }
        click.echo(orjson.dumps(body).decode())
    else:
        done = "complete, nothing enqueued (--check)" if check else "requeued"
        click.echo(f"{pluralize(plan.answers, 'answer')} imported: {pluralize(len(plan.jobs), 'product')} {done}")
        if not (plan.answers or plan.problems):
            click.echo("no row has an answer: fill in the column `answer`", err=True)
        if dry_runs and not check:
            click.echo(f"{dry_runs:,} of them stay dry runs and will not be edited; use --live to edit them", err=True)
        if plan.incomplete:
            incomplete = pluralize(len(plan.incomplete), "product")
            click.echo(f"{incomplete} still without other answers; theirs are kept until then", err=True)
        for problem in plan.problems[:SHOWN_PROBLEMS]:
            click.echo(f"  {problem}", err=True)
        if len(plan.problems) > SHOWN_PROBLEMS:
            click.echo(f"  and {len(plan.problems) - SHOWN_PROBLEMS} more; --json shows all", err=True)
    if plan.problems:
        raise click.exceptions.Exit(1)
