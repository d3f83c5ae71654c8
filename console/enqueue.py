"""`relist enqueue`: products by search, by file, by id."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

import click
import orjson

from console.session import chosen_shops, redis_of, run, settings_or_exit
from producers.feed_entry import BadJob, parse_job
from shop_queue.job import Job
from shop_queue.lanes import Addition, Enqueued, Lanes
from shop_queue.shops import ShopRegistry

SHOWN_PROBLEMS = 20


@click.group()
def enqueue() -> None:
    """Put products in their shops' lanes."""


@enqueue.command()
@click.option("--shop", "shop_ids", multiple=True, help="Several times for several; all shops without it.")
@click.option("--run-id", default="", help="A name for this sweep, found again in every outcome.")
@click.option("--dry-run", is_flag=True, help="Everything but the edit.")
@click.option("--json", "as_json", is_flag=True)
def search(shop_ids: tuple[str, ...], run_id: str, dry_run: bool, as_json: bool) -> None:
    """Find every product still on v1, and move it.

    Example: relist enqueue search --run-id spring-sweep
    """
    settings = settings_or_exit()

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            known = await chosen_shops(redis, shop_ids)
            jobs = (Job(each, f"search:{run_id or 'all'}", "search", run_id=run_id, dry_run=dry_run) for each in known)
            return await Lanes(redis, "enqueue").enqueue(Addition(job) for job in jobs)

    _tell(run(work(), settings), "searches", [], as_json)


@enqueue.command()
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--json", "as_json", is_flag=True)
def file(file: TextIO, as_json: bool) -> None:
    """Products of a CSV or JSONL file, or of standard input (`-`). Good rows go through, bad ones are named.

    CSV needs a head with shop_id and product_id; other columns as in the intake stream.

    Example: relist enqueue file products.csv
    """
    jobs, problems = _rows(file.read())
    _enqueue(jobs, problems, as_json)


@enqueue.command()
@click.option("--shop", "shop_id", required=True)
@click.argument("product_ids", nargs=-1, required=True)
@click.option("--urgent", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
def ids(shop_id: str, product_ids: tuple[str, ...], urgent: bool, as_json: bool) -> None:
    """Products by id.

    Example: relist enqueue ids --shop 7494... 1729... 1729...
    """
    rows = (
        {"shop_id": shop_id, "product_id": each, "priority": "urgent" if urgent else "normal"} for each in product_ids
    )
    jobs, problems = _parse((f"id {row['product_id']}", row) for row in rows)
    _enqueue(jobs, problems, as_json)


def _rows(text: str) -> tuple[list[tuple[str, Job]], list[str]]:
    if text.lstrip().startswith("{"):
        return _parse(_json_rows(text))
    reader = csv.DictReader(io.StringIO(text))
    if not {"shop_id", "product_id"} <= set(reader.fieldnames or ()):
        raise click.ClickException("the file needs a head with the columns shop_id and product_id, or JSON lines")
    return _parse(
        (f"row {number}", {name: value for name, value in row.items() if name and value})
        for number, row in enumerate(reader, 2)
    )


def _json_rows(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"row {number}", orjson.loads(line)
            except orjson.JSONDecodeError:
                yield f"row {number}", None


def _parse(rows: Iterable[tuple[str, Any]]) -> tuple[list[tuple[str, Job]], list[str]]:
    jobs, problems = [], []
    for where, row in rows:
        try:
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
                        f"{where}: shop_id: shop {job.shop_id} is not known, add it with `relist shops add`"
                    )
            return await Lanes(redis, "enqueue").enqueue(Addition(job) for _, job in jobs if known[job.shop_id])

    _tell(run(work(), settings), "products", problems, as_json)


def _tell(done: Enqueued, what: str, problems: list[str], as_json: bool) -> None:
    if as_json:
        body = {"added": done.added, "merged": done.merged, "rejected": len(problems), "problems": problems}
        click.echo(orjson.dumps(body).decode())
    else:
        click.echo(f"{done.added} {what} enqueued, {done.merged} waited already, {len(problems)} rejected")
        for problem in problems[:SHOWN_PROBLEMS]:
            click.echo(f"  {problem}", err=True)
        if len(problems) > SHOWN_PROBLEMS:
            click.echo(f"  and {len(problems) - SHOWN_PROBLEMS} more", err=True)
    if problems:
        raise click.exceptions.Exit(1)
