"""Checks that a gateway is alive: without one, webhooks, fed jobs and metrics do not arrive."""

from __future__ import annotations

from redis.exceptions import NoPermissionError

from config.addresses import is_loopback
from config.settings import Settings
from console.diagnosis.finding import Finding, ok, warning
from monitoring.gateway_alive import gateway_is_alive
from redis_client.connect import AnyRedis


async def check_gateway(redis: AnyRedis, settings: Settings) -> list[Finding]:
    """Return no finding if this command's Redis user may not read the key. Raises RedisError."""
    try:
        return [gateway_finding(await gateway_is_alive(redis), settings)]
    except NoPermissionError:
        return []


def gateway_finding(is_alive: bool, settings: Settings) -> Finding:
    """Pure."""
    if is_alive:
        return ok("gateway", "alive")
    fix = "start one: relist gateway"
    if not (is_loopback(settings.bind_host) or settings.page_token or settings.page_proxies.strip()):
        fix = f"set RELIST_PAGE_TOKEN, because RELIST_BIND_HOST is open to other machines; then {fix}"
    return warning("gateway", "none is alive: webhooks, fed jobs and metrics do not arrive", fix, "no_gateway")
