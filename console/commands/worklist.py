"""`relist worklist`: what people must answer, out as a sheet and in again."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from console.formatting import pluralize
from console.progress_bar import progress_bar
from console.session import redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry
from worklist.collect import Worklist, collect
from worklist.csv_file import write_csv
from worklist.import_file import apply_answers, read_file
from worklist.plan_import import ImportPlan
from worklist.sheet import BadSheet
from worklist.xlsx_file import write_xlsx

MOST_ROWS = 100_000
SHOWN_QUESTIONS = 5
SHOWN_PROBLEMS = 50


@click.group()
def worklist() -> None:
    """What people must answer so that blocked products can go on."""


@worklist.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--shop", "shop_ids", multiple=True, help="Several times for pluralize; all shops without it.")
@click.option("--reason", default="", help="Only what is missing for this reason code.")
@click.option("--most-rows", default=MOST_ROWS, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def export_worklist(file: Path, shop_ids: tuple[str, ...], reason: str, most_rows: int, as_json: bool) -> None:
    """Write the missing cells, and nothing else, to an .xlsx or .csv file; what unlocks most comes first.

    Example: relist worklist export gaps.xlsx --shop 7494...
    """
    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise click.ClickException(f"{file}: the name must end in .xlsx or .csv")
    settings = settings_or_exit()

    async def work() -> Worklist:
        async with redis_of(settings) as redis:
            with progress_bar("blocked products read") as progress:
                return await collect(redis, await chosen_shops(redis, shop_ids), reason=reason, progress=progress)

    found = run(work(), settings)
    try:
        with replaced(file) as draft:
            if file.suffix.lower() == ".xlsx":
                written = write_xlsx(found, draft, most_rows)
            else:
                with draft.open("w", encoding="utf-8-sig", newline="") as text:
                    written = write_csv(found, text, most_rows)
    except OSError as problem:
        raise click.ClickException(f"{file} can not be written: {problem.strerror}") from None
    if as_json:
        click.echo(orjson.dumps(_export_report(found, written)).decode())
    else:
        _tell_export(found, written, file)


async def chosen_shops(redis: AnyRedis, shop_ids: tuple[str, ...]) -> list[str]:
    """Those, or all. Raises UnknownShop."""
    registry = ShopRegistry(redis)
    if shop_ids:
        return [(await registry.get(shop_id)).shop_id for shop_id in shop_ids]
    return [shop.shop_id for shop in await registry.all()]


@contextlib.contextmanager
def replaced(file: Path) -> Iterator[Path]:
    """A draft beside the file that takes its place once it is whole: an answered sheet is never half overwritten."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _export_report(found: Worklist, written: int) -> dict[str, Any]:
    return {
        "rows": written,
        "rows_left_out": len(found.gaps) - written,
        "products": found.products,
        "for_retry": found.for_retry,
        "questions": [
            {
                "gap": asked.question.key,
                "question": asked.question.text,
                "attribute": asked.question.name,
                "codes": list(asked.question.codes),
                "unlocks": asked.unlocks,
                "products": asked.products,
                "shops": len(asked.shops),
            }
            for asked in found.ranked()
        ],
    }


def _tell_export(found: Worklist, written: int, file: Path) -> None:
    click.echo(f"{pluralize(written, 'missing cell')} of {pluralize(found.products, 'product')} written to {file}")
    if len(found.gaps) > written:
        click.echo(f"{len(found.gaps) - written:,} more did not fit: import this one, then export again", err=True)
    if found.for_retry:
        others = pluralize(found.for_retry, "blocked product")
        click.echo(f"{others} to be tried or planned again instead: relist retry, relist plan", err=True)
    if found.questions:
        table = plain_table("what is asked", "about", "one answer unlocks", title="Answer these first")
        for asked in found.ranked()[:SHOWN_QUESTIONS]:
            unlocks = (
                f"{asked.unlocks:,} of {pluralize(asked.products, 'product')} in {pluralize(len(asked.shops), 'shop')}"
            )
            table.add_row(asked.question.text, asked.question.name, unlocks)
        print_table(table)


@worklist.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only say what is wrong; queue nothing.")
@click.option("--live", is_flag=True, help="Also edit, for real, products known from dry runs only.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def import_worklist(file: Path, check: bool, live: bool, as_json: bool) -> None:
    """Take a filled-in sheet: check every row, name all bad ones, re-queue just the unblocked products.

    Example: relist worklist import gaps.xlsx
    """
    try:
        answers = read_file(file)
    except BadSheet as problem:
        raise click.ClickException(f"{file}: {problem}") from None
    settings = settings_or_exit()

    async def work() -> ImportPlan:
        async with redis_of(settings) as redis:
            return await apply_answers(redis, answers, live=live, check_only=check)

    _tell_import(run(work(), settings), check, as_json)


def _tell_import(plan: ImportPlan, check: bool, as_json: bool) -> None:
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
        done = "complete, none queued (--check)" if check else "re-queued"
        click.echo(f"{pluralize(plan.answers, 'answer')} taken: {pluralize(len(plan.jobs), 'product')} {done}")
        if dry_runs and not check:
            click.echo(f"{dry_runs:,} of them stay dry runs and will not be edited: --live to edit", err=True)
        if plan.incomplete:
            click.echo(f"lacking other answers, and waiting on: {pluralize(len(plan.incomplete), 'product')}", err=True)
        for problem in plan.problems[:SHOWN_PROBLEMS]:
            click.echo(f"  {problem}", err=True)
        if len(plan.problems) > SHOWN_PROBLEMS:
            click.echo(f"  and {len(plan.problems) - SHOWN_PROBLEMS} more (--json gives all)", err=True)
    if plan.problems:
        raise click.exceptions.Exit(1)
