"""Checks that the platform's hosts can be reached and that its clock agrees with this machine's."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from authorisation.causes import NETWORK
from console.diagnosis.clocks import judge_platform_clock
from console.diagnosis.finding import Finding, failure, ok
from tiktok_shop.route import DIRECT, Route
from tiktok_shop.transport import network_reason

TIMEOUT_SECONDS = 10
PROXY_REFUSES = 407


async def check_reachable(url: str, what: str, now: datetime, route: Route = DIRECT) -> list[Finding]:
    """Send one request without credentials. Any response counts as reachable."""
    try:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(ssl=route.tls())) as session,
            session.get(url, allow_redirects=False, proxy=route.proxy_for(urlsplit(url).hostname or "")) as response,
        ):
            if response.status == PROXY_REFUSES:
                cause = NETWORK["proxy"]
                return [failure(what, f"{url}: {cause.what} (407)", cause.fix, cause.slug)]
            date = response.headers.get("date")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        cause = NETWORK[network_reason(error) or "connect"]
        return [failure(what, f"{url}: {cause.what} ({error_words(error)})", cause.fix, cause.slug)]
    findings = [ok(what, f"{url} is reachable")]
    if date:
        findings.append(judge_platform_clock(f"{what} clock", (now - parsedate_to_datetime(date)).total_seconds()))
    return findings


def error_words(error: Exception) -> str:
    """Return the system's message, such as "Connection refused", or else the type of the error."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, TimeoutError):
        return f"no response within {TIMEOUT_SECONDS} s"
    if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and (cause.errno or 0) > 0:
        return os.strerror(cause.errno or 0)  # asyncio puts its own words and the address there
    return getattr(cause, "strerror", None) or type(error).__name__


def utc_now() -> datetime:
    return datetime.now(UTC)
