"""Webhooks of the platform: verified, told apart from their repetitions, turned into news for the job they concern.

They never create a job: what no job waits for is nobody's news, and a forged or looped one can start nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from config.metrics.series import MetricSeries
from model.job import Job, JobKind
from model.job_state import AuditNotice, AuditState, CategoryChange, JobState, RelistState
from redis_client.connect import REDIS_UNAVAILABLE, AnyRedis
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reader import LaneReader
from shop_queue.shop_registry import ShopRegistry
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
"""Then the platform itself is asked: the webhook may be one that came hours late, after the seller had come back."""
REMEMBERED_SECONDS = 600
"""Spares work, no more: what is taken twice changes nothing, so a repetition hours later does no harm either."""
AT_ONCE = 32
"""The others wait: each takes a connection to Redis, and a pool of them that is used up fails whoever comes next."""
TURN_SECONDS = 2.0
"""How long they wait, at most: an answer after 3 s is none to the platform, and its work would be done all the same."""
COMMIT_SECONDS, COMMIT_TRIES = 0.1, 15
"""How long news of an audit waits for the edit it is about to be committed; later the platform sends it again."""
BODY_SECONDS = 3.0
"""Within which the platform itself wants its answer."""
STALE_SECONDS = 24 * 3600
"""The platform repeats for 15.5 hours. Only a withdrawn authorisation does harm when it is told again, after the seller
has granted it anew: one older than this is not believed, and one that is younger is remembered for longer."""
REMEMBERED_LONGER_SECONDS = 2 * STALE_SECONDS
KNOWN_TYPES = frozenset(
    {
        PRODUCT_STATUS_CHANGE,
        SELLER_DEAUTHORIZATION,
        UPCOMING_AUTHORIZATION_EXPIRATION,
        PRODUCT_CATEGORY_CHANGE,
        PRODUCT_AUDIT_STATUS_CHANGE,
    }
)


def additions_of(webhook: Webhook) -> Iterable[EnqueueRequest]:
    """What a webhook says to the jobs that wait for it. Pure."""
    if not webhook.product_id:
        return
    match webhook.type:
        case 37 if (status := _audit_status(webhook)) in ENDED:
            yield _news(webhook, "audit", AuditState(notice=AuditNotice(status, _moment(webhook))))
        case 5 if webhook.data.get("status") == "PRODUCT_AUDIT_FAILURE":
            yield _news(webhook, "audit", AuditState(notice=AuditNotice("FAILED", _moment(webhook))))
        # A leaf that kept its id says nothing new; it is how the platform tells of most of our own edits.
        case 18 if (current := webhook.id_field("current_category_id")) not in ("", _previous(webhook)):
            changed = CategoryChange(current, _previous(webhook))
            yield _news(webhook, "relist", RelistState(changed=changed))


def _previous(webhook: Webhook) -> str:
    return webhook.id_field("previous_category_id")


def _news(webhook: Webhook, kind: JobKind, state: JobState) -> EnqueueRequest:
    job_id = f"audit:{webhook.product_id}" if kind == "audit" else webhook.product_id
    return EnqueueRequest(Job(webhook.shop_id, job_id, kind, state=state), update_only=True)


def _audit_status(webhook: Webhook) -> str:
    audit = webhook.data.get("audit")
    status = audit.get("status") if isinstance(audit, dict) else None
    return status if isinstance(status, str) else ""


def _moment(webhook: Webhook) -> int:
    """When it happened, unix seconds; 0 = not told."""
    moment = webhook.data.get("update_time")
    return moment if isinstance(moment, int) and not isinstance(moment, bool) else webhook.timestamp


class AuditNotCommittedYet(Exception):
    """News of the audit of an edit whose job is still at work: the job that follows the audit is not there yet."""


class Overloaded(Exception):
    """More webhooks than can be taken in time."""


class WebhookReceiver:
    def __init__(
        self,
        app_key: str,
        app_secret: str,
        redis: AnyRedis,
        registry: CollectorRegistry,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives unix seconds."""
        self._app_key, self._app_secret, self._clock = app_key, app_secret, clock
        self._redis, self._lanes, self._shops = redis, LaneProducer(redis), ShopRegistry(redis)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._lag = MetricSeries(registry).histogram("relist_webhook_lag_seconds")
        self._received = Counter(
            "relist_webhooks", "Webhooks by type and what was done", ["type", "result"], registry=registry
        )

    async def receive(self, request: web.Request) -> web.Response:
        """200 as soon as the news is in Redis; anything else makes the platform send it again."""
        deadline = asyncio.get_running_loop().time() + TURN_SECONDS
        try:
            async with asyncio.timeout(BODY_SECONDS):
                raw = await request.read()
        except TimeoutError:
            self._received.labels("unknown", "slow").inc()
            return web.Response(status=408, text="the body does not come\n", headers={"Connection": "close"})
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
            result = await self._know_in_time(webhook, deadline)
        except REDIS_UNAVAILABLE as error:
            self._received.labels(kind, "postponed").inc()
            log.warning("redis_unavailable", error=type(error).__name__)
            return web.Response(status=503, text="try again\n")
        except AuditNotCommittedYet:
            self._received.labels(kind, "early").inc()
            return web.Response(status=503, text="try again\n")
        except Overloaded:
            self._received.labels(kind, "shed").inc()
            return web.Response(status=503, text="too many at once: try again\n")
        self._received.labels(kind, result).inc()
        if result == "accepted" and webhook.timestamp > 0:
            self._lag.labels(kind).observe(max(0.0, self._clock() - webhook.timestamp))
        return web.Response(text="")

    async def _know_in_time(self, webhook: Webhook, deadline: float) -> str:
        """Raises AuditNotCommittedYet, Overloaded, and the exceptions in `REDIS_UNAVAILABLE`."""
        for _ in range(COMMIT_TRIES):
            await self._turn(deadline)
            try:
                return await self._know(webhook)
            except AuditNotCommittedYet:
                pass
            finally:
                self._turns.release()
            await pause(COMMIT_SECONDS)
        raise AuditNotCommittedYet

    async def _turn(self, deadline: float) -> None:
        """Raises Overloaded at the deadline; a turn that is free at once is had after it as well."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError:
            raise Overloaded from None

    async def _know(self, webhook: Webhook) -> str:
        """What was done with it. Raises what is in `REDIS_UNAVAILABLE`."""
        if await self._seen(webhook):
            return "repeated"
        if webhook.type == SELLER_DEAUTHORIZATION and self._is_stale(webhook):
            log.warning("webhook_stale", shop_id=webhook.shop_id)
            return "stale"
        await self._take(webhook)
        await self._remember(webhook)
        return "accepted"

    async def _take(self, webhook: Webhook) -> None:
        match webhook.type:
            case 6 | 7 if not await self._shops.known(webhook.shop_id):
                return  # a shop that was removed, or another's: nothing is kept of it
            case 6:
                log.warning("seller_deauthorized", shop_id=webhook.shop_id)
                reason = "the seller has withdrawn the app's authorisation: add the shop again once it is granted anew"
                await self._lanes.park(webhook.shop_id, reason, DEAUTHORIZED_SECONDS)
            case 7:
                ends = str(webhook.data.get("expiration_time") or "")[:20]
                log.warning("authorization_ends_soon", shop_id=webhook.shop_id, expires=ends)
            case _:
                additions = list(additions_of(webhook))
                # Looked at first: the commit that ends an edit's job makes the audit's, so one of the two is seen.
                of_audit = any(addition.job.kind == "audit" for addition in additions)
                at_work = of_audit and await self._is_at_work(webhook)
                added = await self._lanes.enqueue(additions)
                if added.skipped and at_work:
                    raise AuditNotCommittedYet

    async def _is_at_work(self, webhook: Webhook) -> bool:
        return await LaneReader(self._redis).is_in_flight(webhook.shop_id, webhook.product_id)

    async def _seen(self, webhook: Webhook) -> bool:
        return bool(await self._redis.execute_command("EXISTS", _key(webhook)))

    def _is_stale(self, webhook: Webhook) -> bool:
        return 0 < webhook.timestamp < self._clock() - STALE_SECONDS

    async def _remember(self, webhook: Webhook) -> None:
        """After it was taken, so that one lost half way is taken when it is repeated."""
        longer = webhook.type == SELLER_DEAUTHORIZATION
        seconds = REMEMBERED_LONGER_SECONDS if longer else REMEMBERED_SECONDS
        await self._redis.execute_command("SET", _key(webhook), 1, "EX", seconds)


def _key(webhook: Webhook) -> str:
    return f"relist:webhook:{webhook.notification_id[:128]}"
