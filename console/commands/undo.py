"""`relist undo`: undo recorded edits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
import orjson

from console.formatting import pluralize
from console.order_log import named_shops, note_cancelled, note_order
from console.record_access import complain, name_bad, record_of
from console.session import chosen_shops, redis_of, run, settings_or_exit
from console.undo_check import check_products, summary
from record.record import Record
from record.scope import Scope
from record.undo_scope import Coverage, products_to_undo
from redis_client.connect import AnyRedis
from shop_queue.cancelling import Cancellation
from undo.enqueue import count_scope, undo_scope

CANCEL_WAIT_SECONDS = 30.0


@click.command()
@click.option("--run", "run_id", default="", help="Every product this run has changed; the run of an undo is undone.")
@click.option("--shop", "shop_id", default="", help="Every product of this shop, or only those of --run or --decision.")
@click.option("--product", "product_id", default="", help="Only this product; needs --shop.")
@click.option("--decision", default="", help="Every edit with this decision, as in `relist history --json`.")
@click.option("--check", is_flag=True, help="Show for each product what would happen; send nothing.")
@click.option("--cancel", "cancels", is_flag=True, help="First cancel the queued jobs of --run or --shop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--json", "as_json", is_flag=True, help="Output JSON; with --check, one object per product and a summary."
)
def undo(
    run_id: str, shop_id: str, product_id: str, decision: str, check: bool, cancels: bool, yes: bool, as_json: bool
) -> None:
    """Revert the edits of a run, a shop, a product or a decision.

    A field is restored only if it still has the value from the edit. Later changes stay. A v1
    category and deleted variants cannot come back. Edits that were refused or failed their audit are left alone.

    The undo is a run (`undo-RUN-1`), which can itself be undone. The exit code is 1 if an entry in scope cannot be
    read: the other products are restored, and the unreadable entry is reported. With --check, it is also 1 if a
    product cannot be read.

    Example: relist undo --run spring-sweep --check
    """
    if not (run_id or shop_id or decision) or (product_id and not shop_id):
        raise click.UsageError("choose what to undo: --run, --decision, --shop, or --shop with --product")
    if cancels and (check or product_id or decision):
        raise click.UsageError("--cancel needs --run or --shop, and excludes --check")
    settings = settings_or_exit()
    scope, coverage = Scope(shop_id, product_id, run_id, decision), Coverage()

    async def work() -> dict[str, Any]:
        async with record_of(settings) as record, redis_of(settings) as redis:
            if check:
                products = products_to_undo(record, scope, coverage)
                counts = await check_products(redis, settings, products, as_json=as_json)
                if not coverage.changed and not coverage.bad:
                    raise _nothing_to_undo(record)
                return counts
            expected = await count_scope(record, scope)
            if expected.changed and not yes and not as_json:
                click.confirm(f"Take back the edits of {pluralize(expected.changed, 'product')}?", abort=True)
            if cancels:
                shops = await chosen_shops(redis, (shop_id,) if shop_id else ())
                cancellation = Cancellation(redis, settings.outcomes_maxlen)
                jobs = await cancellation.count(shops, run_id)
                ending = {"run": run_id, **named_shops(shops), "jobs": jobs}
                await note_order(settings, "work_cancelled", ending, stops_work=True)
                done = await cancellation.cancel_in_shops(shops, run_id, datetime.now(UTC), CANCEL_WAIT_SECONDS)
                click.echo(f"{pluralize(done.ended, 'queued job')} cancelled", err=True)
                await note_cancelled(settings, redis, shops, run_id)
            about = {"run": run_id, "shop": shop_id, "product": product_id, "decision": decision}
            await note_order(settings, "edits_undone", {**about, "products": expected.changed})
            return await _enqueue(record, redis, scope, coverage)

    result = run(work(), settings)
    _show(result, coverage, check=check, as_json=as_json)
    if coverage.bad:
        complain("entries in this scope that cannot be read, so their products may not be restored:")
        name_bad(coverage.bad, len(coverage.bad), complain)
    if coverage.bad or (check and result["errors"]):
        raise SystemExit(1)


async def _enqueue(record: Record, redis: AnyRedis, scope: Scope, coverage: Coverage) -> dict[str, Any]:
    done = await undo_scope(redis, record, scope, coverage)
    if not done.enqueued and not coverage.bad:
        raise _nothing_to_undo(record)
    return {"run_id": done.run_id, "enqueued": done.enqueued}


def _nothing_to_undo(record: Record) -> click.ClickException:
    return click.ClickException(
        f"in the record in {record.where}, no edit in this scope took effect: `relist runs` lists the runs"
    )


def _show(result: dict[str, Any], coverage: Coverage, *, check: bool, as_json: bool) -> None:
    edits = {
        "changed": coverage.changed,
        "unanswered": coverage.unanswered,
        "without_effect": coverage.without_effect,
        "without_image": coverage.without_image,
        "unreadable": len(coverage.bad),
    }
    if as_json:
        click.echo(orjson.dumps({**result, **edits}).decode())
        return
    if check:
        click.echo(summary(result, coverage))
    else:
        count = pluralize(result["enqueued"], "product")
        click.echo(f"{count} being restored as run {result['run_id']}: follow with relist status")
    if coverage.unanswered:
        click.echo(f"{pluralize(coverage.unanswered, 'edit')} without a known answer left as they are")
    if coverage.without_effect:
        click.echo(f"{pluralize(coverage.without_effect, 'edit')} without effect left alone")
    if coverage.without_image:
        click.echo(f"{pluralize(coverage.without_image, 'creation')} cannot be undone")
