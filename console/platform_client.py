"""A client of the platform for commands that call it. Other commands do not import it, because the import takes
long.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
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
    """Yield a client for single calls. It is not rate limited: only the shop's lease holder is. Raises UnknownShop."""
    async with clients_of(settings, redis) as client_for:
        yield await client_for(shop_id)


@asynccontextmanager
async def clients_of(settings: Settings, redis: AnyRedis) -> AsyncIterator[Callable[[str], Awaitable[ShopClient]]]:
    """Yield a function that returns such a client of a shop. The keys of the tokens are derived once for all shops."""
    async with (
        transport_of(settings) as transport,
        TokenStore(redis, TokenCipher(*settings.token_keys), transport) as store,
    ):

        async def client_for(shop_id: str) -> ShopClient:
            shop = await ShopRegistry(redis).get(shop_id)
            return ShopClient(transport.of_app(shop.app), AccountCredentials(store, shop.account), shop.cipher)

        yield client_for
