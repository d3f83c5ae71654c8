"""`relist report`: what happened to the products of a run or a shop, for sellers and managers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from console.filled_sheet import REPLACE, keep_other
from console.formatting import pluralize
from console.record_access import complain, name_bad, record_of
from console.replaced_file import replaced
from console.session import redis_of, run, settings_or_exit
from record.entry import BadEntry
from record.report_summary import ReportSummary
from reports.actors import lines_with_actors
from reports.formats import FORMATS, MAX_NAMED, About, is_report


@click.command()
@click.option("--run", "run_id", default="", help="The products of this run.")
@click.option("--shop", "shop_id", default="", help="The products of this shop; with --run, only those of the run.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="html", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Output JSON, like --format json.")
@click.option("--output", default="-", show_default=True, help="A file, or - for standard output.")
@REPLACE
def report(run_id: str, shop_id: str, form: str, as_json: bool, output: str, replace: bool) -> None:
    """Write a report: moved products, changes, waits and their actors, refusals with reasons, and undone edits.

    HTML is one file with charts that can be printed. The exit code is 1 if an entry in scope is damaged: the report
    contains everything else and names it.

    Example: relist report --run spring --output spring.html
    """
    if not (run_id or shop_id):
        raise click.UsageError("choose products: --run, --shop, or both")
    form = "json" if as_json else form
    settings = settings_or_exit()
    keep_other(Path(output), is_report, replace=replace)
    names = (f"run {run_id}" if run_id else "", f"shop {shop_id}" if shop_id else "")
    about = About(", ".join(name for name in names if name), datetime.now(UTC))
    summary, bad, bad_count = ReportSummary(), list[BadEntry](), 0

    async def work() -> None:
        nonlocal bad_count
        async with record_of(settings) as record, redis_of(settings) as redis:
            with _opened(output) as out, contextlib.closing(FORMATS[form](out, about)) as writer:
                async for entry, waits_for in lines_with_actors(redis, record, run_id, shop_id):
                    if isinstance(entry, BadEntry):
                        bad_count += 1
                        if len(bad) < MAX_NAMED:
                            bad.append(entry)
                    else:
                        summary.add(entry, waits_for)
                        writer.line(entry, waits_for)
                if not summary.products and not bad_count:
                    raise click.ClickException(f"the record in {record.where} has no product of {about.scope}")
                writer.end(summary, bad, bad_count)

    try:
        run(work(), settings)
    except OSError as problem:
        raise click.ClickException(f"{output} cannot be written: {problem.strerror or problem}") from None
    if output != "-":
        complain(f"{pluralize(summary.products, 'product')} in {output}")
    if bad_count:
        complain("damaged entries; the report is incomplete:")
        name_bad(bad, bad_count, complain)
        raise SystemExit(1)


@contextlib.contextmanager
def _opened(output: str) -> Iterator[IO[str]]:
    """Raises OSError. A file is replaced only when it is complete."""
    if output == "-":
        yield sys.stdout
        return
    with replaced(Path(output)) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        yield out
