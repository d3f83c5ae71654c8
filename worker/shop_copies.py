"""Copies the shops and their encrypted tokens to the record, for `relist record rebuild` after a loss of Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import structlog

from record.copies import ShopCopy, TokenCopy, save
from record.errors import DamagedStore, RecordUnavailable
from record.record import Record
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.shop_registry import ShopRegistry
from token_store.tokens import TokenStore

log = structlog.get_logger("relist.record")

INTERVAL_SECONDS = 30.0
"""Shops whose tokens were refreshed within this time before a loss may have to be authorised again."""


class ShopCopies:
    """Writes the copies that have changed since this process last wrote them."""

    def __init__(
        self, record: Record, shops: ShopRegistry, tokens: TokenStore, is_intact: Callable[[], Awaitable[bool]]
    ) -> None:
        """`is_intact` reports whether Redis still holds the service's data."""
        self._record, self._shops, self._tokens, self._is_intact = record, shops, tokens, is_intact
        self._saved_shops: dict[str, ShopCopy] = {}
        self._saved_tokens: dict[str, bytes] = {}

    async def run(self) -> None:
        """Copy until cancelled. Continues while the record or Redis is unavailable."""
        while True:
            try:
                await self.copy()
            except (RecordUnavailable, DamagedStore) as problem:
                log.warning("record_unavailable", error=str(problem))
            except REDIS_UNAVAILABLE as problem:
                log.warning("redis_unavailable", error=type(problem).__name__)
            await asyncio.sleep(INTERVAL_SECONDS)

    async def copy(self) -> None:
        """Copy once. Raises RecordUnavailable, DamagedStore, one of REDIS_UNAVAILABLE."""
        if not await self._is_intact():
            return
        shops, accounts = list[ShopCopy](), set[str]()
        for shop in await self._shops.all():
            about = {name: value for name, value in asdict(shop).items() if name != "shop_id"}
            copied = ShopCopy(shop.shop_id, shop.account, about)
            accounts.add(shop.account)
            if self._saved_shops.get(shop.shop_id) != copied:
                shops.append(copied)
        tokens = list[TokenCopy]()
        for account in sorted(accounts):
            sealed = await self._tokens.sealed(account)
            if sealed is not None and self._saved_tokens.get(account) != sealed:
                tokens.append(TokenCopy(account, sealed))
        if shops or tokens:
            await save(self._record.database, shops, tokens)
        self._saved_shops.update({each.shop_id: each for each in shops})
        self._saved_tokens.update({each.account: each.sealed for each in tokens})
