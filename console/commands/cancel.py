"""`relist cancel`: end the queued work of a run or a shop."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click
import orjson

from console.formatting import pluralize
from console.order_log import named_shops, note_cancelled, note_order
from console.session import chosen_shops, redis_of, run, settings_or_exit
from shop_queue.cancelling import Cancellation, Cancelled


@click.command()
@click.option("--run", "run_id", default="", help="The run whose queued work ends.")
@click.option("--shop", "shop_id", default="", help="Only this shop; without --run, all of its queued jobs.")
@click.option("--wait", "wait_seconds", default=30.0, show_default=True, type=click.FloatRange(0, 600),
              help="Seconds to wait in each shop for work in flight.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask before cancelling a whole shop.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def cancel(run_id: str, shop_id: str, wait_seconds: float, yes: bool, as_json: bool) -> None:
    """End the queued jobs of a run or a shop.

    Jobs that wait or are delayed end as failed with the reason code `cancelled`. Searches stop. Work in flight
    finishes, and audits of accepted edits are followed to their end. The exit code is 1 if jobs of the run are still in
    flight at the end: they may be retried, so run the command again.

    Example: relist cancel --run spring-sweep
    """
    if not (run_id or shop_id):
        raise click.UsageError("choose what to cancel: --run, --shop, or both")
    if not run_id and not yes and not as_json:
        click.confirm(f"End all queued jobs of shop {shop_id}?", abort=True)
    settings = settings_or_exit()

    async def work() -> Cancelled:
        async with redis_of(settings) as redis:
            shops = await chosen_shops(redis, (shop_id,) if shop_id else ())
            cancellation = Cancellation(redis, settings.outcomes_maxlen)
            jobs = await cancellation.count(shops, run_id)
            about = {"run": run_id, **named_shops(shops), "jobs": jobs}
            await note_order(settings, "work_cancelled", about, stops_work=True)
            done = await cancellation.cancel_in_shops(shops, run_id, datetime.now(UTC), wait_seconds)
            await note_cancelled(settings, redis, shops, run_id)
            return done

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(asdict(done)).decode())
    else:
        click.echo(f"{pluralize(done.ended, 'queued job')} cancelled")
        if run_id and not (done.ended or done.in_flight):
            click.echo(f"run {run_id} has no queued jobs: `relist runs` lists the runs", err=True)
        if done.in_flight:
            click.echo(f"{pluralize(done.in_flight, 'job')} still in flight: run the command again", err=True)
    if done.in_flight:
        raise SystemExit(1)
