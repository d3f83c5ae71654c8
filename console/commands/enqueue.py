"""`relist enqueue`: add products to lanes by search, by file, or by ID."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import click
import orjson

from console.formatting import pluralize
from console.session import chosen_shops, redis_of, run, settings_or_exit
from model.job import Job
from model.search_id import search_job_id
from producers.feed_entry import BadJob, parse_job
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

SHOWN_PROBLEMS = 20


@click.group()
def enqueue() -> None:
    """Enqueue products by search, by file, or by ID."""


@enqueue.command()
@click.option("--shop", "shop_ids", multiple=True, help="May be repeated; default: all shops.")
@click.option("--run-id", default="", help="Name of this run, included in every outcome.")
@click.option("--dry-run", is_flag=True, help="Do everything except the edit.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def search(shop_ids: tuple[str, ...], run_id: str, dry_run: bool, as_json: bool) -> None:
    """Find every product still on v1 and relist it.

    Example: relist enqueue search --run-id spring-sweep
    """
    settings = settings_or_exit()

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            known = await chosen_shops(redis, shop_ids)
            jobs = (Job(each, search_job_id(run_id, None), "search", run_id=run_id, dry_run=dry_run) for each in known)
            return await LaneProducer(redis, "enqueue").enqueue(EnqueueRequest(job) for job in jobs)

    _report(run(work(), settings), ("search", "searches"), [], as_json)


@enqueue.command()
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def file(file: BinaryIO, as_json: bool) -> None:
    """Enqueue the products of a CSV or JSONL file, or of standard input (`-`). Bad rows are reported, the others run.

    CSV needs a header row with shop_id and product_id; other columns are those of the intake stream.

    Example: relist enqueue file products.csv
    """
    jobs, problems = read_jobs(file.read())
    _enqueue(jobs, problems, as_json)


@enqueue.command()
@click.option("--shop", "shop_id", required=True)
@click.argument("product_ids", nargs=-1, required=True)
@click.option("--urgent", is_flag=True)
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def ids(shop_id: str, product_ids: tuple[str, ...], urgent: bool, as_json: bool) -> None:
    """Enqueue products by ID.

    Example: relist enqueue ids --shop 7494... 1729... 1729...
    """
    rows = (
        {"shop_id": shop_id, "product_id": each, "priority": "urgent" if urgent else "normal"} for each in product_ids
    )
    jobs, problems = _parse((f"id {row['product_id']}", row) for row in rows)
    _enqueue(jobs, problems, as_json)


def read_jobs(content: bytes) -> tuple[list[tuple[str, Job]], list[str]]:
    """Return the jobs of the valid rows with their position, and the problems of the others. Raises ClickException."""
    content = content.removeprefix(codecs.BOM_UTF8)
    rows = _json_rows(content) if content.lstrip().startswith(b"{") else _csv_rows(content)
    return _parse(rows)


def _json_rows(content: bytes) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"row {number}", orjson.loads(line)
        except orjson.JSONDecodeError as problem:
            yield f"row {number}", BadJob(f"not JSON ({problem})")


def _csv_rows(content: bytes) -> Iterator[tuple[str, Any]]:
    # Bytes that are not UTF-8 become lone surrogates, so that only their own row is rejected.
    text = io.StringIO(content.decode(errors="surrogateescape"), newline="")
    reader = csv.reader(text)
    head: list[str] | None = None
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            yield f"row {number}", BadJob(f"not CSV ({problem})")
            continue
        if cells is None:
            break
        if head is None:
            head = _head(cells)
        elif len(cells) > len(head):
            yield f"row {number}", BadJob(f"{len(cells)} cells, but the header has {len(head)}")
        elif any(cells):
            row = {name: cell for name, cell in zip(head, cells, strict=False) if name and cell}
            yield f"row {number}", row if all(map(_is_utf8, row.values())) else BadJob("not UTF-8")
    if head is None:
        _head([])


def _head(cells: list[str]) -> list[str]:
    """Raises ClickException."""
    names = [cell.strip() for cell in cells]
    if not {"shop_id", "product_id"} <= set(names):
        raise click.ClickException("the file needs a header row with the columns shop_id and product_id, or JSON lines")
    if double := sorted({name for name in names if name and names.count(name) > 1}):
        raise click.ClickException(f"the column {double[0]} occurs twice")
    return names


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _parse(rows: Iterable[tuple[str, Any]]) -> tuple[list[tuple[str, Job]], list[str]]:
    jobs, problems = [], []
    for where, row in rows:
        try:
            if isinstance(row, BadJob):
                raise row
            jobs.append((where, parse_job(row)))
        except BadJob as problem:
            problems.append(f"{where}: {problem}")
    return jobs, problems


def _enqueue(jobs: list[tuple[str, Job]], problems: list[str], as_json: bool) -> None:
    settings = settings_or_exit()

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            registry = ShopRegistry(redis)
            known = {shop_id: await registry.known(shop_id) for shop_id in {job.shop_id for _, job in jobs}}
            for where, job in jobs:
                if not known[job.shop_id]:
                    problems.append(
                        f"{where}: shop_id: shop {job.shop_id} is not known; add it with `relist shops add`"
                    )
            return await LaneProducer(redis, "enqueue").enqueue(
                EnqueueRequest(job) for _, job in jobs if known[job.shop_id]
            )

    _report(run(work(), settings), ("product", "products"), problems, as_json)


def _report(done: Enqueued, what: tuple[str, str], problems: list[str], as_json: bool) -> None:
    if as_json:
        body = {"added": done.added, "merged": done.merged, "rejected": len(problems), "problems": problems}
        click.echo(orjson.dumps(body).decode())
    else:
        click.echo(
            f"{pluralize(done.added, *what)} enqueued, {done.merged:,} already queued, {len(problems):,} rejected"
        )
        for problem in problems[:SHOWN_PROBLEMS]:
            click.echo(f"  {problem}", err=True)
        if len(problems) > SHOWN_PROBLEMS:
            click.echo(f"  and {len(problems) - SHOWN_PROBLEMS} more", err=True)
    if problems:
        raise click.exceptions.Exit(1)
