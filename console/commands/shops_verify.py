"""`relist shops verify`: check known shops with the platform."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import click

from authorisation.causes import cause_of
from authorisation.connector import MAX_NAME
from authorisation.matching import ShopMismatch, matching_shop
from authorisation.platform import transport_of
from config.settings import Settings
from console.session import chosen_shops, redis_of, run, settings_or_exit
from model.shop import Shop
from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.shop_client import authorized_shops
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import TokenStore


@click.command()
@click.argument("shop_ids", metavar="[SHOP_ID]...", nargs=-1)
def verify(shop_ids: tuple[str, ...]) -> None:
    """Check the tokens, cipher and region of each shop.

    The platform is asked whether they belong to the shop. The shop takes its name from there.

    Without SHOP_ID, all shops are checked, with one call per authorisation. The exit code is 1 if a
    shop is not confirmed.

    Example: relist shops verify
    """
    settings = settings_or_exit()
    problems = run(_verify(settings, shop_ids), settings)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.exceptions.Exit(1)


async def _verify(settings: Settings, shop_ids: tuple[str, ...]) -> list[str]:
    """Return the problems. Raises RedisError, UnknownShop."""
    problems: list[str] = []
    async with transport_of(settings) as transport, redis_of(settings) as redis:
        chosen = set(await chosen_shops(redis, shop_ids))
        accounts: defaultdict[tuple[str, str], list[Shop]] = defaultdict(list)
        for shop in await ShopRegistry(redis).all():
            if shop.shop_id in chosen:
                accounts[shop.account, shop.app].append(shop)
        async with TokenStore(redis, TokenCipher(*settings.token_keys), transport, transport.now) as store:
            for (account, app), shops in sorted(accounts.items()):
                try:
                    authorised = await authorized_shops(transport.of_app(app), await store.access_token(account))
                except TokenKeyMismatch as mismatch:
                    problems.append(str(mismatch))
                    continue
                except TikTokShopError as error:
                    cause = cause_of(error)
                    problems.append(f"account {account}: {cause.what}; {cause.fix}")
                    continue
                for shop in shops:
                    try:
                        listed = matching_shop(authorised, shop.shop_id, shop.cipher, shop.region)
                    except ShopMismatch as mismatch:
                        problems.append(f"shop {shop.shop_id}: {mismatch}")
                        continue
                    await _confirm(redis, shop, listed.name)
    return problems


async def _confirm(redis: AnyRedis, shop: Shop, name: str) -> None:
    """Mark the shop as verified, unless it has changed in the meantime."""
    registry = ShopRegistry(redis)
    if await registry.get(shop.shop_id) == shop:
        await registry.add(replace(shop, name=name[:MAX_NAME] or shop.name, unverified=False))
    click.echo(f"shop {shop.shop_id} ({name or 'no name'}) is verified")
