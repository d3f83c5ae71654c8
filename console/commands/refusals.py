"""`relist refusals`: show and forget what the service learned from refused edits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
import orjson

from catalogue.habits import ObservedHabits
from catalogue.refusals import RefusalStore
from console.formatting import pluralize
from console.session import redis_of, run, settings_or_exit
from console.tables import plain_table, print_table
from shop_queue.shop_registry import ShopRegistry


@click.group()
def refusals() -> None:
    """Show and forget what the service learned from refused edits.

    After three refusals of a feature, such as emoji in a description, products with it raise a question instead of
    being edited.
    """


@refusals.command("list")
@click.option("--region", "regions", multiple=True, help="May be repeated; default: the regions of all shops.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def list_refusals(regions: tuple[str, ...], as_json: bool) -> None:
    """List refused features by region. `asked` means that products with the feature are no longer edited.

    Example: relist refusals list --region MX
    """
    settings = settings_or_exit()

    async def work() -> list[dict[str, Any]]:
        async with redis_of(settings) as redis:
            wanted = regions or sorted({shop.region for shop in await ShopRegistry(redis).all()})
            store = RefusalStore(redis)
            rows = [
                {"region": region, **asdict(count), "asked": count.is_learned}
                for region in wanted
                for count in await store.counts(region)
            ]
            for name, evidence in sorted((await ObservedHabits(redis).all()).items()):
                region, _, switch = name.partition(":")
                if region in wanted:
                    rows.append({"region": region, "feature": switch, "code": "", "message": evidence, "refused": 0,
                                 "accepted": 0, "asked": True})  # fmt: skip
            return rows

    rows = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    table = plain_table("region", "feature", "code", "refused", "accepted", "asked", "message")
    for row in rows:
        asked = "yes" if row["asked"] else "no"
        counts = (f"{row['refused']:,}", f"{row['accepted']:,}")
        table.add_row(row["region"], row["feature"], row["code"], *counts, asked, row["message"])
    print_table(table)


@refusals.command()
@click.argument("region")
@click.argument("feature")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def forget(region: str, feature: str, as_json: bool) -> None:
    """Forget a feature, so that products with it are edited.

    Example: relist refusals forget MX description_emoji
    """
    settings = settings_or_exit()

    async def work() -> int:
        async with redis_of(settings) as redis:
            return await RefusalStore(redis).forget(region, feature) + await ObservedHabits(redis).forget(
                region, feature
            )

    removed = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"forgotten": removed}).decode())
    elif removed:
        click.echo(f"{pluralize(removed, 'entry', 'entries')} forgotten; running workers notice within 10 s")
    if not removed:
        raise click.ClickException(f"nothing is known about {feature} in {region}; see `relist refusals list`")
