"""Verifies and parses webhooks."""

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

SUBSCRIBED_EVENTS = (
    "PRODUCT_STATUS_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
    "PRODUCT_CATEGORY_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
)
"""The event types that the service uses, under the names that subscriptions take."""

MAX_ID_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Webhook:
    """The envelope of a webhook."""

    type: int
    notification_id: str
    """The same for every delivery of one event, so that duplicates can be dropped; the body's SHA-256 if absent."""
    shop_id: str
    timestamp: int
    """Unix seconds."""
    data: dict[str, Any]

    @property
    def product_id(self) -> str:
        """The product id, or empty if the event is not about a product."""
        return self.id_field("product_id")

    def id_field(self, name: str) -> str:
        """Return an id in `data` as a string; empty if it is absent or not an id."""
        return _id_or_empty(self.data.get(name))


def verify_webhook(app_key: str, secret: str, raw: bytes, authorization: str) -> bool:
    """Check the `Authorization` header of a webhook in constant time."""
    expected = sign_webhook(app_key, secret, raw).encode()
    return hmac.compare_digest(expected, authorization.encode(errors="replace"))


def parse_webhook(raw: bytes) -> Webhook:
    """Parse a webhook body. Raises ValueError naming the field that is wrong."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ValueError("the body is not an object")
    event_type, data = body.get("type"), body.get("data")
    if not isinstance(event_type, int) or isinstance(event_type, bool):
        raise ValueError("type: not an integer")
    shop_id = _id_or_empty(body.get("shop_id"))
    if not shop_id:
        raise ValueError("shop_id: missing or not a string of digits")
    if not isinstance(data, dict):
        raise ValueError("data: not an object")
    timestamp, notification = body.get("timestamp"), body.get("tts_notification_id")
    return Webhook(
        event_type,
        str(notification) if isinstance(notification, str | int) and notification else sha256(raw).hexdigest(),
        shop_id,
        timestamp if isinstance(timestamp, int) and not isinstance(timestamp, bool) else 0,
        data,
    )


def _id_or_empty(value: Any) -> str:
    """Return an id sent as a string or a number as a string; empty for anything else."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS else ""
