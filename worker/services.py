"""What the jobs work with; made once in the worker's composition root."""

from __future__ import annotations

from dataclasses import dataclass, field

from shop_queue.shops import Shop, ShopRegistry
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.tokens import AccountCredentials, TokenStore
from tiktok_shop.transport import Transport
from worker.catalogue import CatalogueCache
from worker.engine.shop_gate import JobGate
from worker.journal import Journal


@dataclass(frozen=True, slots=True)
class Services:
    transport: Transport
    tokens: TokenStore
    shops: ShopRegistry
    catalogue: CatalogueCache
    journal: Journal
    allowed_fields: frozenset[str] = field(default_factory=frozenset)
    audit_poll_seconds: float = 3600.0

    async def client_for(self, shop_id: str, gate: JobGate) -> tuple[Shop, ShopClient]:
        """Raises UnknownShop."""
        shop = await self.shops.get(shop_id)
        return shop, ShopClient(self.transport, AccountCredentials(self.tokens, shop.account), shop.cipher, gate)
