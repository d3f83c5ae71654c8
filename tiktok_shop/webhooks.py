"""Webhooks: whether one is the platform's own, and what it says."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

import orjson

from tiktok_shop.signing import sign_webhook

PRODUCT_STATUS_CHANGE = 5
SELLER_DEAUTHORIZATION = 6
UPCOMING_AUTHORIZATION_EXPIRATION = 7
PRODUCT_CATEGORY_CHANGE = 18
PRODUCT_AUDIT_STATUS_CHANGE = 37

SUBSCRIBED = (
    "PRODUCT_STATUS_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
    "PRODUCT_CATEGORY_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
)
"""Event types the service makes use of, by the names they are subscribed to by."""


@dataclass(frozen=True, slots=True)
class Webhook:
    type: int
    notification_id: str
    """The same for every delivery of one event: what duplicates are told by."""
    shop_id: str
    timestamp: int
    """Unix seconds."""
    data: dict[str, Any]

    @property
    def product_id(self) -> str:
        """As a string, whichever type the platform sent; empty when the event is not about a product."""
        return str(self.data.get("product_id") or "")


def verify_webhook(app_key: str, secret: str, raw: bytes, authorization: str) -> bool:
    """Compares in constant time."""
    expected = sign_webhook(app_key, secret, raw).encode()
    return hmac.compare_digest(expected, authorization.encode(errors="replace"))


def parse_webhook(raw: bytes) -> Webhook:
    """Raises ValueError, naming the field, for a body that is not a webhook envelope."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    kind, shop_id, data = body.get("type"), body.get("shop_id"), body.get("data")
    if not isinstance(kind, int) or isinstance(kind, bool):
        raise ValueError("type: not an integer")
    if not isinstance(shop_id, str | int) or not str(shop_id):
        raise ValueError("shop_id: missing")
    if not isinstance(data, dict):
        raise ValueError("data: not an object")
    timestamp = body.get("timestamp")
    return Webhook(
        kind,
        str(body.get("tts_notification_id") or ""),
        str(shop_id),
        timestamp if isinstance(timestamp, int) else 0,
        data,
    )
