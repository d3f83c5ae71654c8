"""Determines by searches which edits are still in audit, instead of reading each product at every poll.

A search for a shop's products in audit returns up to a hundred per page. A product in the results is still in audit and
needs no separate call. A product missing from the results has left its audit, or never entered one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tiktok_shop.shop_client import ShopClient
from worker.engine.observer import Observer

IN_AUDIT = "AUDITING"
MAX_PAGES = 100
"""A search shows at most 10,000 products. Beyond that, the products are read."""
MAX_SHOPS = 1_000


@dataclass(slots=True)
class _AuditSnapshot:
    """A shop's products in audit at one point in time."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    taken_at: float = 0.0
    """Unix seconds by the platform's clock, before the first page."""
    in_audit: set[str] = field(default_factory=set)


class PendingAudits(Observer):
    def __init__(self) -> None:
        self._shops: dict[str, _AuditSnapshot] = {}

    async def ended_by(
        self, client: ShopClient, shop_id: str, product_id: str, edited_at: float, most_age: float
    ) -> float | None:
        """A time at which the product was no longer in audit (Unix seconds), or None if it still is.

        `most_age` is the age in seconds up to which an earlier search is used. Raises TikTokShopError.
        """
        snapshot, clock = self._snapshot(shop_id), client.transport.now
        async with snapshot.turn:
            if snapshot.taken_at <= edited_at or clock() - snapshot.taken_at > most_age:
                await _take(snapshot, client, clock())
            # A search that begins now must count as later.
            return None if product_id in snapshot.in_audit else snapshot.taken_at - 1

    def forget(self, shop_id: str, product_id: str) -> None:
        """A webhook reports that the audit has ended since, so the product is read."""
        if (snapshot := self._shops.get(shop_id)) is not None:
            snapshot.in_audit.discard(product_id)

    def lease_lost(self, shop_id: str) -> None:
        self._shops.pop(shop_id, None)

    def lease_released(self, shop_id: str) -> None:
        self._shops.pop(shop_id, None)

    def _snapshot(self, shop_id: str) -> _AuditSnapshot:
        snapshot = self._shops.pop(shop_id, None) or _AuditSnapshot()
        while len(self._shops) >= MAX_SHOPS:
            del self._shops[next(iter(self._shops))]
        self._shops[shop_id] = snapshot
        return snapshot


async def _take(snapshot: _AuditSnapshot, client: ShopClient, now: float) -> None:
    search: dict[str, Any] = {"status": "ALL", "audit_status": [IN_AUDIT]}
    found, page_token = set[str](), ""
    for _ in range(MAX_PAGES):
        page = await client.search_products(search, page_token)
        shown = {str(row["id"]) for row in page.products if _is_in_audit(row)}
        found |= shown
        page_token = page.next_page_token
        # If the platform ignored the filter, the search would return the whole catalogue.
        if not page_token or len(shown) < len(page.products):
            break
    snapshot.taken_at, snapshot.in_audit = now, found


def _is_in_audit(row: dict[str, Any]) -> bool:
    audit = row.get("audit")
    return isinstance(audit, dict) and audit.get("status") == IN_AUDIT
