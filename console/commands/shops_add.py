"""`relist shops add`: add one shop whose ID, cipher and tokens are known."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import click

from authorisation.accounts import account_for
from authorisation.causes import cause_of
from authorisation.matching import ShopMismatch, matching_shop
from authorisation.platform import app_of, transport_of
from authorisation.storing import store_shops
from config.settings import Settings
from console.emptied_redis import refuse_emptied
from console.region_option import country_code
from console.session import redis_of, run, settings_or_exit
from console.token_input import BadTokens, read_tokens
from model.shop import Shop
from shop_queue.producer import LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.catalogue import AuthorizedShop
from tiktok_shop.errors import AccessTokenRefused, Throttled, TikTokShopError, Transient
from tiktok_shop.shop_client import authorized_shops
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

MAX_TOKENS_INPUT = 1024 * 1024


@click.command()
@click.option("--shop-id", required=True)
@click.option("--cipher", default="", help="Default: the cipher that the platform lists for the shop.")
@click.option(
    "--region",
    default="",
    callback=country_code,
    help="Region code, such as US, GB or ID. Default: the region that the platform lists.",
)
@click.option("--name", default="", help="Default: the one the platform lists.")
@click.option(
    "--access-token", help="Or pass the tokens as JSON on standard input, to keep them out of the shell history."
)
@click.option("--refresh-token")
@click.option("--access-expires", type=int, help="Unix seconds.")
@click.option("--refresh-expires", type=int, help="Unix seconds.")
@click.option("--account", help="Same name for all shops covered by one authorisation.")
@click.option("--app", default="", help="App in RELIST_APPS_FILE.  [default: the one of RELIST_APP_KEY]")
@click.option("--rate", type=float, help="Maximum number of requests per second.")
@click.option("--offline", is_flag=True, help="Do not check shop, cipher and region with the platform.")
def add(
    shop_id: str,
    cipher: str,
    region: str,
    name: str,
    access_token: str | None,
    refresh_token: str | None,
    access_expires: int | None,
    refresh_expires: int | None,
    account: str | None,
    app: str,
    rate: float | None,
    offline: bool,
) -> None:
    """Add a shop, or replace the tokens of a known shop. For many shops, use relist shops connect.

    Standard input accepts the platform's token response unchanged. One call checks that the tokens cover the shop, and
    that the cipher and region belong to it.

    Example: relist shops add --shop-id 7494... --cipher ROW_... --region US < tokens.json
    """
    if not shop_id.isdigit():
        raise click.ClickException(f"--shop-id: {shop_id!r} must consist of digits")
    options = {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "access_token_expire_in": access_expires,
        "refresh_token_expire_in": refresh_expires,
    }
    piped = "" if access_token is not None or sys.stdin.isatty() else _standard_input()
    try:
        tokens = replace(read_tokens(options, piped, time.time()), app=app)
    except BadTokens as problem:
        raise click.ClickException(str(problem)) from None
    settings = settings_or_exit()

    async def work() -> None:
        app_of(settings, app)
        authorised = () if offline else await _listed(settings, tokens)
        listed = _matching(authorised, shop_id, cipher, region) if authorised is not None and not offline else None
        covered = {shop_id, *(each.id for each in authorised or ())}
        async with redis_of(settings) as redis:
            await refuse_emptied(settings, redis)
            shop = Shop(
                shop_id,
                cipher or (listed.cipher if listed else ""),
                (region or (listed.region if listed else "")).upper(),
                account or account_for(covered, app, await ShopRegistry(redis).all()),
                name or (listed.name if listed else ""),
                app,
                unverified=listed is None,
            )
            for option, value in (("--cipher", shop.cipher), ("--region", shop.region)):
                if not value:
                    raise click.ClickException(f"{option} is missing, and the platform was not asked for it")
            store = TokenStore(redis, TokenCipher(*settings.token_keys), transport_of(settings))
            await store_shops(redis, store, [shop], tokens)
            if rate is not None:
                await LaneProducer(redis).set_limit(shop_id, rate)

    run(work(), settings)
    click.echo(f"shop {shop_id} added")


def _standard_input() -> str:
    """Raises ClickException if the input is too large to be tokens."""
    text = sys.stdin.read(MAX_TOKENS_INPUT + 1)
    if len(text) > MAX_TOKENS_INPUT:
        raise click.ClickException("standard input is too large to be tokens")
    return text


async def _listed(settings: Settings, tokens: Tokens) -> tuple[AuthorizedShop, ...] | None:
    """Return the shops that the tokens cover, or None if the platform cannot be asked now.

    Raises ClickException if it refuses the app or the tokens.
    """
    try:
        async with transport_of(settings) as transport:
            return await authorized_shops(transport.of_app(tokens.app), tokens.access_token)
    except (Transient, Throttled) as error:
        later = "the shop is added; run relist shops verify, or let the worker check it before its first job"
        click.echo(f"not checked with the platform: {cause_of(error).what}; {later}", err=True)
        return None
    except AccessTokenRefused as error:
        expired = "if it has only expired, relist shops connect accepts the same tokens and refreshes them"
        raise click.ClickException(f"{cause_of(error).what}; {expired} (--offline skips this check)") from None
    except TikTokShopError as error:
        cause = cause_of(error)
        raise click.ClickException(f"{cause.what}; {cause.fix} (--offline skips this check)") from None


def _matching(authorised: tuple[AuthorizedShop, ...], shop_id: str, cipher: str, region: str) -> AuthorizedShop:
    """Raises ClickException."""
    try:
        return matching_shop(authorised, shop_id, cipher, region)
    except ShopMismatch as mismatch:
        raise click.ClickException(f"{mismatch} (--offline skips this check)") from None
