"""`relist shops`: list, pause, resume, limit and remove shops."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any, Literal

import click
import orjson
from rich.table import Column
from rich.text import Text

from authorisation.platform import transport_of
from catalogue.deleted_products import DeletedProducts
from config.settings import Settings
from console.commands.shops_add import add
from console.commands.shops_connect import connect
from console.commands.shops_verify import verify
from console.formatting import pluralize
from console.order_log import note_order
from console.record_access import record_of
from console.session import chosen_shops, redis_of, run, settings_or_exit
from console.stalled_shops import stall_summary
from console.tables import plain_table, print_table
from monitoring.fleet import ShopStats, read_shops
from record.copies import forget
from record.errors import DamagedStore, RecordUnavailable
from record.record import Record
from shop_queue.producer import LaneProducer
from shop_queue.removal import remove_lane
from shop_queue.shop_registry import ShopRegistry
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore

LOGGED_SHOPS = 200
"""Shops that a line of the action log names; it has the number of all."""


@click.group()
def shops() -> None:
    """Connect, add, verify, list, pause, resume, limit and remove shops."""


shops.add_command(connect)
shops.add_command(add)
shops.add_command(verify)


@shops.command("list")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def list_shops(as_json: bool) -> None:
    """List all shops with their state, limit and number of products.

    Example: relist shops list --json
    """
    settings = settings_or_exit()

    async def work() -> list[dict[str, Any]]:
        async with redis_of(settings) as redis:
            return [_row(stats) for stats in await read_shops(redis, await ShopRegistry(redis).all())]

    rows = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(rows).decode())
        return
    piped = not sys.stdout.isatty()
    numbers = ("known", "queued", "in_audit", "relisted", "needs_input", "left")
    table = plain_table(Column("shop", no_wrap=True), "name", "region", "state", Column("limit", justify="right"))
    for name in numbers:
        table.add_column(name.replace("_", " "), justify="right")
    if piped:
        table.add_column("reason")
    for row in rows:
        limit = f"{row['limit']:g}/s" if row["limit"] else ""
        reason = [Text(row["reason"] if row["state"] != "active" else "")] if piped else []
        counts = (f"{row.get(name, 0):,}" for name in numbers)
        table.add_row(row["shop_id"], Text(row["name"]), row["region"], row["state"], limit, *counts, *reason)
    print_table(table, stall_summary(rows))


def _row(stats: ShopStats) -> dict[str, Any]:
    return {
        "shop_id": stats.shop_id,
        "name": stats.shop.name,
        "region": stats.shop.region,
        "app": stats.shop.app,
        "verified": not stats.shop.unverified,
        "state": stats.state,
        "reason": stats.reason,
        "ends_seconds": stats.resumes_in_seconds,
        "limit": stats.lane.limit,
        "known": stats.products.known,
        **stats.products.fields,
        "left": stats.lane.left,
        "jobs": stats.queued,
    }


def _set_states(wanted: Callable[[ShopStats], bool], state: Literal["active", "paused"], reason: str) -> list[str]:
    """Pause or resume the shops; one line of the action log names them. Raises ClickException if there is none."""
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
            return ids

    return run(work(), settings)


def _chosen(shop_ids: tuple[str, ...], every: Callable[[ShopStats], bool] | None) -> Callable[[ShopStats], bool]:
    """Return which shops are meant. Raises UsageError unless either shops or an option is given; UnknownShop."""
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


@shops.command()
@click.argument("shop_ids", nargs=-1, metavar="[SHOP]...")
@click.option("--all", "every", is_flag=True, help="Pause every shop that is not paused.")
@click.option("--reason", default="paused by an operator", show_default=True)
def pause(shop_ids: tuple[str, ...], every: bool, reason: str) -> None:
    """Stop sending requests for shops; their jobs stay queued.

    Example: relist shops pause 7494... --reason "stocktaking"
    """
    wanted = _chosen(shop_ids, (lambda each: each.state != "paused") if every else None)
    _say(_set_states(wanted, "paused", reason), "paused")


@shops.command()
@click.argument("shop_ids", nargs=-1, metavar="[SHOP]...")
@click.option("--parked", is_flag=True, help="Resume every shop that the service parked, but none that people paused.")
@click.option("--all", "every", is_flag=True, help="Resume every shop.")
def resume(shop_ids: tuple[str, ...], parked: bool, every: bool) -> None:
    """Resume paused or parked shops.

    Example: relist shops resume 7494...
    """
    selected = (
        (lambda each: each.state in (("parked",) if parked else ("parked", "paused"))) if parked or every else None
    )
    _say(_set_states(_chosen(shop_ids, selected), "active", ""), "active")


@shops.command()
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


@shops.command()
@click.argument("shop_id")
@click.option("--erase", is_flag=True, help="Also erase the seller's data: every entry and state in the record.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
def remove(shop_id: str, erase: bool, yes: bool) -> None:
    """Remove a shop, its tokens, its open questions and its counters. Refused while it has queued jobs.

    Entries of the record stay, unless --erase is given: then nothing of the shop can be undone afterwards. Entries of
    relist:outcomes stay until newer ones displace them.

    Example: relist shops remove 7494... --erase
    """
    settings = settings_or_exit()
    if erase and not yes:
        click.confirm(f"Erase every entry and state of shop {shop_id} for good?", abort=True, err=True)
    erased = ""

    async def work() -> None:
        nonlocal erased
        async with contextlib.AsyncExitStack() as stack:
            record = await stack.enter_async_context(record_of(settings)) if erase else None
            redis = await stack.enter_async_context(redis_of(settings))
            if record is not None:
                await record.upgrade()  # an unavailable record stops the command before anything is removed
            registry = ShopRegistry(redis)
            shop = await registry.get(shop_id)
            (count,) = await LaneProducer(redis).counts([shop_id])
            if count["queued"]:
                queued = pluralize(count["queued"], "queued job")
                raise click.ClickException(
                    f"shop {shop_id} has {queued}: let them finish, or end them with `relist cancel --shop {shop_id}`"
                )
            await note_order(settings, "shop_removed", {"shop": shop_id, "erased": erase})
            others = [each for each in await registry.all() if each.account == shop.account and each != shop]
            await registry.remove(shop_id)
            await remove_lane(redis, shop_id)
            if not others:
                await TokenStore(redis, TokenCipher(*settings.token_keys), transport_of(settings)).forget(shop.account)
            await DeletedProducts(redis).forget_shop(shop_id)
            if record is not None:
                erased = await _erase(record, shop_id)
            else:
                await _forget_copy(settings, shop_id)

    run(work(), settings)
    click.echo(f"shop {shop_id} removed{erased}")


async def _forget_copy(settings: Settings, shop_id: str) -> None:
    """Remove the copy by which `relist record rebuild` would restore the shop. Raises ClickException."""
    try:
        async with record_of(settings) as record:
            await record.upgrade()
            await forget(record.database, shop_id)
    except click.ClickException as problem:
        state = f"shop {shop_id} is removed, but a copy of it and of its tokens is still in the record"
        raise click.ClickException(f"{state}: {problem.message}; run `relist record erase {shop_id}`") from None


async def _erase(record: Record, shop_id: str) -> str:
    """Raises ClickException with the command that completes it."""
    try:
        going = await record.erase_shop(shop_id)
    except (RecordUnavailable, DamagedStore) as problem:
        state = f"shop {shop_id} is removed, but not erased from the record: {problem}"
        raise click.ClickException(f"{state}; run `relist record erase {shop_id}`") from None
    return f", {pluralize(going.edits, 'edit')} and {pluralize(going.products, 'product')} erased"
