"""`relist undo`: put products back as they were before their edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import click
import orjson

from console.formatting import pluralize
from console.record_access import complain, name_bad, record_of
from console.session import redis_of, run, settings_or_exit
from model.job import Job
from model.job_state import UndoState
from record.entry import BadEntry, StoredEdit
from record.record import Record
from record.scope import Scope
from shop_queue.producer import EnqueueRequest, LaneProducer

BATCH = 500


@dataclass(slots=True)
class Left:
    """Entries in scope that are not undone."""

    unanswered: int = 0
    """Edits without a known answer, the product not found changed."""
    without_effect: int = 0
    """The platform refused them, or their audit failed; or they were never sent."""
    bad: list[BadEntry] = field(default_factory=list)


@click.command()
@click.option("--run", "run_id", default="", help="Every product this run has changed; undo-RUN takes an undo back.")
@click.option("--shop", "shop_id", default="", help="Every product of this shop; with --product only that one.")
@click.option("--product", "product_id", default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def undo(run_id: str, shop_id: str, product_id: str, yes: bool, as_json: bool) -> None:
    """Put products back as they were before their first edit in that scope that took effect.

    Texts, images, attributes and brand come back, and the category while it is one of the v2 tree; a v1 category, and
    variants that were deleted since, cannot: each outcome's warnings name what was not restored. What the seller has
    changed since the edit is put back as well. Edits that were refused, or whose audit failed, changed nothing and are
    left alone. The exit code is 1 if an entry in scope cannot be read: the others are undone, and the bad one is named.

    Example: relist undo --run spring-sweep
    """
    if not (run_id or shop_id) or (product_id and not shop_id):
        raise click.UsageError("say what to undo: --run, --shop, or --shop with --product")
    settings = settings_or_exit()
    scope = Scope(shop_id, product_id, run_id)
    left = Left()

    async def work() -> int:
        async with record_of(settings) as record, redis_of(settings) as redis:
            if not yes and not as_json:
                found = 0
                async for _ in to_undo(record, scope, Left()):
                    found += 1
                if found:
                    click.confirm(f"Put {pluralize(found, 'product')} back as they were?", abort=True)
            producer, count, batch = LaneProducer(redis, "undo"), 0, list[EnqueueRequest]()
            async for edit in to_undo(record, scope, left):
                batch.append(EnqueueRequest(_undo_job(edit)))
                if len(batch) >= BATCH:
                    enqueued = await producer.enqueue(batch)
                    count, batch = count + enqueued.added + enqueued.merged, []
            enqueued = await producer.enqueue(batch)
            count += enqueued.added + enqueued.merged
            if not count and not left.bad:
                raise click.ClickException(f"the record in {record.where} has no edit of that scope that took effect")
            return count

    count = run(work(), settings)
    if as_json:
        result = {"enqueued": count, "unanswered": left.unanswered, "without_effect": left.without_effect}
        click.echo(orjson.dumps({**result, "unreadable": len(left.bad)}).decode())
    else:
        click.echo(f"{pluralize(count, 'product')} being put back: follow with relist status")
        if left.unanswered:
            click.echo(f"{pluralize(left.unanswered, 'edit')} without a known answer left as they are")
    if left.bad:
        complain("entries in this scope that cannot be read, so that their products may not be put back:")
        name_bad(left.bad, len(left.bad), complain)
        raise SystemExit(1)


async def to_undo(record: Record, scope: Scope, left: Left) -> AsyncIterator[StoredEdit]:
    """The first edit of each product that took effect: its before-image is the product to go back to."""
    chosen = ("", "")
    async for entry in record.edits(scope):
        if isinstance(entry, BadEntry):
            left.bad.append(entry)
            continue
        product = (entry.shop_id, entry.product_id)
        if product == chosen or not entry.before or (entry.kind == "undo" and not scope.run_id):
            continue
        ended = entry.event("audit_ended")
        if entry.event("refused", "not_sent") or (ended is not None and ended.about.get("outcome") != "relisted"):
            left.without_effect += 1
        elif entry.event("answered") is None:
            left.unanswered += 1
        else:
            chosen = product
            yield entry


def _undo_job(edit: StoredEdit) -> Job:
    return Job(
        edit.shop_id,
        f"undo:{edit.product_id}",
        "undo",
        run_id=f"undo-{edit.run_id or 'all'}",
        product=dict(edit.before or {}),
        state=UndoState(edited_at=edit.at.isoformat()),
    )
