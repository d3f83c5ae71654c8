"""`relist report`: what happened to the products of a run or a shop, for sellers and managers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from console.formatting import pluralize
from console.record_access import complain, name_bad, record_of
from console.replaced_file import replaced
from console.report_formats import FORMATS, MOST_NAMED, About
from console.session import redis_of, run, settings_or_exit
from record.entry import BadEntry
from record.record import Record
from record.report import ReportLine, report_lines
from record.report_summary import WAITS_FOR, ReportSummary
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import read_blocked

BATCH = 500
BLOCKED = ("needs_input", "rejected", "failed")


@click.command()
@click.option("--run", "run_id", default="", help="The products of this run.")
@click.option("--shop", "shop_id", default="", help="The products of this shop; with --run, only those of the run.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="html", show_default=True)
@click.option("--output", default="-", show_default=True, help="A file, or - for standard output.")
def report(run_id: str, shop_id: str, form: str, output: str) -> None:
    """Write a report: moved products, changes, waits and their actors, refusals with reasons, and undone edits.

    HTML is one file with charts that can be printed. The exit code is 1 if an entry in scope is damaged: the report has
    everything else and names it.

    Example: relist report --run spring --output spring.html
    """
    if not (run_id or shop_id):
        raise click.UsageError("choose products: --run, --shop, or both")
    settings = settings_or_exit()
    names = (f"run {run_id}" if run_id else "", f"shop {shop_id}" if shop_id else "")
    about = About(", ".join(name for name in names if name), datetime.now(UTC))
    summary, bad, bad_count = ReportSummary(), list[BadEntry](), 0

    async def work() -> None:
        nonlocal bad_count
        async with record_of(settings) as record, redis_of(settings) as redis:
            with _opened(output) as out, contextlib.closing(FORMATS[form](out, about)) as writer:
                async for entry, waits_for in _with_actors(redis, record, run_id, shop_id):
                    if isinstance(entry, BadEntry):
                        bad_count += 1
                        if len(bad) < MOST_NAMED:
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


async def _with_actors(
    redis: AnyRedis, record: Record, run_id: str, shop_id: str
) -> AsyncIterator[tuple[ReportLine | BadEntry, Sequence[str]]]:
    batch: list[ReportLine] = []
    async for entry in report_lines(record, run_id=run_id, shop_id=shop_id):
        if isinstance(entry, BadEntry):
            yield entry, ()
            continue
        batch.append(entry)
        if len(batch) >= BATCH:
            for line, waits_for in await _actors(redis, batch):
                yield line, waits_for
            batch = []
    for line, waits_for in await _actors(redis, batch):
        yield line, waits_for


async def _actors(redis: AnyRedis, lines: Sequence[ReportLine]) -> list[tuple[ReportLine, Sequence[str]]]:
    """Who must act on each product: for blocked ones the actors of their reasons. Their record also has the title."""
    found = await read_blocked(redis, [(each.shop_id, each.product_id) for each in lines if each.state in BLOCKED])
    result: list[tuple[ReportLine, Sequence[str]]] = []
    for line in lines:
        blocked = found.get((line.shop_id, line.product_id))
        if line.state in BLOCKED:
            actors = sorted({str(reason.get("actor") or "unknown") for reason in blocked.reasons}) if blocked else []
            titled = replace(line, title=line.title or blocked.title) if blocked else line
            result.append((titled, actors or ["unknown"]))
        else:
            result.append((line, [WAITS_FOR[line.state]] if line.state in WAITS_FOR else ()))
    return result


@contextlib.contextmanager
def _opened(output: str) -> Iterator[IO[str]]:
    """Raises OSError. A file is replaced only when it is complete."""
    if output == "-":
        yield sys.stdout
        return
    with replaced(Path(output)) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        yield out
