"""`relist plan`: write every edit to a file before any is sent."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from console.filled_sheet import REPLACE, keep_other
from console.fleet_table import fleet_state
from console.formatting import pluralize
from console.replaced_file import replaced
from console.session import chosen_shops, redis_of, run, settings_or_exit
from console.waiting_notice import long_stalled, reasons_to_wait
from model.job import Job
from model.job_state import RelistState, SearchState
from producers.plan_file import entry_line, header_line, is_plan
from record.plans import plan_key
from redis_client.connect import AnyRedis
from shop_queue.cancelling import Cancellation
from shop_queue.producer import EnqueueRequest, LaneProducer

BATCH = 500
POLL_SECONDS = 0.5
POLLS_BEFORE_NOTICE = 6
"""Seconds without a product after which the command explains why it waits."""
MAX_BUFFERED_BYTES = 64 * 1024 * 1024


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--shop", "shop_ids", multiple=True, help="May be repeated; default: all shops.")
@click.option(
    "--product", "product_ids", multiple=True, help="Plan only this product; may be repeated; needs exactly one --shop."
)
@click.option("--ask-platform", is_flag=True, help="Also run the platform's own check: one write call per product.")
@REPLACE
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def plan(
    file: Path,
    shop_ids: tuple[str, ...],
    product_ids: tuple[str, ...],
    ask_platform: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Write the edit of every product still on v1 to a file, one JSON object per line. Nothing is edited.

    Workers must be running. Problems that only the platform can detect (its audit, image checks, unpublished rules)
    appear when the plan is applied. Shops that are paused or parked for more than ten minutes, or repeatedly for two,
    are left out once all others are planned: they are reported, and the exit code is 1. The file `-` is standard
    output.

    Example: relist plan moves.jsonl --shop 7494000000000000001
    """
    if product_ids and len(shop_ids) != 1:
        raise click.UsageError("--product needs exactly one --shop")
    keep_other(file, is_plan, replace=replace)
    settings = settings_or_exit()
    run_id, left_out = f"plan-{secrets.token_hex(4)}", list[str]()

    async def work(out: BinaryIO) -> Counter[str]:
        async with redis_of(settings) as redis:
            shops = await chosen_shops(redis, shop_ids)
            search = SearchState(ask_platform=True) if ask_platform else None
            relist = RelistState(ask_platform=True) if ask_platform else None
            jobs = [
                Job(shop, f"search:{run_id}", "search", run_id=run_id, dry_run=True, state=search) for shop in shops
            ]
            if product_ids:
                jobs = [Job(shops[0], each, run_id=run_id, dry_run=True, state=relist) for each in product_ids]
            await LaneProducer(redis, "plan").enqueue(EnqueueRequest(job) for job in jobs)
            counted = await _write(redis, out, shops, run_id, left_out)
            await Cancellation(redis, settings.outcomes_maxlen).cancel_in_shops(left_out, run_id, datetime.now(UTC), 0)
            return counted

    with _opened(file) as out:
        counted = run(work(out), settings)
    to_output = str(file) == "-"
    if as_json:
        body = {"run_id": run_id, "file": str(file), **counted, "left_out": left_out}
        click.echo(orjson.dumps(body).decode(), err=to_output)
    else:
        click.echo(summary(counted, str(file)), err=to_output)
    if left_out:
        named = f"{pluralize(len(left_out), 'stalled shop')}: {', '.join(left_out)}"
        click.echo(f"the plan lacks products of {named}. Plan them when they work again: --shop", err=True)
        raise click.exceptions.Exit(1)


def is_uneditable(entry: dict[str, Any]) -> bool:
    """Whether no person can help this product: only the platform can change it, as a deleted or frozen one. Pure."""
    actors = {reason["actor"] for reason in entry.get("reasons") or ()}
    return not entry["ready"] and actors == {"platform"}


def summary(counted: Counter[str], file: str) -> str:
    text = f"{pluralize(counted['ready'], 'edit')} planned in {file}; "
    text += f"{counted['unready'] - counted['uneditable']:,} need input first"
    if counted["uneditable"]:
        text += f"; {counted['uneditable']:,} cannot be edited now, such as deleted or frozen ones"
    return text


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """Open the plan for writing; it replaces an existing file only when it is complete. Raises ClickException."""
    if str(file) == "-":
        yield sys.stdout.buffer
        return
    try:
        with replaced(file) as draft, draft.open("wb") as out:
            yield out
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}") from None


async def _write(redis: AnyRedis, out: BinaryIO, shops: list[str], run_id: str, left_out: list[str]) -> Counter[str]:
    """Collect the products, then write the plan, whose header counts them."""
    counted: Counter[str] = Counter()
    console = Console(stderr=True)
    with (
        tempfile.SpooledTemporaryFile(MAX_BUFFERED_BYTES) as lines,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        bar = progress.add_task("planning", total=None)
        async for entry in _entries(redis, shops, run_id, left_out):
            counted["ready" if entry["ready"] else "unready"] += 1
            counted["uneditable"] += is_uneditable(entry)
            total = counted["ready"] + counted["unready"]
            lines.write(entry_line(entry, run_id, total))
            progress.update(bar, completed=total, description=f"planned {total:,}")
        out.write(header_line(run_id, datetime.now(UTC).isoformat(), counted["ready"] + counted["unready"]))
        lines.seek(0)
        shutil.copyfileobj(lines, out)
        out.flush()
    return counted


async def _entries(
    redis: AnyRedis, shops: list[str], run_id: str, left_out: list[str]
) -> AsyncIterator[dict[str, Any]]:
    """Yield the products of the run as they are planned, until no job of the run is left.

    Shops that are stalled for long are added to `left_out` once all others have ended.
    """
    key, working, idle = plan_key(run_id), shops, 0
    explained: set[str] = set()
    while True:
        for entry_id, fields in await redis.xrange(key, count=BATCH):
            idle = 0
            yield orjson.loads(fields[b"product"])
            await redis.xdel(key, entry_id)
        if await redis.xlen(key):
            continue
        if not working:
            return
        if idle and idle % POLLS_BEFORE_NOTICE == 0:
            fleet = await fleet_state(redis)
            for reason in reasons_to_wait(fleet, shops, time.time()):
                if reason not in explained:
                    explained.add(reason)
                    click.echo(f"waiting: {reason}", err=True)
            stalled = long_stalled(fleet, working, idle * POLL_SECONDS)
            if len(stalled) == len(working):
                left_out += stalled
                return
        idle += 1
        await asyncio.sleep(POLL_SECONDS)
        lanes = LaneProducer(redis)
        working = [shop for shop in shops if await lanes.any_of_run(shop, run_id)]
