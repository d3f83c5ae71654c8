"""`relist history` and `relist undo`: what was done to a product, out of the journal, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from config.settings import Settings
from console.session import redis_of, run, settings_or_exit
from console.words import several
from shop_queue.job import Job
from shop_queue.keys import lane_keys
from shop_queue.lanes import Addition, Enqueued, Lanes
from shop_queue.shops import ShopRegistry
from worker.journal import read_journal
from worker.relist.changes import changes

BATCH = 500


@click.command()
@click.argument("shop_id")
@click.argument("product_id")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def history(shop_id: str, product_id: str, as_json: bool) -> None:
    """Everything the journal and the queue know of one product: decisions, evidence, edits, answers.

    Example: relist history 7494000000000000001 1729000000000000001
    """
    settings = settings_or_exit()
    found = [
        entry
        for entry in _journal(settings)
        if entry.get("shop_id") == shop_id and entry.get("product_id") == product_id
    ]
    found.sort(key=lambda entry: str(entry["at"]))

    async def work() -> dict[str, Any]:
        async with redis_of(settings) as redis:
            await ShopRegistry(redis).get(shop_id)
            keys = lane_keys(shop_id)
            blocked = await redis.execute_command("HGET", keys.blocked, product_id)
            queued = {
                name: Job.load(shop_id, name, payload)
                for name in (product_id, f"audit:{product_id}", f"undo:{product_id}")
                if (payload := await redis.execute_command("HGET", keys.jobs, name)) is not None
            }
            return {
                "blocked": orjson.loads(blocked) if blocked else None,
                "queued": [{"job": name, "kind": job.kind, "attempts": job.attempts} for name, job in queued.items()],
            }

    now = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"journal": found, **now}).decode())
        return
    for entry in found:
        click.echo(_line(entry))
    for waiting in now["queued"]:
        click.echo(f"queued now: {waiting['job']} ({waiting['kind']}), {waiting['attempts']} failed attempts")
    if blocked := now["blocked"]:
        click.echo(f"waits for somebody since {blocked['at']}: {blocked['outcome']}")
        for reason in blocked["reasons"]:
            click.echo(f"    {reason['message']} (the {reason['actor']} must act, code {reason['code']})")
    if not found and not now["queued"] and not now["blocked"]:
        raise click.ClickException(f"nothing is known of product {product_id} of shop {shop_id}")


def _line(entry: dict[str, Any]) -> str:
    at = str(entry["at"])[:19]
    if "result" in entry:
        request = f", request {entry['request_id']}" if entry.get("request_id") else ""
        return f"{at}  answered: {entry['result']}{request} {entry.get('message', '')}".rstrip()
    evidence = ", ".join(f"{name} {value}" for name, value in (entry.get("evidence") or {}).items())
    attempt = f"{entry.get('kind', 'relist')}, attempt {entry.get('attempt', 1)}"
    head = f"{at}  {attempt}: category by rule {entry.get('rule')} ({evidence})"
    if not entry.get("before"):
        return head
    return "\n".join((head, *(f"    {line}" for line in changes(entry["before"], entry["edit"], ""))))


@click.command()
@click.option("--run", "run_id", default="", help="Every product this run has edited.")
@click.option("--shop", "shop_id", default="", help="Every product of this shop; with --product only that one.")
@click.option("--product", "product_id", default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def undo(run_id: str, shop_id: str, product_id: str, yes: bool, as_json: bool) -> None:
    """Put products back as they were before their first edit in that scope.

    Texts, images, attributes and brand come back, and the category while it is one of the v2 tree; a v1 category, and
    variants that were deleted since, can not: each outcome's warnings name what was not restored. What the seller has
    changed since the edit is put back as well.

    Example: relist undo --run spring-sweep
    """
    if not (run_id or shop_id) or (product_id and not shop_id):
        raise click.UsageError("say what to undo: --run, --shop, or --shop with --product")
    settings = settings_or_exit()

    def in_scope(entry: dict[str, Any]) -> bool:
        return (
            bool(entry.get("before"))
            and entry.get("kind", "relist") != "undo"
            and (not run_id or entry.get("run_id") == run_id)
            and (not shop_id or entry.get("shop_id") == shop_id)
            and (not product_id or entry.get("product_id") == product_id)
        )

    # Only keys are kept in memory, not images: a run may have edited a million products.
    first: dict[tuple[str, str], str] = {}
    for entry in filter(in_scope, _journal(settings)):
        key = (entry["shop_id"], entry["product_id"])
        first[key] = min(first.get(key, entry["at"]), entry["at"])
    if not first:
        raise click.ClickException(f"the journal in {settings.journal_dir} has no edit of that scope")
    if not yes and not as_json:
        click.confirm(f"Put {several(len(first), 'product')} back as they were?", abort=True)

    async def work() -> int:
        async with redis_of(settings) as redis:
            lanes, enqueued, batch = Lanes(redis, "undo"), Enqueued(), list[Addition]()
            count = 0
            for entry in filter(in_scope, _journal(settings)):
                key = (entry["shop_id"], entry["product_id"])
                if first.get(key) != entry["at"]:
                    continue
                del first[key]
                batch.append(Addition(_undo_job(entry)))
                if len(batch) >= BATCH:
                    enqueued = await lanes.enqueue(batch)
                    count, batch = count + enqueued.added + enqueued.merged, []
            enqueued = await lanes.enqueue(batch)
            return count + enqueued.added + enqueued.merged

    count = run(work(), settings)
    click.echo(
        orjson.dumps({"enqueued": count}).decode()
        if as_json
        else f"{several(count, 'product')} being put back: follow with relist status"
    )


def _undo_job(entry: dict[str, Any]) -> Job:
    return Job(
        entry["shop_id"],
        f"undo:{entry['product_id']}",
        "undo",
        run_id=f"undo-{entry.get('run_id') or 'all'}",
        product=entry["before"],
        state={"edited_at": entry["at"]},
    )


def _journal(settings: Settings) -> Iterator[dict[str, Any]]:
    directory: Path = settings.journal_dir
    if not directory.is_dir():
        raise click.ClickException(f"RELIST_JOURNAL_DIR: there is no directory {directory}")
    return read_journal(directory)
