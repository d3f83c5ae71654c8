"""Webhooks of the platform: verified, told apart from their repetitions, turned into news for the job they concern.

They never create a job: what no job waits for is nobody's news, and a forged or looped one can start nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter
from redis.exceptions import RedisError

from config.metric_series import MetricSeries
from shop_queue.connect import AnyRedis
from shop_queue.job import Job, Kind
from shop_queue.lanes import Addition, Lanes
from tiktok_shop.webhooks import (
    PRODUCT_AUDIT_STATUS_CHANGE,
    PRODUCT_CATEGORY_CHANGE,
    PRODUCT_STATUS_CHANGE,
    SELLER_DEAUTHORIZATION,
    UPCOMING_AUTHORIZATION_EXPIRATION,
    Webhook,
    parse_webhook,
    verify_webhook,
)

log = structlog.get_logger("relist.webhooks")

ENDED = ("APPROVED", "FAILED")
REMEMBERED_SECONDS = 600
"""Spares work, no more: what is taken twice changes nothing, so a repetition hours later does no harm either."""
KNOWN_TYPES = frozenset(
    {
        PRODUCT_STATUS_CHANGE,
        SELLER_DEAUTHORIZATION,
        UPCOMING_AUTHORIZATION_EXPIRATION,
        PRODUCT_CATEGORY_CHANGE,
        PRODUCT_AUDIT_STATUS_CHANGE,
    }
)


def additions_of(webhook: Webhook) -> Iterable[Addition]:
    """What a webhook says to the jobs that wait for it. Pure."""
    if not webhook.product_id:
        return
    match webhook.type:
        case 37 if (status := _audit_status(webhook)) in ENDED:
            yield _news(webhook, "audit", {"audit_status": status, "audit_at": _moment(webhook)})
        case 5 if webhook.data.get("status") == "PRODUCT_AUDIT_FAILURE":
            yield _news(webhook, "audit", {"audit_status": "FAILED", "audit_at": _moment(webhook)})
        case 18 if webhook.data.get("current_category_id"):
            changed = {
                "changed_category": str(webhook.data["current_category_id"]),
                "changed_from": str(webhook.data.get("previous_category_id") or ""),
            }
            yield _news(webhook, "relist", changed)


def _news(webhook: Webhook, kind: Kind, state: dict[str, Any]) -> Addition:
    job_id = f"audit:{webhook.product_id}" if kind == "audit" else webhook.product_id
    return Addition(Job(webhook.shop_id, job_id, kind, state=state), merge_only=True)


def _audit_status(webhook: Webhook) -> str:
    audit = webhook.data.get("audit")
    return str(audit.get("status") or "") if isinstance(audit, dict) else ""


def _moment(webhook: Webhook) -> int:
    """When it happened, unix seconds; 0 = not told."""
    moment = webhook.data.get("update_time")
    return moment if isinstance(moment, int) and not isinstance(moment, bool) else webhook.timestamp


class WebhookReceiver:
    def __init__(
        self,
        app_key: str,
        app_secret: str,
        redis: AnyRedis,
        registry: CollectorRegistry,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app_key, self._app_secret = app_key, app_secret
        self._redis, self._lanes = redis, Lanes(redis)
        self._lag = MetricSeries(registry).histogram("relist_webhook_lag_seconds")
        self._clock = clock
        self._received = Counter(
            "relist_webhooks", "Webhooks by type and what was done", ["type", "result"], registry=registry
        )

    async def receive(self, request: web.Request) -> web.Response:
        """200 as soon as the news is in Redis; anything else makes the platform send it again."""
        raw = await request.read()
        if not verify_webhook(self._app_key, self._app_secret, raw, request.headers.get("authorization", "")):
            self._received.labels("unknown", "forged").inc()
            return web.Response(status=401, text="the signature is wrong\n")
        try:
            webhook = parse_webhook(raw)
        except ValueError as problem:
            self._received.labels("unknown", "unreadable").inc()
            log.warning("webhook_unreadable", error=str(problem))
            return web.Response(status=400, text=f"{problem}\n")
        kind = str(webhook.type) if webhook.type in KNOWN_TYPES else "other"
        try:
            if await self._seen(webhook):
                self._received.labels(kind, "repeated").inc()
                return web.Response(text="")
            await self._take(webhook)
            await self._remember(webhook)
        except RedisError as error:
            self._received.labels(kind, "postponed").inc()
            log.warning("redis_away", error=type(error).__name__)
            return web.Response(status=503, text="try again\n")
        self._received.labels(kind, "accepted").inc()
        if webhook.timestamp > 0:
            self._lag.labels(kind).observe(max(0.0, self._clock() - webhook.timestamp))
        return web.Response(text="")

    async def _take(self, webhook: Webhook) -> None:
        match webhook.type:
            case 6:
                log.warning("seller_deauthorized", shop_id=webhook.shop_id)
                reason = "the seller has withdrawn the app's authorisation: add the shop again once it is granted anew"
                await self._lanes.park(webhook.shop_id, reason)
            case 7:
                ends = str(webhook.data.get("expiration_time") or "")[:20]
                log.warning("authorization_ends_soon", shop_id=webhook.shop_id, expires=ends)
            case _:
                await self._lanes.enqueue(additions_of(webhook))

    async def _seen(self, webhook: Webhook) -> bool:
        return bool(webhook.notification_id and await self._redis.execute_command("EXISTS", _key(webhook)))

    async def _remember(self, webhook: Webhook) -> None:
        """After it was taken, so that one lost half way is taken when it is repeated."""
        if webhook.notification_id:
            await self._redis.execute_command("SET", _key(webhook), 1, "EX", REMEMBERED_SECONDS)


def _key(webhook: Webhook) -> str:
    return f"relist:webhook:{webhook.notification_id[:128]}"
