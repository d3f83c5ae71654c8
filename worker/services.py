"""What the jobs work with; made once in the worker's composition root."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from catalogue.cache import CatalogueCache
from config.markets import Closed, Markets
from model.shop import Shop
from record.plans import Plans
from record.record import Record
from relisting.attribute_rules import AttributeRules
from relisting.mapping import CategoryMapping
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport
from token_store.tokens import AccountCredentials, TokenStore
from worker.config_files import WatchedFile, attribute_rules_file, mapping_file
from worker.engine.call_permits import JobPermits

SHOP_KNOWN_SECONDS = 5.0


class MarketClosed(Exception):
    """The shop's market is not on the v2 tree yet."""

    def __init__(self, closed: Closed) -> None:
        super().__init__(closed.reason)
        self.reason, self.seconds = closed.reason, closed.seconds


@dataclass(frozen=True, slots=True)
class Services:
    transport: Transport
    tokens: TokenStore
    shops: ShopRegistry
    catalogue: CatalogueCache
    record: Record
    plans: Plans
    markets: Markets = field(default_factory=Markets)
    mapping: WatchedFile[CategoryMapping] = field(default_factory=lambda: mapping_file(None))
    attribute_rules: WatchedFile[AttributeRules] = field(default_factory=lambda: attribute_rules_file(None))
    allowed_fields: frozenset[str] = field(default_factory=frozenset)
    audit_poll_seconds: float = 3600.0
    upgrade_poll_seconds: float = 300.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The platform's time in a worker: what is compared with its moments must not go by a clock that is off."""
    _known: dict[str, tuple[float, Shop]] = field(default_factory=dict)

    async def shop(self, shop_id: str) -> Shop:
        """Its record, a few seconds old at most. Raises UnknownShop."""
        at, shop = self._known.get(shop_id, (0.0, None))
        if shop is None or time.monotonic() - at > SHOP_KNOWN_SECONDS:
            shop = await self.shops.get(shop_id)
            self._known[shop_id] = (time.monotonic(), shop)
        return shop

    async def client_for(self, shop_id: str, gate: JobPermits) -> tuple[Shop, ShopClient]:
        """Raises UnknownShop, MarketClosed."""
        shop = await self.shop(shop_id)
        if closed := self.markets.closed(shop_id, shop.region, self.now()):
            raise MarketClosed(closed)
        return shop, ShopClient(self.transport, AccountCredentials(self.tokens, shop.account), shop.cipher, gate)
