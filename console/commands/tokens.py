"""`relist tokens`: rotate the key that encrypts stored tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import click
import orjson

from authorisation.pending import pending_accounts
from authorisation.platform import transport_of
from console.formatting import pluralize
from console.session import redis_of, run, settings_or_exit
from shop_queue.shop_registry import ShopRegistry
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import TokenStore


@dataclass(slots=True)
class Rotation:
    """Number of accounts by result; the field names are those of the JSON output."""

    resealed: int = 0
    already: int = 0
    pending: int = 0
    """Only with --check: encrypted with a key other than RELIST_TOKEN_KEY."""
    unreadable: int = 0


@click.group()
def tokens() -> None:
    """Rotate the key that encrypts stored tokens."""


@tokens.command()
@click.option("--check", is_flag=True, help="Only count accounts not yet encrypted with RELIST_TOKEN_KEY.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def rotate(check: bool, as_json: bool) -> None:
    """Encrypt every account's tokens with RELIST_TOKEN_KEY. RELIST_TOKEN_KEY_OTHER is the previous key.

    Authorisations whose shops are not listed yet are accounts too.

    Safe to run repeatedly and while workers run. The exit code is 1 as long as an account remains.

    Example: relist tokens rotate
    """
    settings = settings_or_exit()

    async def work() -> Rotation:
        async with redis_of(settings) as redis:
            store = TokenStore(redis, TokenCipher(*settings.token_keys), transport_of(settings))
            rotation = Rotation()
            accounts = {shop.account for shop in await ShopRegistry(redis).all()}
            for account in sorted(accounts | {*await pending_accounts(redis)}):
                await _rotate_account(store, account, rotation, check=check)
            return rotation

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(asdict(done)).decode())
    elif check:
        click.echo(f"{pluralize(done.already, 'account')} with the current key, {done.pending:,} with another")
    else:
        encrypted = pluralize(done.resealed, "account")
        click.echo(f"{encrypted} re-encrypted, {done.already:,} up to date, {done.unreadable:,} unreadable")
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
