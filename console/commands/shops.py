"""`relist shops`: add, list, pause, resume, limit and remove shops."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import Any, Literal

import click
import orjson
from rich.table import Column
from rich.text import Text

from catalogue.deleted_products import DeletedProducts
from config.settings import Settings
from console.formatting import pluralize
from console.record_access import record_of
from console.session import redis_of, run, settings_or_exit
from console.shop_verification import ShopMismatch, matching_shop
from console.stalled_shops import stall_summary
from console.tables import plain_table, print_table
from console.token_input import BadTokens, read_tokens
from model.shop import Shop
from monitoring.fleet import ShopStats, read_shops
from record.copies import forget
from record.errors import DamagedStore, RecordUnavailable
from record.record import Record
from shop_queue.producer import LaneProducer
from shop_queue.reader import LaneReader
from shop_queue.removal import remove_lane
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.catalogue import AuthorizedShop
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.shop_client import authorized_shops
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

MAX_TOKENS_INPUT = 1024 * 1024


@click.group()
def shops() -> None:
    """Add, list, pause, resume, limit and remove shops."""


@shops.command()
@click.option("--shop-id", required=True)
@click.option("--cipher", default="", help="Default: the one the platform lists for the shop.")
@click.option("--region", default="", help="Region code, such as US, GB or ID. Default: the one the platform lists.")
@click.option(
    "--access-token", help="Or pass the tokens as JSON on standard input, to keep them out of the shell history."
)
@click.option("--refresh-token")
@click.option("--access-expires", type=int, help="Unix seconds.")
@click.option("--refresh-expires", type=int, help="Unix seconds.")
@click.option("--account", help="Same name for all shops covered by one authorisation.")
@click.option("--rate", type=float, help="Maximum number of requests per second.")
@click.option("--offline", is_flag=True, help="Do not check shop, cipher and region with the platform.")
def add(
    shop_id: str,
    cipher: str,
    region: str,
    access_token: str | None,
    refresh_token: str | None,
    access_expires: int | None,
    refresh_expires: int | None,
    account: str | None,
    rate: float | None,
    offline: bool,
) -> None:
    """Add a shop, or replace the tokens of a known shop.

    Standard input takes the platform's token response as it is. One call checks that the tokens cover the shop, and
    that cipher and region are its own.

    Example: relist shops add --shop-id 7494... --cipher ROW_... --region US < tokens.json
    """
    if not shop_id.isdigit():
        raise click.ClickException(f"--shop-id: {shop_id!r} must consist of digits")
    if region and not (len(region) == 2 and region.isascii() and region.isalpha()):
        raise click.ClickException(f"--region: {region!r} must be a country code of two letters, such as US or ID")
    options = {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "access_token_expire_in": access_expires,
        "refresh_token_expire_in": refresh_expires,
    }
    piped = "" if access_token is not None or sys.stdin.isatty() else _standard_input()
    try:
        tokens = read_tokens(options, piped, time.time())
    except BadTokens as problem:
        raise click.ClickException(str(problem)) from None
    settings = settings_or_exit()

    async def work() -> None:
        transport = _transport(settings)
        listed = None if offline else await _verified(transport, tokens, shop_id, cipher, region)
        shop = Shop(
            shop_id,
            cipher or (listed.cipher if listed else ""),
            (region or (listed.region if listed else "")).upper(),
            account or shop_id,
            listed.name if listed else "",
        )
        for option, value in (("--cipher", shop.cipher), ("--region", shop.region)):
            if not value:
                raise click.ClickException(f"{option} is missing, and the platform was not asked for it")
        async with redis_of(settings) as redis:
            store = TokenStore(redis, TokenCipher(*settings.token_keys), transport)
            await store.save(shop.account, tokens)
            await ShopRegistry(redis).add(shop)
            lanes = LaneProducer(redis)
            if rate is not None:
                await lanes.set_limit(shop_id, rate)
            of_account = [each.shop_id for each in await ShopRegistry(redis).all() if each.account == shop.account]
            for each, control in zip(of_account, await LaneReader(redis).controls(of_account), strict=True):
                if control.state == "parked":
                    await lanes.set_state(each, "active")

    run(work(), settings)
    click.echo(f"shop {shop_id} added")


def _standard_input() -> str:
    """Raises ClickException if the input is too large to be tokens."""
    text = sys.stdin.read(MAX_TOKENS_INPUT + 1)
    if len(text) > MAX_TOKENS_INPUT:
        raise click.ClickException("standard input is too large to be tokens")
    return text


async def _verified(
    transport: Transport, tokens: Tokens, shop_id: str, cipher: str, region: str
) -> AuthorizedShop | None:
    """Return the shop as the platform lists it, or None if the list cannot be read. Raises ClickException."""
    try:
        async with transport:
            authorised = await authorized_shops(transport, tokens.access_token)
        return matching_shop(authorised, shop_id, cipher, region)
    except ShopMismatch as mismatch:
        raise click.ClickException(f"{mismatch} (--offline skips this check)") from None
    except TikTokShopError as error:
        click.echo(f"not checked with the platform: {error}; the worker checks before its first job", err=True)
        return None


def _transport(settings: Settings) -> Transport:
    return Transport(settings.api_url, settings.auth_url, settings.app_key, settings.app_secret.get_secret_value())


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
    table = plain_table(Column("shop", no_wrap=True), "region", "state", Column("limit", justify="right"))
    for name in numbers:
        table.add_column(name.replace("_", " "), justify="right")
    if piped:
        table.add_column("reason")
    for row in rows:
        limit = f"{row['limit']:g}/s" if row["limit"] else ""
        reason = [Text(row["reason"] if row["state"] != "active" else "")] if piped else []
        counts = (f"{row.get(name, 0):,}" for name in numbers)
        table.add_row(row["shop_id"], row["region"], row["state"], limit, *counts, *reason)
    print_table(table, stall_summary(rows))


def _row(stats: ShopStats) -> dict[str, Any]:
    return {
        "shop_id": stats.shop_id,
        "region": stats.shop.region,
        "state": stats.state,
        "reason": stats.reason,
        "ends_seconds": stats.resumes_in_seconds,
        "limit": stats.lane.limit,
        "known": stats.products.known,
        **stats.products.fields,
        "left": stats.lane.left,
        "jobs": stats.queued,
    }


def _set(shop_id: str, state: Literal["active", "paused"] | None, reason: str, limit: float | None = None) -> None:
    settings = settings_or_exit()

    async def work() -> None:
        async with redis_of(settings) as redis:
            await ShopRegistry(redis).get(shop_id)
            if state is not None:
                await LaneProducer(redis).set_state(shop_id, state, reason)
            else:
                await LaneProducer(redis).set_limit(shop_id, limit)

    run(work(), settings)


@shops.command()
@click.argument("shop_id")
@click.option("--reason", default="paused by an operator", show_default=True)
def pause(shop_id: str, reason: str) -> None:
    """Stop sending requests for a shop; its jobs stay queued.

    Example: relist shops pause 7494... --reason "stocktaking"
    """
    _set(shop_id, "paused", reason)
    click.echo(f"shop {shop_id} paused")


@shops.command()
@click.argument("shop_id")
def resume(shop_id: str) -> None:
    """Resume a paused or parked shop.

    Example: relist shops resume 7494...
    """
    _set(shop_id, "active", "")
    click.echo(f"shop {shop_id} active")


@shops.command()
@click.argument("shop_id")
@click.argument("requests_per_second", type=click.FloatRange(min=0, min_open=True), required=False)
def limit(shop_id: str, requests_per_second: float | None) -> None:
    """Limit a shop's requests per second. Without a number, remove the limit.

    Example: relist shops limit 7494... 5
    """
    _set(shop_id, None, "", requests_per_second)
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
                raise click.ClickException(f"shop {shop_id} has {count['queued']} queued jobs; let them finish first")
            others = [each for each in await registry.all() if each.account == shop.account and each != shop]
            await registry.remove(shop_id)
            await remove_lane(redis, shop_id)
            if not others:
                await TokenStore(redis, TokenCipher(*settings.token_keys), _transport(settings)).forget(shop.account)
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
