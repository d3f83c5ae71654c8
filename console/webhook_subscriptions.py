"""Subscribes a shop to webhooks and checks which subscriptions the platform has kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from authorisation.causes import NO_RESPONSE, Cause, cause_of
from authorisation.inspection import TOKEN_KEY
from tiktok_shop.errors import TikTokShopError
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS
from token_store.cipher import TokenKeyMismatch

MAX_ROUNDS = 3
AT_ONCE = 8


async def subscribe(client: ShopClient, address: str, events: Sequence[str] = SUBSCRIBED_EVENTS) -> tuple[str, ...]:
    """Subscribe to every event and list the subscriptions afterwards, repeating those that are missing.

    The platform may report success without keeping a subscription (live, Mexico, 2026-08-12). Returns the events still
    missing after MAX_ROUNDS rounds. Raises TikTokShopError.
    """
    missing = tuple(events)
    for _ in range(MAX_ROUNDS):
        for event in missing:
            await client.set_webhook(event, address)
        missing = missing_events(await client.get_webhooks(), address, events)
        if not missing:
            break
    return missing


async def subscribe_all(
    client_for: Callable[[str], Awaitable[ShopClient]], shop_ids: Sequence[str], address: str
) -> tuple[dict[str, tuple[str, ...]], dict[Cause, list[str]]]:
    """Subscribe several shops at a time. Returns the events that each one misses, and the shops that failed by cause.

    If the platform does not respond, no further shop is tried. Raises RedisError.
    """
    missing: dict[str, tuple[str, ...]] = {}
    failed: dict[Cause, list[str]] = {}
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(shop_id: str) -> None:
        async with slots:
            if any(cause.slug in NO_RESPONSE for cause in failed):
                return
            try:
                missing[shop_id] = await subscribe(await client_for(shop_id), address)
            except TokenKeyMismatch:
                failed.setdefault(TOKEN_KEY, []).append(shop_id)
            except TikTokShopError as error:
                failed.setdefault(cause_of(error), []).append(shop_id)

    await asyncio.gather(*(one(shop_id) for shop_id in shop_ids))
    return missing, failed


def missing_events(kept: Mapping[str, str], address: str, events: Sequence[str]) -> tuple[str, ...]:
    """Return the events that are not sent to this address. Pure."""
    return tuple(event for event in events if kept.get(event, "").rstrip("/") != address.rstrip("/"))
