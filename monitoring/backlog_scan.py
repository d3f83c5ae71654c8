"""Counts through what grows with the products: the worklist's reasons, and the tokens' ends. Slowly, on purpose."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

import structlog
from redis.exceptions import ResponseError

from model.shop import Shop
from monitoring.fleet_series import BacklogScan
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import scan_blocked
from shop_queue.corrupt_lane import is_lane_corruption
from tiktok_shop.errors import AuthFailed
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import TokenStore

log = structlog.get_logger("relist.fleet")

PAGE = 500
"""Worklist records a read."""
REST = 9.0
"""Rests so many times as long as it works: at most a tenth of one core, and of Redis far less."""


async def scan_backlog(redis: AnyRedis, shops: Sequence[Shop], cipher: TokenCipher, requests: Transport) -> BacklogScan:
    """Raises redis.exceptions.RedisError."""
    blocked: Counter[str] = Counter()
    for shop in shops:
        try:
            blocked.update(await blocked_reasons(redis, shop.shop_id))
        except ResponseError as error:
            # The measuring tells of a shop whose keys can not be used; the tokens of all are counted nevertheless.
            if not is_lane_corruption(error):
                raise
    # A store of its own, so that nobody's tokens stay in this process's memory.
    store = TokenStore(redis, cipher, requests)
    ends: dict[str, tuple[int, int]] = {}
    for account in {shop.account for shop in shops}:
        try:
            tokens = await store.load(account)
            ends[account] = tokens.access_expires, tokens.refresh_expires
        except AuthFailed:
            continue  # a shop without tokens is parked by the first worker that needs one
        except TokenKeyMismatch:
            log.error("token_unreadable", account=account, fix="RELIST_TOKEN_KEY is not the key it was sealed with")
    return BacklogScan(
        blocked, {shop.shop_id: ends[shop.account] for shop in shops if shop.account in ends}, time.time()
    )


async def blocked_reasons(redis: AnyRedis, shop_id: str) -> Counter[str]:
    """How many products of the shop each reason keeps back."""
    found: Counter[str] = Counter()
    began = time.monotonic()
    async for products in scan_blocked(redis, shop_id, count=PAGE):
        for product in products:
            found.update(product.codes)
        await asyncio.sleep((time.monotonic() - began) * REST)
        began = time.monotonic()
    return found
