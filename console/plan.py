"""`relist plan` and `relist apply`: look at every edit before any is sent, then send exactly those."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any, TextIO

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from console.session import chosen_shops, redis_of, run, settings_or_exit
from console.words import several
from producers.feed_entry import BadJob, parse_job
from shop_queue.connect import AnyRedis
from shop_queue.job import Job
from shop_queue.lanes import Addition, Enqueued, Lanes
from shop_queue.shops import ShopRegistry
from worker.plans import plan_key

VERSION = 1
BATCH = 500
LOOK_SECONDS = 0.5
SHOWN_EXAMPLES = 3


@click.command()
@click.argument("file", type=click.File("w", encoding="utf-8"))
@click.option("--shop", "shop_ids", multiple=True, help="Several times for several; all shops without it.")
@click.option("--product", "product_ids", multiple=True, help="Only these; needs exactly one --shop.")
@click.option("--ask-platform", is_flag=True, help="Also ask the platform's own check: a write call each.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def plan(
    file: TextIO, shop_ids: tuple[str, ...], product_ids: tuple[str, ...], ask_platform: bool, as_json: bool
) -> None:
    """Write what would be done to every product still on v1 to a file, one JSON object a line; send no edit.

    Workers must be running. What only the platform can judge (its audit, its image checks, a rule that it does not
    publish) shows when the plan is applied.

    Example: relist plan moves.jsonl --shop 7494000000000000001
    """
    if product_ids and len(shop_ids) != 1:
        raise click.UsageError("--product needs exactly one --shop")
    settings = settings_or_exit()
    run_id = f"plan-{secrets.token_hex(4)}"

    async def work() -> Counter[str]:
        async with redis_of(settings) as redis:
            shops = await chosen_shops(redis, shop_ids)
            state = {"ask_platform": True} if ask_platform else None
            jobs = [Job(shop, f"search:{run_id}", "search", run_id=run_id, dry_run=True, state=state) for shop in shops]
            if product_ids:
                jobs = [Job(shops[0], each, run_id=run_id, dry_run=True, state=state) for each in product_ids]
            await Lanes(redis, "plan").enqueue(Addition(job) for job in jobs)
            head = {"plan": VERSION, "run_id": run_id, "at": datetime.now(UTC).isoformat()}
            file.write(orjson.dumps(head).decode() + "\n")
            return await _write(redis, file, shops, run_id)

    counted = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"run_id": run_id, "file": file.name, **counted}).decode())
        return
    click.echo(
        f"{several(counted['ready'], 'edit')} planned in {file.name}; waiting for a person: {counted['unready']:,}"
    )


async def _write(redis: AnyRedis, file: TextIO, shops: list[str], run_id: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("planning", total=None)
        async for entry in _entries(redis, shops, run_id):
            counted["ready" if entry["ready"] else "unready"] += 1
            file.write(orjson.dumps(entry).decode() + "\n")
            progress.update(bar, completed=counted.total(), description=f"planned {counted.total():,}")
    return counted


async def _entries(redis: AnyRedis, shops: list[str], run_id: str) -> AsyncIterator[dict[str, Any]]:
    """Every product of the run as it comes, until no job of the run is left."""
    key, working = plan_key(run_id), True
    while True:
        for entry_id, fields in await redis.xrange(key, count=BATCH):
            yield orjson.loads(fields[b"product"])
            await redis.xdel(key, entry_id)
        if await redis.xlen(key):
            continue
        if not working:
            return
        await asyncio.sleep(LOOK_SECONDS)
        lanes = Lanes(redis)
        working = any([await lanes.any_of_run(shop, run_id) for shop in shops])


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8", errors="surrogateescape"))
@click.option("--run-id", default="", help="A name for this run; the plan's own without it.")
@click.option("--show", is_flag=True, help="Only print what the plan would change, in words.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def apply(file: TextIO, run_id: str, show: bool, as_json: bool) -> None:
    """Carry out a plan: each product exactly as planned; one that has changed since is refused and told.

    Example: relist apply moves.jsonl
    """
    settings = settings_or_exit()
    head, entries = _read(file)
    if show:
        _show(entries)
        return
    name = run_id or f"apply-{head['run_id']}"

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            registry = ShopRegistry(redis)
            for shop_id in {entry["shop_id"] for entry in entries}:
                await registry.get(shop_id)
            return await Lanes(redis, "apply").enqueue(Addition(_job(entry, name)) for entry in entries)

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"run_id": name, "added": done.added, "merged": done.merged}).decode())
    else:
        edits = several(done.added + done.merged, "edit")
        click.echo(f"{edits} enqueued as run {name}: follow them with relist status --watch")


def _job(entry: dict[str, Any], run_id: str) -> Job:
    hints = entry.get("hints") or {}
    return Job(
        entry["shop_id"],
        entry["product_id"],
        run_id=run_id,
        category_id=entry["category_id"],
        brand_id=hints.get("brand_id", ""),
        attributes=tuple(hints.get("attributes") or ()),
        state={"plan": entry["plan"]},
    )


def _asked(entry: dict[str, Any]) -> dict[str, Any]:
    """A line of a plan in the terms of the intake stream, to be checked like one: people may have edited it."""
    hints = entry.get("hints") or {}
    given = {name: hints.get(name) for name in ("brand_id", "attributes")} if isinstance(hints, dict) else {"hints": 1}
    return {name: entry[name] for name in ("shop_id", "product_id", "category_id")} | given


def _read(file: TextIO) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The head and the edits that are ready. Raises ClickException with the row of the first bad line."""
    rows = _rows(file)
    head = next(rows, None)
    if not isinstance(head, dict) or head.get("plan") != VERSION:
        raise click.ClickException(f"{file.name} is no plan of this version: write one with `relist plan`")
    entries = []
    for number, entry in enumerate(rows, 2):
        if not isinstance(entry, dict) or not isinstance(entry.get("ready"), bool):
            raise click.ClickException(f"{file.name}: row {number} is not a line of a plan")
        if entry["ready"]:
            missing = [name for name in ("shop_id", "product_id", "category_id", "plan") if not entry.get(name)]
            if missing:
                raise click.ClickException(f"{file.name}: row {number}: {missing[0]} is missing")
            try:
                parse_job(_asked(entry))
            except BadJob as problem:
                raise click.ClickException(f"{file.name}: row {number}: {problem}") from None
            entries.append(entry)
    return head, entries


def _rows(file: TextIO) -> Iterator[Any]:
    for number, line in enumerate(file, 1):
        try:
            # A file that is not UTF-8 has lone surrogates here, which are no JSON.
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            raise click.ClickException(f"{file.name}: row {number} is not JSON") from None


def _show(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        click.echo(f"{entry['shop_id']} {entry['product_id']} {entry.get('title') or ''}")
        for line in (*entry.get("changes", ()), *(f"warning: {each}" for each in entry.get("warnings", ()))):
            click.echo(f"    {line}")
