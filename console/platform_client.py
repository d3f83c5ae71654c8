"""A client of the platform for commands that call it. Other commands do not import it, because the import takes
long.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from authorisation.platform import transport_of
from config.settings import Settings
from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.shop_client import ShopClient
from token_store.cipher import TokenCipher
from token_store.tokens import AccountCredentials, TokenStore


@asynccontextmanager
async def client_of(settings: Settings, redis: AnyRedis, shop_id: str) -> AsyncIterator[ShopClient]:
    """Yield a client for individual calls. It is not rate limited: only the shop's lease holder is. Raises
    UnknownShop.
    """
    async with transport_of(settings) as transport:
        shop = await ShopRegistry(redis).get(shop_id)
        store = TokenStore(redis, TokenCipher(*settings.token_keys), transport)
        yield ShopClient(transport.of_app(shop.app), AccountCredentials(store, shop.account), shop.cipher)
