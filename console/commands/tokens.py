"""`relist tokens`: the key that stored tokens are encrypted with."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import click
import orjson

from console.session import redis_of, run, settings_or_exit
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import TokenStore


@dataclass(slots=True)
class Rotation:
    """Accounts, by what became of their tokens."""

    resealed: int = 0
    already: int = 0
    pending: int = 0
    """Only with --check: sealed with another key than RELIST_TOKEN_KEY."""
    unreadable: int = 0


@click.group()
def tokens() -> None:
    """Change the key that stored tokens are encrypted with."""


@tokens.command()
@click.option("--check", is_flag=True, help="Only count what is not encrypted with RELIST_TOKEN_KEY yet.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
def rotate(check: bool, as_json: bool) -> None:
    """Encrypt every account's tokens with RELIST_TOKEN_KEY; RELIST_TOKEN_KEY_OTHER opens those of the key before.

    May run while workers do, and again. Exit code 1 while something is left.

    Example: relist tokens rotate
    """
    settings = settings_or_exit()

    async def work() -> Rotation:
        async with redis_of(settings) as redis:
            secret = settings.app_secret.get_secret_value()
            transport = Transport(settings.api_url, settings.auth_url, settings.app_key, secret)
            store = TokenStore(redis, TokenCipher(*settings.token_keys), transport)
            rotation = Rotation()
            for account in sorted({shop.account for shop in await ShopRegistry(redis).all()}):
                await _rotate_account(store, account, rotation, check=check)
            return rotation

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(asdict(done)).decode())
    elif check:
        click.echo(f"{done.already:,} accounts have the newest key, {done.pending:,} do not yet")
    else:
        click.echo(
            f"{done.resealed:,} accounts resealed, {done.already:,} were already, {done.unreadable:,} unreadable"
        )
    if done.pending or done.unreadable:
        raise click.exceptions.Exit(1)


async def _rotate_account(store: TokenStore, account: str, rotation: Rotation, *, check: bool) -> None:
    """Raises RedisError."""
    if check:
        if await store.uses_newest_key(account):
            rotation.already += 1
        else:
            rotation.pending += 1
        return
    try:
        if await store.reencrypt(account):
            rotation.resealed += 1
        else:
            rotation.already += 1
    except TokenKeyMismatch as mismatch:
        click.echo(str(mismatch), err=True)
        rotation.unreadable += 1
