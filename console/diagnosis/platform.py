"""Whether the platform is reached, the clocks agree, and every account's tokens work."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from config.settings import Settings
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

BEHIND_SECONDS, AHEAD_SECONDS = 300.0, 30.0
"""The platform takes timestamps at most so far from its own."""
DAY = 86_400


async def reach(url: str, what: str, now: datetime) -> list[Finding]:
    """One request without credentials: whatever it answers, it answers."""
    try:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False) as answer:
            date = answer.headers.get("date")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        fix = "check the address, DNS, the firewall and the proxy"
        return [failure(what, f"{url} is not reached ({type(error).__name__})", fix)]
    findings = [ok(what, f"{url} answers")]
    if date:
        findings.append(judge_clock(f"{what} clock", (now - parsedate_to_datetime(date)).total_seconds()))
    return findings


def judge_clock(what: str, ahead: float) -> Finding:
    """`ahead`: seconds this machine's clock is ahead of the platform's. Pure."""
    if ahead > AHEAD_SECONDS or ahead < -BEHIND_SECONDS:
        text = f"this machine is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"
        return failure(what, text, "run NTP: the platform refuses requests signed at the wrong time")
    if abs(ahead) > AHEAD_SECONDS / 3:
        return warning(what, f"{abs(ahead):.0f} s apart", "run NTP before it grows")
    return ok(what, "the same as this machine's")


async def examine_account(settings: Settings, redis: AnyRedis, shops: list[Shop], now: datetime) -> list[Finding]:
    """One account's tokens, the shops they cover, where their webhooks go."""
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
            fix = "the workers try again by themselves; check that RELIST_AUTH_URL is right and answers"
            return [failure(what, str(error), fix)]
        except TikTokShopError as error:
            return [failure(what, str(error), "add the shop again with fresh tokens: relist shops add")]
    for shop in shops:
        if shop.shop_id not in covered:
            fix = "let the seller authorise the app for this shop, or remove it: relist shops remove"
            findings.append(failure(what, f"does not cover shop {shop.shop_id}", fix))
    return [*findings, await _webhooks(settings, redis, shops[0])]


def judge_expiry(what: str, left: float) -> Finding:
    """`left`: seconds until the refresh token ends. Pure."""
    moment = f"the authorisation lasts {left / DAY:.0f} more days"
    if left <= 0:
        return failure(what, "the authorisation has ended", "let the seller authorise the app again, then shops add")
    if left < 30 * DAY:
        return warning(what, moment, "let the seller authorise the app again, then relist shops add")
    return ok(what, moment)


async def _webhooks(settings: Settings, redis: AnyRedis, shop: Shop) -> Finding:
    what = f"webhooks of shop {shop.shop_id}"
    try:
        async with client_of(settings, redis, shop.shop_id) as client:
            found = await client.get_webhooks()
    except TikTokShopError as error:
        return warning(what, str(error), "without webhooks each audit is found by looking, an hour later")
    missing = [event for event in SUBSCRIBED_EVENTS if not found.get(event)]
    if missing:
        fix = "relist webhooks set https://<the gateway's public address>/webhooks/tiktok"
        return warning(what, f"not subscribed: {', '.join(missing)}", fix)
    return ok(what, f"go to {found[SUBSCRIBED_EVENTS[0]]}")


def utc_now() -> datetime:
    return datetime.now(UTC)
