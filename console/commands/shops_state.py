"""`relist shops pause`, `resume` and `limit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import click

from console.formatting import pluralize
from console.order_log import note_order
from console.session import chosen_shops, redis_of, run, settings_or_exit
from monitoring.fleet import ShopStats, read_shops
from shop_queue.inspection_request import request_inspection
from shop_queue.producer import LaneProducer
from shop_queue.shop_registry import ShopRegistry

LOGGED_SHOPS = 200
"""Maximum number of shops named in an entry of the action log, which also has their total."""


def _set_states(wanted: Callable[[ShopStats], bool], state: Literal["active", "paused"], reason: str) -> list[str]:
    """Pause or resume the shops; one entry of the action log names them. Raises ClickException if there is none."""
    settings = settings_or_exit()

    async def work() -> list[str]:
        async with redis_of(settings) as redis:
            known = await read_shops(redis, await ShopRegistry(redis).all())
            ids = [each.shop_id for each in known if wanted(each)]
            order = f"shops_{'paused' if state == 'paused' else 'resumed'}"
            about = {"shops": ids[:LOGGED_SHOPS], "count": len(ids), "reason": reason[:500]}
            if ids:
                await note_order(settings, order, about, stops_work=state == "paused")
            for shop_id in ids:
                await LaneProducer(redis).set_state(shop_id, state, reason)
            if state == "active":
                await request_inspection(redis)
            return ids

    return run(work(), settings)


def _chosen(shop_ids: tuple[str, ...], every: Callable[[ShopStats], bool] | None) -> Callable[[ShopStats], bool]:
    """Return the selected shops. Raises UsageError unless either shops or an option is given; UnknownShop."""
    if bool(shop_ids) == (every is not None):
        raise click.UsageError("name shops, or use an option that selects them")
    if every is not None:
        return every
    settings = settings_or_exit()

    async def check() -> None:
        async with redis_of(settings) as redis:
            await chosen_shops(redis, shop_ids)

    run(check(), settings)
    return lambda each: each.shop_id in shop_ids


def _say(ids: list[str], state: str) -> None:
    click.echo(f"shop {ids[0]} {state}" if len(ids) == 1 else f"{pluralize(len(ids), 'shop')} {state}")


@click.command()
@click.argument("shop_ids", nargs=-1, metavar="[SHOP]...")
@click.option("--all", "every", is_flag=True, help="Pause every shop that is not paused.")
@click.option("--reason", default="paused by an operator", show_default=True)
def pause(shop_ids: tuple[str, ...], every: bool, reason: str) -> None:
    """Stop sending requests for shops; their jobs stay queued.

    Example: relist shops pause 7494... --reason "stocktaking"
    """
    wanted = _chosen(shop_ids, (lambda each: each.state != "paused") if every else None)
    _say(_set_states(wanted, "paused", reason), "paused")


@click.command()
@click.argument("shop_ids", nargs=-1, metavar="[SHOP]...")
@click.option("--parked", is_flag=True, help="Resume every shop that the service parked, but none paused by people.")
@click.option("--all", "every", is_flag=True, help="Resume every shop.")
def resume(shop_ids: tuple[str, ...], parked: bool, every: bool) -> None:
    """Resume paused or parked shops.

    Example: relist shops resume 7494...
    """
    selected = (
        (lambda each: each.state in (("parked",) if parked else ("parked", "paused"))) if parked or every else None
    )
    _say(_set_states(_chosen(shop_ids, selected), "active", ""), "active")


@click.command()
@click.argument("shop_id")
@click.argument("requests_per_second", type=click.FloatRange(min=0, min_open=True), required=False)
def limit(shop_id: str, requests_per_second: float | None) -> None:
    """Limit a shop's requests per second. Without a number, remove the limit.

    Example: relist shops limit 7494... 5
    """
    settings = settings_or_exit()

    async def work() -> None:
        async with redis_of(settings) as redis:
            await ShopRegistry(redis).get(shop_id)
            await note_order(settings, "shop_limited", {"shop": shop_id, "per_second": requests_per_second})
            await LaneProducer(redis).set_limit(shop_id, requests_per_second)

    run(work(), settings)
    click.echo(f"shop {shop_id}: {'no limit' if requests_per_second is None else f'{requests_per_second:g}/s'}")
