"""Checks that the platform is reachable, the clocks agree, and every account's tokens work."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from config.settings import Settings
from console.diagnosis.clocks import judge_platform_clock
from console.diagnosis.finding import Finding, failure, ok, warning
from console.session import client_of
from model.shop import Shop
from redis_client.connect import AnyRedis
from tiktok_shop.errors import TikTokShopError, TokensUnavailable
from tiktok_shop.shop_client import authorized_shops
from tiktok_shop.transport import Transport
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS
from token_store.cipher import TokenCipher, TokenKeyMismatch
from token_store.tokens import TokenStore

DAY = 86_400


async def check_reachable(url: str, what: str, now: datetime) -> list[Finding]:
    """Send one request without credentials. Any response counts as reachable."""
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            date = response.headers.get("date")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        fix = "check the address, DNS, the firewall and the proxy"
        return [failure(what, f"{url} is not reachable ({type(error).__name__})", fix)]
    findings = [ok(what, f"{url} is reachable")]
    if date:
        findings.append(judge_platform_clock(f"{what} clock", (now - parsedate_to_datetime(date)).total_seconds()))
    return findings


async def check_account(settings: Settings, redis: AnyRedis, shops: list[Shop], now: datetime) -> list[Finding]:
    """Check an account's tokens, the shops they cover, and the webhook subscriptions of its first shop."""
    account = shops[0].account
    what = f"tokens of account {account}"
    secret = settings.app_secret.get_secret_value()
    async with Transport(settings.api_url, settings.auth_url, settings.app_key, secret) as transport:
        store = TokenStore(redis, TokenCipher(*settings.token_keys), transport)
        try:
            tokens = await store.load(account)
            findings = [judge_expiry(what, tokens.refresh_expires - now.timestamp())]
            covered = {shop.id for shop in await authorized_shops(transport, await store.access_token(account))}
        except TokenKeyMismatch as mismatch:
            return [failure(what, str(mismatch), "set RELIST_TOKEN_KEY to the key the tokens were stored with")]
        except TokensUnavailable as error:
            fix = "workers retry on their own; check that RELIST_AUTH_URL is correct and reachable"
            return [failure(what, str(error), fix)]
        except TikTokShopError as error:
            return [failure(what, str(error), "add the shop again with fresh tokens: relist shops add")]
    for shop in shops:
        if shop.shop_id not in covered:
            fix = "ask the seller to authorise the app for this shop, or remove it: relist shops remove"
            findings.append(failure(what, f"do not cover shop {shop.shop_id}", fix))
    return [*findings, await _webhooks(settings, redis, shops[0])]


def judge_expiry(what: str, left: float) -> Finding:
    """Judge `left`, the seconds until the refresh token expires. Pure."""
    remaining = f"the authorisation expires in {left / DAY:.0f} days"
    fix = "ask the seller to authorise the app again, then run relist shops add"
    if left <= 0:
        return failure(what, "the authorisation has expired", fix)
    return warning(what, remaining, fix) if left < 30 * DAY else ok(what, remaining)


async def _webhooks(settings: Settings, redis: AnyRedis, shop: Shop) -> Finding:
    what = f"webhooks of shop {shop.shop_id}"
    try:
        async with client_of(settings, redis, shop.shop_id) as client:
            found = await client.get_webhooks()
    except TikTokShopError as error:
        return warning(what, str(error), "without webhooks, audits are polled and end up to an hour late")
    missing = [event for event in SUBSCRIBED_EVENTS if not found.get(event)]
    if missing:
        fix = "relist webhooks set https://<the gateway's public address>/webhooks/tiktok"
        return warning(what, f"not subscribed: {', '.join(missing)}", fix)
    return ok(what, f"go to {found[SUBSCRIBED_EVENTS[0]]}")


def utc_now() -> datetime:
    return datetime.now(UTC)
