"""Connects the shops of one consent: exchanges its code, lists and verifies the shops, and stores their tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from authorisation.accounts import account_for
from authorisation.causes import ALLOW_LIST, cause_of
from authorisation.pending import PENDING, PendingTokens
from authorisation.storing import StoredShop, store_shops
from model.shop import Shop
from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.catalogue import AuthorizedShop
from tiktok_shop.errors import (
    AccessTokenRefused,
    AuthFailed,
    MalformedResponse,
    Throttled,
    TikTokShopError,
    Transient,
)
from tiktok_shop.retry import READ_PAUSES
from tiktok_shop.shop_client import ShopClient, authorized_shops
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.token_response import parse_refresh
from token_store.tokens import Tokens, TokenStore

VERIFIED_AT_ONCE = 4
MAX_NAME = 200
OTHER_APP = "; if these tokens belong to another app, name it with --app or in a column app"


class ConsentFailed(Exception):
    """Nothing was connected. The message states the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Connected:
    account: str
    shops: tuple[StoredShop, ...]
    problems: tuple[str, ...] = ()
    """One line for each shop of the consent that was not connected, or could not be checked."""


class ShopConnector:
    """`transport` must be open."""

    def __init__(self, transport: Transport, redis: AnyRedis, cipher: TokenCipher) -> None:
        self._transport, self._redis = transport, redis
        self._tokens = TokenStore(redis, cipher, transport, transport.now)
        self._pending = PendingTokens(redis, self._tokens)
        self._registry = ShopRegistry(redis)

    async def from_code(self, code: str, app: str = "") -> Connected:
        """Exchange an authorisation code, which works once. Raises ConsentFailed, RedisError."""
        now = self._transport.now()
        parameters = {"auth_code": code, "grant_type": "authorized_code"}
        try:
            response = await self._transport.of_app(app).token_request("token_get", parameters)
            tokens = parse_refresh(response, Tokens("", "", int(now), int(now), app), now)
        except TikTokShopError as error:
            raise ConsentFailed(_exchange_problem(error)) from None
        if not tokens.access_token or not tokens.refresh_token:
            raise ConsentFailed("the platform's token response lacks a token; let the seller authorise the app again")
        return await self._keep_and_complete(tokens)

    async def from_tokens(self, tokens: Tokens) -> Connected:
        """Connect the shops that the caller's tokens cover. Raises ConsentFailed, RedisError."""
        return await self._keep_and_complete(tokens, has_copy=True)

    async def resume(self, pending: str) -> Connected:
        """Continue with tokens that were kept because their shops could not be listed. Raises ConsentFailed."""
        if not pending.startswith(PENDING):
            raise ConsentFailed(f"{pending} is not a pending authorisation; their names begin with {PENDING}")
        return await self._complete(pending, await self._tokens.load(pending))

    async def _listed(self, pending: str, tokens: Tokens) -> tuple[Tokens, tuple[AuthorizedShop, ...]]:
        """Return the shops that the tokens cover, and new tokens if these had expired.

        Raises TikTokShopError.
        """
        transport = self._transport.of_app(tokens.app)
        try:
            if tokens.access_expires > self._transport.now():
                return tokens, await _authorised(transport, tokens.access_token)
        except AccessTokenRefused:
            pass  # the refresh token decides
        parameters = {"refresh_token": tokens.refresh_token, "grant_type": "refresh_token"}
        response = await transport.token_request("token_refresh", parameters)
        fresh = parse_refresh(response, tokens, self._transport.now())
        await self._tokens.save(pending, fresh)
        return fresh, await _authorised(transport, fresh.access_token)

    async def _keep_and_complete(self, tokens: Tokens, *, has_copy: bool = False) -> Connected:
        # The code is spent: these tokens must survive a crash or an outage.
        pending = await self._pending.keep(tokens)
        return await self._complete(pending, tokens, has_copy=has_copy)

    async def _complete(self, pending: str, tokens: Tokens, *, has_copy: bool = False) -> Connected:
        """`has_copy`: the caller has these tokens, so they need not be kept if they are still the same."""
        try:
            tokens, authorised = await self._listed(pending, tokens)
        except TikTokShopError as error:
            cause = cause_of(error)
            refused = are_useless(error)
            if refused or (has_copy and await self._tokens.load(pending) == tokens):
                await self._pending.drop(pending)
                another = OTHER_APP if refused and self._transport.has_several_apps else ""
                raise ConsentFailed(f"{cause.what}; {cause.fix}{another}") from None
            kept = f"the tokens are kept: run relist shops connect --resume {pending}"
            raise ConsentFailed(f"the shops could not be listed: {cause.what}; {cause.fix}; {kept}") from None
        if not authorised:
            await self._pending.drop(pending)
            raise ConsentFailed("the consent covers no shop: the seller must sign in with the shop's main account")
        connected = await self._verify_and_store(tokens, authorised)
        await self._pending.drop(pending)
        return connected

    async def _verify_and_store(self, tokens: Tokens, authorised: Sequence[AuthorizedShop]) -> Connected:
        known = await self._registry.all()
        account = account_for({each.id for each in authorised}, tokens.app, known)
        slots = asyncio.Semaphore(VERIFIED_AT_ONCE)

        async def verify(listed: AuthorizedShop) -> tuple[Shop | None, str]:
            async with slots:
                return await self._verified(listed, account, tokens)

        checked = await asyncio.gather(*(verify(each) for each in authorised))
        problems = tuple(problem for _, problem in checked if problem)
        shops = [shop for shop, _ in checked if shop is not None]
        if not shops:
            return Connected(account, (), problems)
        return Connected(account, tuple(await store_shops(self._redis, self._tokens, shops, tokens)), problems)

    async def _verified(self, listed: AuthorizedShop, account: str, tokens: Tokens) -> tuple[Shop | None, str]:
        """Return the shop, or None if the platform refuses it, and the problem."""
        where = f"shop {listed.id} ({listed.name or 'no name'}, {listed.region or 'no region'})"
        if problem := why_unusable(listed):
            return None, f"{where}: {problem}"
        shop = shop_of(listed, account, tokens.app)
        client = ShopClient(self._transport.of_app(tokens.app), _OneToken(tokens.access_token), listed.cipher)
        try:
            await client.search_products({}, page_size=1)
        except (Transient, Throttled) as error:
            return replace(shop, unverified=True), f"{where}: not verified yet: {cause_of(error).what}"
        except TikTokShopError as error:
            cause = cause_of(error)
            return None, f"{where}: {cause.what}; {cause.fix}"
        return shop, ""


@dataclass(frozen=True, slots=True)
class _OneToken:
    """Credentials that consist of one new token and cannot be refreshed."""

    token: str

    async def access_token(self) -> str:
        return self.token

    async def refreshed(self, expired: str) -> str:
        raise AccessTokenRefused("the platform refuses a token that it has just issued")


def shop_of(listed: AuthorizedShop, account: str, app: str) -> Shop:
    name = "".join(each for each in listed.name if each.isprintable())[:MAX_NAME]
    return Shop(listed.id, listed.cipher, listed.region.upper(), account, name, app)


def are_useless(error: TikTokShopError) -> bool:
    """Whether this refusal of the list of shops means that the tokens will never work. Pure.

    After any other one, such as a wrong secret or an address that is not on the allow list, they work once the operator
    has removed the cause; the code is spent, so that without them the seller would have to agree again.
    """
    return isinstance(error, AuthFailed) and error.code != ALLOW_LIST


def why_unusable(listed: AuthorizedShop) -> str:
    """Return what keeps a listed shop from being connected, or an empty text. Pure."""
    if not listed.id.isdigit():
        return "its ID is not a number"
    if not listed.cipher:
        return "the platform lists no cipher for it"
    if not (len(listed.region) == 2 and listed.region.isascii() and listed.region.isalpha()):
        return "its region is not a country code of two letters"
    return ""


async def _authorised(transport: Transport, access_token: str) -> tuple[AuthorizedShop, ...]:
    """Call Get Authorized Shops with the retries of a read. Raises TikTokShopError."""
    for pause in READ_PAUSES:
        try:
            return await authorized_shops(transport, access_token)
        except MalformedResponse:
            raise
        except (Transient, Throttled):
            await asyncio.sleep(pause)
    return await authorized_shops(transport, access_token)


def _exchange_problem(error: TikTokShopError) -> str:
    if error.code == 36004004:
        return (
            "the code was already used, is wrong, or is older than 30 minutes (36004004): "
            "let the seller agree again, with a new address: relist shops connect"
        )
    cause = cause_of(error)
    return f"the code could not be exchanged: {cause.what}; {cause.fix}"
