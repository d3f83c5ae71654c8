"""Asks the platform about every shop: does its authorisation work, is it active, are its webhooks registered.

`relist doctor` and the gateway share this code, so both report the same causes. A cause that concerns every
shop of an app, such as a wrong secret, is found at the first two accounts and reported once.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from authorisation.causes import Cause, cause_of
from authorisation.matching import ShopMismatch, matching_shop
from config.addresses import leads_to_gateway
from model.shop import Shop
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS
from token_store.cipher import TokenKeyMismatch
from token_store.tokens import AccountCredentials, TokenStore

AT_ONCE = 8
EXPIRES_SOON_SECONDS = 30 * 86_400
MAX_SHOPS = 1000
"""Each shop costs one call, and each account one more."""
TOKEN_KEY = Cause(
    "token_key",
    "the stored tokens cannot be decrypted with this RELIST_TOKEN_KEY",
    "set RELIST_TOKEN_KEY, or RELIST_TOKEN_KEY_OTHER, to the key the tokens were stored with",
    "all",
)
EXPIRED = Cause("expired", "the authorisation has expired", "let the seller authorise again: relist shops connect")
EXPIRING = Cause(
    "expiring", "the authorisation expires within 30 days", "let the seller authorise again: relist shops connect"
)
NO_WEBHOOKS = Cause(
    "webhooks",
    "not subscribed to every webhook, so the ends of audits are found only by polling",
    "relist webhooks set https://<the gateway's public address>/webhooks/tiktok",
)
WRONG_WEBHOOKS = Cause(
    "webhook_address",
    "webhooks are sent to a path other than the gateway's, so the ends of audits are found only by polling",
    NO_WEBHOOKS.fix,
)
WARNINGS = frozenset({"expiring", "webhooks", "webhook_address", "throttled", "unverified"})
"""Causes that do not stop a shop."""
UNCHECKED = "throttled"
"""Slug of the cause that prevents an inspection, and says nothing about the shop."""


@dataclass(slots=True)
class Inspection:
    shops: int
    """Number of known shops."""
    inspected: int = 0
    taken_over: int = 0
    """Number of shops not inspected because they share a cause with an inspected shop of their app."""
    found: defaultdict[Cause, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Cause -> IDs of the affected shops; for a cause of a whole app, all its shops."""
    earliest_expiry: float | None = None
    """Unix time at which the first authorisation expires."""


async def inspect_shops(
    transport: Transport, tokens: TokenStore, shops: Sequence[Shop], clock: Callable[[], float], limit: int = MAX_SHOPS
) -> Inspection:
    """Inspect at most `limit` shops; errors of the platform become causes. Raises RedisError."""
    result = Inspection(len(shops))
    apps: defaultdict[str, dict[str, list[Shop]]] = defaultdict(dict)
    for shop in sorted(shops, key=lambda each: each.shop_id)[:limit]:
        apps[shop.app].setdefault(shop.account, []).append(shop)
    for accounts in apps.values():
        first, *others = accounts.values()
        shared = await _inspect_account(transport, tokens, first, clock, result)
        if shared is not None and shared is not TOKEN_KEY:
            alike = [group for group in others if await _has_cause(tokens, group[0].account, shared, clock())]
            others = [group for group in others if group not in alike]
            if alike:
                # One account may have had bad luck, such as a failed request.
                second, *rest = alike
                again = await _inspect_account(transport, tokens, second, clock, result)
                if again is None or again.slug != shared.slug:
                    others += rest
                    rest = []
                for group in rest:
                    result.found[shared] |= {shop.shop_id for shop in group}
                    result.taken_over += len(group)
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(group: list[Shop], slots: asyncio.Semaphore = slots) -> None:
            async with slots:
                await _inspect_account(transport, tokens, group, clock, result)

        await asyncio.gather(*(one(group) for group in others))
    return result


async def _has_cause(tokens: TokenStore, account: str, shared: Cause, now: float) -> bool:
    """Whether a cause of all shops of an app concerns this account. Only some need a refresh that fails."""
    if shared.slug != "token_service":
        return True
    try:
        return (await tokens.load(account)).access_expires <= now
    except (TokenKeyMismatch, TikTokShopError):
        return False  # has another cause, which an inspection finds


async def _inspect_account(
    transport: Transport, tokens: TokenStore, shops: list[Shop], clock: Callable[[], float], result: Inspection
) -> Cause | None:
    """Return the cause if it concerns all shops of the app."""
    account, ids = shops[0].account, {shop.shop_id for shop in shops}
    result.inspected += len(shops)
    try:
        ends = (await tokens.load(account)).refresh_expires
        result.earliest_expiry = min(ends, result.earliest_expiry or ends)
        if (left := ends - clock()) < EXPIRES_SOON_SECONDS:
            result.found[EXPIRED if left <= 0 else EXPIRING] |= ids
            if left <= 0:
                return None  # a call would give the same result
        of_app = transport.of_app(shops[0].app)
        client = ShopClient(of_app, AccountCredentials(tokens, account), shops[0].cipher)
        authorised = await client.authorized_shops()
    except TokenKeyMismatch:
        result.found[TOKEN_KEY] |= ids
        return TOKEN_KEY
    except TikTokShopError as error:
        cause = cause_of(error)
        result.found[cause] |= ids
        return cause if cause.concerns == "all" else None
    for shop in shops:
        try:
            matching_shop(authorised, shop.shop_id, shop.cipher, shop.region)
        except ShopMismatch as mismatch:
            fix = "let the seller authorise the app for this shop, or remove it: relist shops remove"
            result.found[Cause("wrong_shop", str(mismatch), fix)].add(shop.shop_id)
            continue
        await _inspect_shop(of_app, tokens, shop, result)
    return None


async def _inspect_shop(transport: Transport, tokens: TokenStore, shop: Shop, result: Inspection) -> None:
    client = ShopClient(transport, AccountCredentials(tokens, shop.account), shop.cipher)
    try:
        kept = await client.get_webhooks()
    except TikTokShopError as error:
        result.found[cause_of(error)].add(shop.shop_id)
        return
    if not all(kept.get(event) for event in SUBSCRIBED_EVENTS):
        result.found[NO_WEBHOOKS].add(shop.shop_id)
    elif not all(leads_to_gateway(kept[event]) for event in SUBSCRIBED_EVENTS):
        result.found[WRONG_WEBHOOKS].add(shop.shop_id)
