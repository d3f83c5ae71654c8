"""Webhooks: whether one is the platform's own, and what it says."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
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


LONGEST_ID = 24


@dataclass(frozen=True, slots=True)
class Webhook:
    type: int
    notification_id: str
    """The same for every delivery of one event: what duplicates are told by. Of one without, the hash of the body."""
    shop_id: str
    timestamp: int
    """Unix seconds."""
    data: dict[str, Any]

    @property
    def product_id(self) -> str:
        """As a string, whichever type the platform sent; empty when the event is not about a product."""
        return self.identity("product_id")

    def identity(self, name: str) -> str:
        """An id in the data; empty when there is none, or something else in its place."""
        return _identity(self.data.get(name))


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
    kind, data = body.get("type"), body.get("data")
    if not isinstance(kind, int) or isinstance(kind, bool):
        raise ValueError("type: not an integer")
    shop_id = _identity(body.get("shop_id"))
    if not shop_id:
        raise ValueError("shop_id: missing, or no string of digits")
    if not isinstance(data, dict):
        raise ValueError("data: not an object")
    timestamp, notification = body.get("timestamp"), body.get("tts_notification_id")
    return Webhook(
        kind,
        str(notification) if isinstance(notification, str | int) and notification else sha256(raw).hexdigest(),
        shop_id,
        timestamp if isinstance(timestamp, int) and not isinstance(timestamp, bool) else 0,
        data,
    )


def _identity(value: Any) -> str:
    """As a string, whichever type the platform sent; empty for what is no id."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else ""
