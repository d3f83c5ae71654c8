"""`relist retry`: a class of blocked products, tried again."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson

from console.commands.worklist import chosen_shops
from console.formatting import pluralize
from console.progress_bar import progress_bar
from console.session import redis_of, run, settings_or_exit
from producers.retry import Choice, Retried, retry_blocked


@click.command()
@click.option("--reason", default="", help="A reason code, as `relist status --reasons` shows them.")
@click.option("--outcome", default="", type=click.Choice(["", "needs_input", "rejected", "failed"]), show_choices=False,
              help="needs_input, rejected or failed.")  # fmt: skip
@click.option("--shop", "shop_ids", multiple=True, help="Several times for pluralize; all shops without it.")
@click.option("--live", is_flag=True, help="Also edit, for real, products known from dry runs only.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def retry(reason: str, outcome: str, shop_ids: tuple[str, ...], live: bool, as_json: bool) -> None:
    """Try again what is blocked, by reason or by outcome: after a brand was authorised, for instance.

    Example: relist retry --reason 12052208
    """
    if not reason and not outcome:
        raise click.UsageError("say what to retry: --reason CODE, --outcome NAME, or both")
    settings = settings_or_exit()

    async def work() -> Retried:
        async with redis_of(settings) as redis:
            shops = await chosen_shops(redis, shop_ids)
            with progress_bar("blocked products read") as progress:
                return await retry_blocked(redis, shops, Choice(reason, outcome), live=live, progress=progress)

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(asdict(done)).decode())
        return
    click.echo(f"{pluralize(done.queued, 'product')} re-queued, {done.already_queued:,} queued already")
    if done.dry_runs:
        click.echo(f"{done.dry_runs:,} of them stay dry runs and will not be edited: --live to edit", err=True)
    if done.not_kept:
        click.echo(
            f"{done.not_kept:,} are listings to be created, or undos: ask for those anew",
            err=True,
        )
