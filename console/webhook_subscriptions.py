"""Subscribes a shop to webhooks and checks which subscriptions the platform has kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tiktok_shop.shop_client import ShopClient
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS

MAX_ROUNDS = 3


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


def missing_events(kept: Mapping[str, str], address: str, events: Sequence[str]) -> tuple[str, ...]:
    """Return the events that are not sent to this address. Pure."""
    return tuple(event for event in events if kept.get(event, "").rstrip("/") != address.rstrip("/"))
