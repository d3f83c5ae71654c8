"""The checks of `relist doctor` that call the platform."""

from __future__ import annotations

import time

from authorisation.inspection import inspect_shops
from authorisation.platform import route_of, transport_of
from config.settings import Settings
from console.diagnosis import platform
from console.diagnosis.finding import Finding, warning
from console.diagnosis.shops import shop_findings
from model.shop import Shop
from redis_client.connect import AnyRedis
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore


async def check_reachable(settings: Settings) -> list[Finding]:
    now, route = platform.utc_now(), route_of(settings)
    findings = await platform.check_reachable(settings.api_url, "API", now, route)
    if settings.auth_url != settings.api_url:
        findings += await platform.check_reachable(settings.auth_url, "token API", now, route)
    return findings


async def check_shops(settings: Settings, redis: AnyRedis, shops: list[Shop]) -> list[Finding]:
    """Inspect every shop with the platform."""
    if not shops:
        return [warning("shops", "no shop is known", "connect one: relist shops connect")]
    async with (
        transport_of(settings) as transport,
        TokenStore(redis, TokenCipher(*settings.token_keys), transport, transport.now) as tokens,
    ):
        return shop_findings(await inspect_shops(transport, tokens, shops, time.time), time.time())
