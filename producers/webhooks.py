"""Webhooks of the platform: verified, then turned into news for the job they concern. They never create a job."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from shop_queue.job import Job
from shop_queue.lanes import Addition, Lanes
from tiktok_shop.webhooks import (
    PRODUCT_AUDIT_STATUS_CHANGE,
    Webhook,
    parse_webhook,
    verify_webhook,
)

log = structlog.get_logger("relist.webhooks")

ENDED = ("APPROVED", "FAILED")


def additions_of(webhook: Webhook) -> Iterable[Addition]:
    """What a webhook says to the jobs that wait for it. Pure."""
    audit = webhook.data.get("audit")
    if webhook.type == PRODUCT_AUDIT_STATUS_CHANGE and webhook.product_id and isinstance(audit, dict):
        status = audit.get("status")
        if status in ENDED:
            job = Job(webhook.shop_id, f"audit:{webhook.product_id}", "audit", state={"audit_status": status})
            yield Addition(job, merge_only=True)


class WebhookReceiver:
    def __init__(self, app_key: str, app_secret: str, lanes: Lanes, registry: CollectorRegistry) -> None:
        self._app_key, self._app_secret, self._lanes = app_key, app_secret, lanes
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
        await self._lanes.enqueue(additions_of(webhook))
        self._received.labels(str(webhook.type), "accepted").inc()
        return web.Response(text="")
