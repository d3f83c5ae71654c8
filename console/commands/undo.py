"""`relist undo`: restore products to their state before an edit."""

from __future__ import annotations

from typing import Any

import click
import orjson

from console.formatting import pluralize
from console.journal_entries import journal_entries
from console.session import redis_of, run, settings_or_exit
from model.job import Job
from model.job_state import UndoState
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer

BATCH = 500


@click.command()
@click.option("--run", "run_id", default="", help="Restore every product edited by this run.")
@click.option("--shop", "shop_id", default="", help="Restore every product of this shop, or only --product.")
@click.option("--product", "product_id", default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def undo(run_id: str, shop_id: str, product_id: str, yes: bool, as_json: bool) -> None:
    """Restore products to their state before their first edit in the chosen scope.

    Texts, images, attributes, the brand and v2 categories are restored. A v1 category and deleted variants cannot be
    restored; the warnings of each outcome name them. Changes the seller made after the edit are reverted as well.

    Example: relist undo --run spring-sweep
    """
    if not (run_id or shop_id) or (product_id and not shop_id):
        raise click.UsageError("choose what to undo: --run, --shop, or --shop with --product")
    settings = settings_or_exit()

    def in_scope(entry: dict[str, Any]) -> bool:
        return (
            bool(entry.get("before"))
            and entry.get("kind", "relist") != "undo"
            and (not run_id or entry.get("run_id") == run_id)
            and (not shop_id or entry.get("shop_id") == shop_id)
            and (not product_id or entry.get("product_id") == product_id)
        )

    # Keep only keys in memory, not before-images: a run may have edited a million products.
    first: dict[tuple[str, str], str] = {}
    for entry in filter(in_scope, journal_entries(settings)):
        key = (entry["shop_id"], entry["product_id"])
        first[key] = min(first.get(key, entry["at"]), entry["at"])
    if not first:
        raise click.ClickException(f"the journal in {settings.journal_dir} has no edit in that scope")
    if not yes and not as_json:
        click.confirm(f"Restore {pluralize(len(first), 'product')}?", abort=True)

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
        else f"{pluralize(count, 'product')} being restored; follow with relist status"
    )


def _undo_job(entry: dict[str, Any]) -> Job:
    return Job(
        entry["shop_id"],
        f"undo:{entry['product_id']}",
        "undo",
        run_id=f"undo-{entry.get('run_id') or 'all'}",
        product=entry["before"],
        state=UndoState(edited_at=entry["at"]),
    )
