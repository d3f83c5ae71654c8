"""`relist shops remove`: remove a shop, its tokens, its open questions and its counters."""

from __future__ import annotations

import contextlib

import click

from authorisation.platform import transport_of
from catalogue.deleted_products import DeletedProducts
from config.settings import Settings
from console.formatting import pluralize
from console.order_log import note_order
from console.record_access import record_of
from console.session import redis_of, run, settings_or_exit
from record.copies import forget
from record.errors import DamagedStore, RecordUnavailable
from record.record import Record
from shop_queue.producer import LaneProducer
from shop_queue.removal import remove_lane
from shop_queue.shop_registry import ShopRegistry
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore


@click.command()
@click.argument("shop_id")
@click.option("--erase", is_flag=True, help="Also erase the seller's data: every entry and state in the record.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
def remove(shop_id: str, erase: bool, yes: bool) -> None:
    """Remove a shop, its tokens, its open questions and its counters. Refused while it has queued jobs.

    Entries of the record stay, unless --erase is given: then none of the shop's edits can be undone afterwards. Entries
    of relist:outcomes stay until newer ones displace them.

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
    """Remove the copy from which `relist record rebuild` would restore the shop. Raises ClickException."""
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
