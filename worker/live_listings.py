"""Confirms with one search that up to a hundred products are live on v2, instead of reading each of them.

A row of a search for approved products on v2 proves that the product is live on v2; it does not show the product's
content (rollout read-backs do that). Products that no row confirms are read. If the searches of a shop cost more calls
than they save, as in a shop with few products, its products are read instead for an hour.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tiktok_shop.product_responses import SearchPage
from tiktok_shop.shop_client import ShopClient
from worker.engine.observer import Observer

COLLECTION_SHARE = 0.1
"""Approvals are collected for this share of the time since the edit, so that one search confirms many of them."""
SHORTEST_COLLECTION_SECONDS, LONGEST_COLLECTION_SECONDS = 1.0, 60.0
FEW, MANY, LONGEST_FOR_FEW = 30, 60, 10.0
"""After a search that confirmed few products, approvals are collected for twice as long, up to this number of
seconds.
"""
OVERLAP_SECONDS = 5
"""A search begins this many seconds before the first of the approvals collected for it."""
MAX_PAGES = 10
MAX_SHOPS, MAX_ROWS = 1_000, 20_000
FIRST_CREDIT, MAX_CREDIT = 3, 20
RESTED_SECONDS = 3600.0


@dataclass(slots=True)
class _Rows:
    """The approved products of one shop."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    shown: dict[str, int] = field(default_factory=dict)
    """Product -> its `update_time`, Unix seconds."""
    searched_at: float = 0.0
    page_token: str = ""
    search: dict[str, Any] = field(default_factory=dict)
    since: float = 0.0
    """The search shows updates from this time on."""
    shortest: float = SHORTEST_COLLECTION_SECONDS
    """Minimum time, in seconds, for which approvals are collected."""
    confirmed: int = 0
    """Products confirmed since the last search began."""
    ever_confirmed: int = 0
    credit: int = FIRST_CREDIT
    """Number of products confirmed minus the number of pages read."""
    rests_until: float = 0.0


class LiveListings(Observer):
    def __init__(self) -> None:
        self._shops: dict[str, _Rows] = {}

    async def confirm(
        self, client: ShopClient, shop_id: str, product_id: str, edited_at: int, approved_at: float, since: float = 0.0
    ) -> bool | float:
        """Whether a search shows the product live since its edit; False = unknown: read the product.

        `approved_at` is the latest time at which its audit may have ended, and `since` the earliest; 0 = the same. A
        number is the time to wait, in seconds, so that one search confirms further approvals. The times are Unix
        seconds by the platform's clock. Raises TikTokShopError.
        """
        rows, clock = self._rows(shop_id), client.transport.now
        async with rows.turn:
            if clock() < rows.rests_until:
                return False
            for _ in range(MAX_PAGES):
                if rows.shown.get(product_id, 0) >= edited_at:
                    del rows.shown[product_id]
                    rows.credit = min(rows.credit + 1, MAX_CREDIT)
                    rows.confirmed += 1
                    rows.ever_confirmed += 1
                    return True
                is_covered = approved_at + 1 <= rows.searched_at and (not since or rows.since <= since)
                if is_covered and not rows.page_token:
                    break
                if not is_covered:
                    now = clock()
                    gathered = collection_seconds(now - edited_at, rows.shortest)
                    if (pause := rows.searched_at + gathered - now) > 0:
                        return pause
                    _begin(rows, int(since or approved_at - gathered) - OVERLAP_SECONDS, now)
                _note(rows, await client.search_products(rows.search, rows.page_token), clock())
            return False

    def lease_lost(self, shop_id: str) -> None:
        self._shops.pop(shop_id, None)

    def lease_released(self, shop_id: str) -> None:
        self._shops.pop(shop_id, None)

    def _rows(self, shop_id: str) -> _Rows:
        rows = self._shops.pop(shop_id, None) or _Rows()
        while len(self._shops) >= MAX_SHOPS:
            del self._shops[next(iter(self._shops))]
        self._shops[shop_id] = rows
        return rows


def collection_seconds(since_edit: float, shortest: float) -> float:
    """Seconds for which approvals of edits of this age are collected. Pure."""
    return min(max(COLLECTION_SHARE * since_edit, shortest), LONGEST_COLLECTION_SECONDS)


def next_shortest(shortest: float, confirmed: int) -> float:
    """The minimum collection time after a search that has confirmed this many products. Pure."""
    if confirmed < FEW:
        return min(2 * shortest, LONGEST_FOR_FEW)
    return max(shortest / 2, SHORTEST_COLLECTION_SECONDS) if confirmed > MANY else shortest


def _begin(rows: _Rows, since: int, now: float) -> None:
    # Otherwise a shop with few products would only wait longer.
    if rows.ever_confirmed >= FEW:
        rows.shortest = next_shortest(rows.shortest, rows.confirmed)
    rows.searched_at, rows.page_token, rows.since, rows.confirmed = now, "", since, 0
    rows.search = {
        "status": "ACTIVATE", "category_version": "v2", "audit_status": ["APPROVED"], "update_time_ge": max(0, since)
    }  # fmt: skip


def _note(rows: _Rows, page: SearchPage, now: float) -> None:
    rows.page_token = page.next_page_token
    rows.credit -= 1
    if rows.credit < 0:
        rows.credit, rows.rests_until = FIRST_CREDIT, now + RESTED_SECONDS
    for row in page.products:
        if len(rows.shown) >= MAX_ROWS:
            del rows.shown[next(iter(rows.shown))]
        updated = row.get("update_time")
        # The platform may ignore a filter, so the row itself must say that it is live.
        if _is_live(row) and type(updated) is int:
            rows.shown[str(row["id"])] = updated


def _is_live(row: dict[str, Any]) -> bool:
    audit = row.get("audit")
    return row.get("status") == "ACTIVATE" and isinstance(audit, dict) and audit.get("status") == "APPROVED"
