"""`relist enqueue`: add products to lanes by search, by file, or by ID."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

import click
import orjson

from console.formatting import pluralize
from console.product_file import parse_rows, read_jobs
from console.session import chosen_shops, redis_of, run, settings_or_exit
from model.job import Job
from model.job_state import RelistState
from model.search_id import search_job_id
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry

SHOWN_PROBLEMS = 20
MAX_FILE_BYTES = 256 * 1024 * 1024


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
    """Enqueue the products of a CSV, XLSX or JSONL file.

    `-` is standard input.

    Bad rows are reported, the others are enqueued. Tables need a header row with shop_id and product_id; other columns
    are those of the intake stream.

    Example: relist enqueue file products.csv
    """
    jobs, problems = read_jobs(_read(file))
    _enqueue(jobs, problems, as_json)


@enqueue.command()
@click.option("--shop", "shop_id", required=True)
@click.argument("product_ids", nargs=-1, required=True)
@click.option("--urgent", is_flag=True)
@click.option("--over-review", is_flag=True, help="Edit a version under review instead of waiting for its review.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def ids(shop_id: str, product_ids: tuple[str, ...], urgent: bool, over_review: bool, as_json: bool) -> None:
    """Enqueue products by ID.

    With --over-review, the edit is made from the version under review, so that the seller's changes in it are kept. The
    review starts again. Use it for reviews that do not end.

    Example: relist enqueue ids --shop 7494... 1729... 1729...
    """
    rows = (
        {"shop_id": shop_id, "product_id": each, "priority": "urgent" if urgent else "normal"} for each in product_ids
    )
    jobs, problems = parse_rows((f"id {row['product_id']}", row) for row in rows)
    if over_review:
        jobs = [(where, replace(job, state=RelistState(over_review=True))) for where, job in jobs]
    _enqueue(jobs, problems, as_json)


def _read(file: BinaryIO) -> bytes:
    """Raises ClickException if the file is too large; it may be a device or an endless pipe."""
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise click.ClickException(f"{file.name}: the limit is {MAX_FILE_BYTES // 1024**2} MiB; split the file")
    return content


def _enqueue(jobs: list[tuple[str, Job]], problems: list[str], as_json: bool) -> None:
    settings = settings_or_exit()

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            registry = ShopRegistry(redis)
            known = {shop_id: await registry.known(shop_id) for shop_id in {job.shop_id for _, job in jobs}}
            for where, job in jobs:
                if not known[job.shop_id]:
                    problems.append(
                        f"{where}: shop_id: shop {job.shop_id} is not known; connect it with `relist shops connect`"
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
