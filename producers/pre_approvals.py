"""Remembers how a shop's audit webhooks spell the reason for which a pre-approved product waits.

The documents disagree (fact: pre_approved_spelling). `relist calibrate` reads the spelling that a gateway has stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from redis_client.connect import AnyRedis
from tiktok_shop.webhooks import PRODUCT_AUDIT_STATUS_CHANGE, Webhook

SINGULAR, PLURAL = "pre_approved_reason", "pre_approved_reasons"
LIFE_SECONDS = 90 * 86_400


@dataclass(frozen=True, slots=True)
class PreApproval:
    """The latest webhook about a pre-approved product."""

    is_singular: bool
    notification_id: str


def pre_approval_of(webhook: Webhook) -> PreApproval | None:
    """The spelling that the webhook uses; None if it concerns no pre-approval or names no reason. Pure."""
    audit = webhook.data.get("audit")
    if webhook.type != PRODUCT_AUDIT_STATUS_CHANGE or not isinstance(audit, dict):
        return None
    if audit.get("status") != "PRE_APPROVED" or (SINGULAR in audit) == (PLURAL in audit):
        return None
    return PreApproval(SINGULAR in audit, webhook.notification_id[:128])


class PreApprovals:
    def __init__(self, redis: AnyRedis) -> None:
        self._redis = redis

    async def note(self, shop_id: str, seen: PreApproval) -> None:
        value = orjson.dumps([seen.is_singular, seen.notification_id])
        await self._redis.execute_command("SET", _key(shop_id), value, "EX", LIFE_SECONDS)

    async def latest(self, shop_id: str) -> PreApproval | None:
        match orjson.loads(await self._redis.execute_command("GET", _key(shop_id)) or b"null"):
            case [bool(is_singular), str(notification_id)]:
                return PreApproval(is_singular, notification_id)
        return None


def _key(shop_id: str) -> str:
    return f"relist:webhook:pre-approved:{shop_id[:32]}"
