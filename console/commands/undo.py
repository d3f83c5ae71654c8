"""`relist undo`: put products back as they were before their edit."""

from __future__ import annotations

from typing import Any

import click
import orjson

from console.formatting import pluralize
from console.journal_entries import journal_entries
from console.session import redis_of, run, settings_or_exit
from model.job import Job
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer

BATCH = 500


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
    for entry in filter(in_scope, journal_entries(settings)):
        key = (entry["shop_id"], entry["product_id"])
        first[key] = min(first.get(key, entry["at"]), entry["at"])
    if not first:
        raise click.ClickException(f"the journal in {settings.journal_dir} has no edit of that scope")
    if not yes and not as_json:
        click.confirm(f"Put {pluralize(len(first), 'product')} back as they were?", abort=True)

    async def work() -> int:
        async with redis_of(settings) as redis:
            lanes, enqueued, batch = LaneProducer(redis, "undo"), Enqueued(), list[EnqueueRequest]()
            count = 0
            for entry in filter(in_scope, journal_entries(settings)):
                key = (entry["shop_id"], entry["product_id"])
                if first.get(key) != entry["at"]:
                    continue
                del first[key]
                batch.append(EnqueueRequest(_undo_job(entry)))
                if len(batch) >= BATCH:
                    enqueued = await lanes.enqueue(batch)
                    count, batch = count + enqueued.added + enqueued.merged, []
            enqueued = await lanes.enqueue(batch)
            return count + enqueued.added + enqueued.merged

    count = run(work(), settings)
    click.echo(
        orjson.dumps({"enqueued": count}).decode()
        if as_json
        else f"{pluralize(count, 'product')} being put back: follow with relist status"
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
