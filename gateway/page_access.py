"""Gives the web UI its access rules from the settings, and clients for the platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.settings import Settings
from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import AccountCredentials, TokenStore
from web_ui.access.identity import AccessOptions, SignInProxy, networks_of
from web_ui.services import OpenClient


def access_options(settings: Settings) -> AccessOptions:
    """Who may open the web UI. Pure."""
    operator, viewer = (
        token.get_secret_value() if token is not None else None
        for token in (settings.page_token, settings.page_viewer_token)
    )
    networks = networks_of(settings.page_proxies)
    proxy = SignInProxy(
        networks,
        settings.page_operator_group,
        settings.page_viewer_group,
        settings.page_user_header,
        settings.page_groups_header,
        settings.page_sign_out,
    )
    return AccessOptions(operator, viewer, proxy if networks else None)


def client_opener(redis: AnyRedis, cipher: TokenCipher, transport: Transport) -> OpenClient:
    """Opens clients that make one call each. They are not rate limited: only the shop's lease holder is."""
    tokens = TokenStore(redis, cipher, transport)

    @asynccontextmanager
    async def open_client(shop_id: str) -> AsyncIterator[ShopClient]:
        """Raises UnknownShop."""
        shop = await ShopRegistry(redis).get(shop_id)
        yield ShopClient(transport.of_app(shop.app), AccountCredentials(tokens, shop.account), shop.cipher)

    return open_client
