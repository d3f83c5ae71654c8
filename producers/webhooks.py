"""Receives the platform's webhooks: verifies them, drops repetitions, and updates the job they concern.

Webhooks never create jobs. An event that matches no waiting job is ignored, so a forged or replayed event cannot start
work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from config.metrics.series import MetricSeries
from model.job import Job, JobKind, Priority
from model.job_state import AuditNotice, AuditState, CategoryChange, JobState, RelistState
from producers.pre_approvals import PreApprovals, pre_approval_of
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry, UnknownShop
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
pause = asyncio.sleep

ENDED = ("APPROVED", "FAILED")
DEAUTHORIZED_SECONDS = 3600.0
"""How long a deauthorised shop stays parked before the platform is asked. The webhook may be hours late and the seller
may have authorised the app again since."""
DEDUPLICATION_SECONDS = 600
"""How long an event ID is kept. This only saves work: every event is idempotent."""
MAX_CONCURRENT = 32
"""Maximum number of webhooks processed concurrently. Each needs a Redis connection, and an exhausted pool makes other
callers fail.
"""
QUEUE_SECONDS = 2.0
"""How long a webhook waits for its turn. The platform gives up after 3 s and delivers the event again."""
COMMIT_SECONDS, COMMIT_TRIES = 0.1, 15
"""How long an audit event waits for the commit of the edit it belongs to before the platform must deliver it again."""
BODY_SECONDS = 3.0
"""Time limit for the request body; the platform itself gives up after 3 s."""
STALE_SECONDS = 24 * 3600
"""Age beyond which a deauthorisation is ignored. The platform repeats an event for at most 15.5 hours. A replayed
deauthorisation is the only event that does harm, because the seller may have authorised the app again since."""
DEAUTHORIZATION_DEDUPLICATION_SECONDS = 2 * STALE_SECONDS
KNOWN_TYPES = frozenset(
    {
        PRODUCT_STATUS_CHANGE,
        SELLER_DEAUTHORIZATION,
        UPCOMING_AUTHORIZATION_EXPIRATION,
        PRODUCT_CATEGORY_CHANGE,
        PRODUCT_AUDIT_STATUS_CHANGE,
    }
)


def updates_of(webhook: Webhook) -> Iterable[EnqueueRequest]:
    """Yield the updates a webhook makes to waiting jobs. Pure."""
    if not webhook.product_id:
        return
    match webhook.type:
        case 37 if (status := _audit_status(webhook)) in ENDED:
            yield _update(webhook, "audit", AuditState(notice=AuditNotice(status, _occurred_at(webhook))))
        case 5 if webhook.data.get("status") == "PRODUCT_AUDIT_FAILURE":
            yield _update(webhook, "audit", AuditState(notice=AuditNotice("FAILED", _occurred_at(webhook))))
        # An unchanged category is not an update: the platform sends this event for most of our own edits.
        case 18 if (current := webhook.id_field("current_category_id")) not in ("", _previous(webhook)):
            changed = CategoryChange(current, _previous(webhook))
            yield _update(webhook, "relist", RelistState(changed=changed))


def _previous(webhook: Webhook) -> str:
    return webhook.id_field("previous_category_id")


def _update(webhook: Webhook, kind: JobKind, state: JobState) -> EnqueueRequest:
    job_id = f"audit:{webhook.product_id}" if kind == "audit" else webhook.product_id
    # The end of an audit lets the rollout admit other products, and its job is cheaper than the others in the lane.
    priority: Priority = "urgent" if kind == "audit" else "normal"
    return EnqueueRequest(Job(webhook.shop_id, job_id, kind, priority=priority, state=state), update_only=True)


def _audit_status(webhook: Webhook) -> str:
    audit = webhook.data.get("audit")
    status = audit.get("status") if isinstance(audit, dict) else None
    return status if isinstance(status, str) else ""


def _occurred_at(webhook: Webhook) -> int:
    """Return the time of the event in Unix seconds, or 0 if the webhook has none."""
    at = webhook.data.get("update_time")
    return at if isinstance(at, int) and not isinstance(at, bool) else webhook.timestamp


class AuditNotCommittedYet(Exception):
    """The event belongs to an edit whose job is still running, so its audit job does not exist yet."""


class Overloaded(Exception):
    """No slot became free in time."""


class WebhookReceiver:
    def __init__(
        self,
        apps: Mapping[str, tuple[str, str]],
        redis: AnyRedis,
        registry: CollectorRegistry,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`apps`: name -> app key and app secret. `clock` returns Unix seconds."""
        self._apps, self._clock = apps, clock
        self._redis, self._lanes, self._shops = redis, LaneProducer(redis), ShopRegistry(redis)
        self._pre_approvals = PreApprovals(redis)
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        series = MetricSeries(registry)
        self._lag = series.histogram("relist_webhook_lag_seconds")
        self._received = series.counter("relist_webhooks_total")

    async def receive(self, request: web.Request) -> web.Response:
        """Answer 200 once the update is in Redis. Any other status makes the platform deliver the event again."""
        deadline = asyncio.get_running_loop().time() + QUEUE_SECONDS
        try:
            async with asyncio.timeout(BODY_SECONDS):
                raw = await request.read()
        except TimeoutError:
            self._received.labels("unknown", "slow").inc()
            return web.Response(
                status=408, text="timed out reading the request body\n", headers={"Connection": "close"}
            )
        app = self._sender(raw, request.headers.get("authorization", ""))
        if app is None:
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
            result = await self._process_before(webhook, app, deadline)
        except REDIS_UNAVAILABLE as error:
            self._received.labels(kind, "postponed").inc()
            log.warning("redis_unavailable", error=type(error).__name__)
            return web.Response(status=503, text="try again\n")
        except AuditNotCommittedYet:
            self._received.labels(kind, "early").inc()
            return web.Response(status=503, text="try again\n")
        except Overloaded:
            self._received.labels(kind, "shed").inc()
            return web.Response(status=503, text="too many requests: try again\n")
        self._received.labels(kind, result).inc()
        if result == "accepted" and webhook.timestamp > 0:
            self._lag.labels(kind).observe(max(0.0, self._clock() - webhook.timestamp))
        return web.Response(text="")

    def _sender(self, raw: bytes, signature: str) -> str | None:
        """Return the name of the app whose secret made the signature, or None."""
        signed = (name for name, (key, secret) in self._apps.items() if verify_webhook(key, secret, raw, signature))
        return next(signed, None)

    async def _process_before(self, webhook: Webhook, app: str, deadline: float) -> str:
        """Process a webhook when a slot is free. Raises AuditNotCommittedYet, Overloaded and `REDIS_UNAVAILABLE`."""
        for _ in range(COMMIT_TRIES):
            await self._acquire_slot(deadline)
            try:
                return await self._process(webhook, app)
            except AuditNotCommittedYet:
                pass
            finally:
                self._slots.release()
            await pause(COMMIT_SECONDS)
        raise AuditNotCommittedYet

    async def _acquire_slot(self, deadline: float) -> None:
        """Raise Overloaded after the deadline, unless a slot is free immediately."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            raise Overloaded from None

    async def _process(self, webhook: Webhook, app: str) -> str:
        """Process a webhook and return the value of the metric's `result` label. Raises `REDIS_UNAVAILABLE`."""
        if await self._is_duplicate(webhook):
            return "repeated"
        if webhook.type == SELLER_DEAUTHORIZATION and self._is_stale(webhook):
            log.warning("webhook_stale", shop_id=webhook.shop_id)
            return "stale"
        await self._apply(webhook, app)
        await self._remember(webhook)
        return "accepted"

    async def _apply(self, webhook: Webhook, app: str) -> None:
        match webhook.type:
            case 6 | 7 if not await self._is_authorised_to(webhook.shop_id, app):
                return  # the shop was removed, was never ours, or is connected through a different app
            case 6:
                log.warning("seller_deauthorized", shop_id=webhook.shop_id)
                reason = (
                    "the seller has withdrawn the app's authorisation: run relist shops connect once it is restored"
                )
                await self._lanes.park(webhook.shop_id, reason, DEAUTHORIZED_SECONDS)
            case 7:
                ends = str(webhook.data.get("expiration_time") or "")[:20]
                log.warning("authorization_ends_soon", shop_id=webhook.shop_id, expires=ends)
            case _:
                if (seen := pre_approval_of(webhook)) and await self._shops.known(webhook.shop_id):
                    await self._pre_approvals.note(webhook.shop_id, seen)
                updates = list(updates_of(webhook))
                # Check before updating: the commit that ends the edit's job creates the audit's job, so one is seen.
                of_audit = any(update.job.kind == "audit" for update in updates)
                edit_in_flight = of_audit and await self._is_in_flight(webhook)
                done = await self._lanes.enqueue(updates)
                if done.skipped and edit_in_flight:
                    raise AuditNotCommittedYet

    async def _is_authorised_to(self, shop_id: str, app: str) -> bool:
        """Compares keys: an app may have two names, its own in the file of apps and the empty one."""
        try:
            known = self._apps.get((await self._shops.get(shop_id)).app)
        except UnknownShop:
            return False
        return known is not None and known[0] == self._apps[app][0]

    async def _is_in_flight(self, webhook: Webhook) -> bool:
        return await LaneReader(self._redis).is_in_flight(webhook.shop_id, webhook.product_id)

    async def _is_duplicate(self, webhook: Webhook) -> bool:
        return bool(await self._redis.execute_command("EXISTS", _key(webhook)))

    def _is_stale(self, webhook: Webhook) -> bool:
        return 0 < webhook.timestamp < self._clock() - STALE_SECONDS

    async def _remember(self, webhook: Webhook) -> None:
        """Record the event ID. Called after the update, so that an interrupted event is processed when repeated."""
        deauthorization = webhook.type == SELLER_DEAUTHORIZATION
        seconds = DEAUTHORIZATION_DEDUPLICATION_SECONDS if deauthorization else DEDUPLICATION_SECONDS
        await self._redis.execute_command("SET", _key(webhook), 1, "EX", seconds)


def _key(webhook: Webhook) -> str:
    return f"relist:webhook:{webhook.notification_id[:128]}"
