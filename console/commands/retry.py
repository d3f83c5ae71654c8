"""`relist retry`: requeue blocked products by reason or outcome."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson

from console.formatting import pluralize
from console.order_log import named_shops, note_order
from console.progress_bar import progress_bar
from console.session import chosen_shops, redis_of, run, settings_or_exit
from producers.retry import RetryFilter, RetryResult, count_retried, retry_blocked


@click.command()
@click.option("--reason", default="", help="Reason code, as shown by `relist status --reasons`.")
@click.option("--outcome", type=click.Choice(["needs_input", "rejected", "failed"]), show_choices=False,
              help="needs_input, rejected or failed.")  # fmt: skip
@click.option("--shop", "shop_ids", multiple=True, help="May be repeated; default: all shops.")
@click.option("--live", is_flag=True, help="Also edit products known only from dry runs.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def retry(reason: str, outcome: str | None, shop_ids: tuple[str, ...], live: bool, as_json: bool) -> None:
    """Requeue blocked products by reason or outcome, for example after a brand was authorised.

    Example: relist retry --reason 12052208
    """
    if not reason and not outcome:
        raise click.UsageError("choose what to retry: --reason CODE, --outcome NAME, or both")
    settings = settings_or_exit()

    async def work() -> RetryResult:
        async with redis_of(settings) as redis:
            shops = await chosen_shops(redis, shop_ids)
            wanted = RetryFilter(reason, outcome or "")
            counted = await count_retried(redis, shops, wanted)
            about = {"reason": reason, "outcome": wanted.outcome, "live": live, "products": counted.queued}
            await note_order(settings, "products_retried", {**about, **named_shops(shops)})
            with progress_bar("blocked products read") as progress:
                return await retry_blocked(redis, shops, wanted, live=live, progress=progress)

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(asdict(done)).decode())
        return
    click.echo(f"{pluralize(done.queued, 'product')} requeued, {done.already_queued:,} already queued")
    if not (done.queued or done.already_queued or done.not_kept):
        click.echo("no blocked product matches: `relist status --reasons` lists outcomes and reason codes", err=True)
    if done.dry_runs:
        click.echo(f"{done.dry_runs:,} of them stay dry runs and will not be edited; use --live to edit them", err=True)
    if done.not_kept:
        click.echo(f"{done.not_kept:,} are new listings or undos, which must be enqueued again instead", err=True)
