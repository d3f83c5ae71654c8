"""Scans data that grows with the number of products and accounts (blocked reasons, token expiry). Slow on purpose."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from redis.exceptions import ResponseError

from model.shop import Shop
from monitoring.blocked_reasons import BlockedReasons, LongestBlocked
from redis_client.connect import AnyRedis
from shop_queue.blocked_products import scan_blocked
from shop_queue.corrupt_lane import is_lane_corruption
from shop_queue.key_memory import KINDS, key_memory
from shop_queue.waiting_products import oldest_waits
from tiktok_shop.errors import AuthFailed
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import TokenStore

log = structlog.get_logger("relist.fleet")

REST_FACTOR = 9.0
"""Pause after each step, as a multiple of the step's duration: at most a tenth of one core."""


@dataclass(frozen=True, slots=True)
class BacklogScan:
    blocked: Mapping[str, int]
    """Reason code -> blocked products."""
    expiries: Mapping[str, tuple[int, int]]
    """Shop ID -> when its access token and its refresh token expire, in Unix seconds."""
    waits: Mapping[tuple[str, str], int]
    """(Shop ID, reason code) -> when its longest wait began, in Unix seconds."""
    memory: Mapping[str, int]
    """Kind of key in Redis -> estimated bytes (shop_queue/key_memory.py)."""
    at: float
    """When the scan ended, in Unix seconds."""
    unanswered: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Shop ID -> reason code of the product that has been blocked longest, and since when, in Unix seconds."""


async def scan_backlog(redis: AnyRedis, shops: Sequence[Shop], cipher: TokenCipher, requests: Transport) -> BacklogScan:
    """Raises RedisError."""
    reasons, longest = await _count_reasons(redis, [shop.shop_id for shop in shops])
    expiries = await _token_expiries(redis, {shop.account for shop in shops}, cipher, requests)
    by_shop = {shop.shop_id: expiries[shop.account] for shop in shops if shop.account in expiries}
    waits = await _oldest_waits(redis, [shop.shop_id for shop in shops])
    memory = await _memory(redis, [shop.shop_id for shop in shops])
    return BacklogScan(reasons.by_code(), by_shop, waits, memory, time.time(), longest.by_shop)


async def _count_reasons(redis: AnyRedis, shop_ids: Sequence[str]) -> tuple[BlockedReasons, LongestBlocked]:
    reasons, longest = BlockedReasons(), LongestBlocked()
    for shop_id in shop_ids:
        began = time.monotonic()
        try:
            async for batch in scan_blocked(redis, shop_id):
                for product in batch:
                    reasons.add(product)
                    longest.add(product)
                await asyncio.sleep((time.monotonic() - began) * REST_FACTOR)
                began = time.monotonic()
        except ResponseError as error:
            # The metric of shops by state reports a corrupted lane; it must not stop the scan of the others.
            if not is_lane_corruption(error):
                raise
    return reasons, longest


async def _oldest_waits(redis: AnyRedis, shop_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    waits: dict[tuple[str, str], int] = {}
    for shop_id in shop_ids:
        began = time.monotonic()
        try:
            async for batch in oldest_waits(redis, shop_id):
                for code, since in batch.items():
                    waits[shop_id, code] = min(waits.get((shop_id, code), since), since)
                await asyncio.sleep((time.monotonic() - began) * REST_FACTOR)
                began = time.monotonic()
        except ResponseError as error:
            if not is_lane_corruption(error):
                raise
    return waits


async def _memory(redis: AnyRedis, shop_ids: Sequence[str]) -> dict[str, int]:
    used = Counter(dict.fromkeys(KINDS, 0))
    began = time.monotonic()
    async for step in key_memory(redis, shop_ids):
        used.update(step)
        await asyncio.sleep((time.monotonic() - began) * REST_FACTOR)
        began = time.monotonic()
    return dict(used)


async def _token_expiries(
    redis: AnyRedis, accounts: Collection[str], cipher: TokenCipher, requests: Transport
) -> dict[str, tuple[int, int]]:
    # Each scan creates a new store, so that tokens do not stay in this process's memory.
    store = TokenStore(redis, cipher, requests)
    expiries: dict[str, tuple[int, int]] = {}
    for account in accounts:
        try:
            tokens = await store.load(account)
            expiries[account] = tokens.access_expires, tokens.refresh_expires
        except AuthFailed:
            continue  # the first worker that needs the tokens parks the shop
        except TokenKeyMismatch:
            log.error("token_unreadable", account=account, fix="set RELIST_TOKEN_KEY to the key that encrypted it")
    return expiries
