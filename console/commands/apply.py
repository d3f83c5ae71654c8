"""`relist apply`: send the edits of a plan file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

import click
import orjson

from console.formatting import pluralize
from console.session import redis_of, run, settings_or_exit
from model.job import Job
from model.job_state import RelistState, load_plan
from producers.feed_entry import BadJob, parse_job
from record.plans import PLAN_VERSION
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8", errors="surrogateescape"))
@click.option("--run-id", default="", help="Name of this run; default: derived from the plan.")
@click.option("--show", is_flag=True, help="Print what the plan would change and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def apply(file: TextIO, run_id: str, show: bool, as_json: bool) -> None:
    """Send the edits of a plan exactly as planned. Products that have changed since are rejected and reported.

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
            return await LaneProducer(redis, "apply").enqueue(EnqueueRequest(_job(entry, name)) for entry in entries)

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"run_id": name, "added": done.added, "merged": done.merged}).decode())
    else:
        edits = pluralize(done.added + done.merged, "edit")
        click.echo(f"{edits} enqueued as run {name}; follow them with relist status --watch")


def _job(entry: dict[str, Any], run_id: str) -> Job:
    hints = entry.get("hints") or {}
    return Job(
        entry["shop_id"],
        entry["product_id"],
        run_id=run_id,
        category_id=entry["category_id"],
        brand_id=hints.get("brand_id", ""),
        attributes=tuple(hints.get("attributes") or ()),
        state=RelistState(plan=load_plan(entry["plan"])),
    )


def _as_intake_job(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a plan line in the format of the intake stream, to be checked like one: it may have been edited."""
    hints = entry.get("hints") or {}
    given = {name: hints.get(name) for name in ("brand_id", "attributes")} if isinstance(hints, dict) else {"hints": 1}
    return {name: entry[name] for name in ("shop_id", "product_id", "category_id")} | given


def _read(file: TextIO) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the header and the edits that are ready. Raises ClickException with the number of the first bad row."""
    rows = _rows(file)
    head = next(rows, None)
    if not isinstance(head, dict) or head.get("plan") != PLAN_VERSION:
        raise click.ClickException(f"{file.name} is not a plan of this version; write a new one with `relist plan`")
    entries = []
    for number, entry in enumerate(rows, 2):
        if not isinstance(entry, dict) or not isinstance(entry.get("ready"), bool):
            raise click.ClickException(f"{file.name}: row {number} is not a plan line")
        if entry["ready"]:
            missing = [name for name in ("shop_id", "product_id", "category_id", "plan") if not entry.get(name)]
            if missing:
                raise click.ClickException(f"{file.name}: row {number}: {missing[0]} is missing")
            try:
                parse_job(_as_intake_job(entry))
            except BadJob as problem:
                raise click.ClickException(f"{file.name}: row {number}: {problem}") from None
            entries.append(entry)
    return head, entries


def _rows(file: TextIO) -> Iterator[Any]:
    for number, line in enumerate(file, 1):
        try:
            # Bytes that are not UTF-8 arrive as lone surrogates, which orjson refuses.
            yield orjson.loads(line)
        except orjson.JSONDecodeError:
            raise click.ClickException(f"{file.name}: row {number} is not JSON") from None


def _show(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        click.echo(f"{entry['shop_id']} {entry['product_id']} {entry.get('title') or ''}")
        for line in (*entry.get("changes", ()), *(f"warning: {each}" for each in entry.get("warnings", ()))):
            click.echo(f"    {line}")
