"""Authorized shops, prerequisites, registered webhooks, upgrade tasks."""

from __future__ import annotations

import re
import time
from typing import Any

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.rules.codes import OVERLOADED

EVENT_TYPES = frozenset(
    {"ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE", "PACKAGE_UPDATE", "CANCELLATION_STATUS_CHANGE",
     "RETURN_STATUS_CHANGE", "SELLER_DEAUTHORIZATION", "UPCOMING_AUTHORIZATION_EXPIRATION", "NEW_CONVERSATION",
     "NEW_MESSAGE", "PRODUCT_STATUS_CHANGE", "PRODUCT_INFORMATION_CHANGE", "PRODUCT_CREATION",
     "PRODUCT_CATEGORY_CHANGE", "PRODUCT_AUDIT_STATUS_CHANGE"}
)  # fmt: skip
LOST_AFTER = 3
"""Number of registered topics after which the simulator loses one registration."""
_PUBLIC = re.compile(r"https://(?!\d+\.\d+\.\d+\.\d+)[A-Za-z0-9.-]+\.[A-Za-z]{2,}(/.*)?")
_ANY = re.compile(r"https?://[^/\s]+.*")


def authorized_shops(call: Call) -> dict[str, Any]:
    """All shops of the authorisation."""
    return {
        "shops": [
            {
                "id": shop.shop_id,
                "name": shop.name,
                "region": shop.region,
                "seller_type": "LOCAL",
                "cipher": shop.cipher,
                "code": f"SIM{shop.number}",
            }
            for shop in map(call.world.by_id.__getitem__, call.account.shop_ids)
        ]
    }


def prerequisites(call: Call) -> dict[str, Any]:
    checks = ("SHOP_STATUS", "WAREHOUSE", "SHIPPING_TEMPLATE", "LOGISTICS_SERVICE")
    results = [{"check_item": each, "is_failed": False, "fail_reasons": []} for each in checks]
    return {"check_results": results, "shop_id": call.shop.shop_id}


async def upgrade_task(call: Call) -> dict[str, Any]:
    """Starts the upgrade. The response has no task id."""
    await call.upgrades.start(call.shop)
    return {}


def put_webhook(call: Call) -> dict[str, Any]:
    address, pattern = call.body.get("address"), _PUBLIC if call.world.options.webhook_needs_https else _ANY
    if not isinstance(address, str) or len(address) > 255 or not pattern.fullmatch(address):
        raise ApiError(OVERLOADED, "address is invalid")
    kind, shop = _event_type(call), call.shop
    if (
        call.world.options.loses_webhook_registration
        and not shop.registration_lost
        and len(shop.webhooks) == LOST_AFTER
    ):
        shop.registration_lost = True  # Fact: webhook_registration. The same request again succeeds.
        return {}
    shop.webhooks[kind] = (address, int(time.time() * 1000))
    return {}


def get_webhooks(call: Call) -> dict[str, Any]:
    webhooks = [
        {"event_type": kind, "address": address, "create_time": at, "update_time": at}
        for kind, (address, at) in sorted(call.shop.webhooks.items())
    ]
    return {"webhooks": webhooks, "total_count": len(webhooks)}


def delete_webhook(call: Call) -> dict[str, Any]:
    call.shop.webhooks.pop(_event_type(call), None)
    return {}


def _event_type(call: Call) -> str:
    kind = call.body.get("event_type")
    if kind not in EVENT_TYPES:
        raise ApiError(OVERLOADED, "event_type is invalid")
    return str(kind)
