"""Seller and logistics operations that clients call before they list: shops, permissions, warehouses."""

from __future__ import annotations

from typing import Any

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.rules.codes import OVERLOADED

LIMIT = {"max_weight": 30000, "min_weight": 1, "unit": "GRAM"}
DIMENSION_LIMIT = {"max_height": 60, "max_length": 60, "max_width": 40, "unit": "CM"}


def active_shops(call: Call) -> dict[str, Any]:
    """The active shops of the authorisation."""
    shops = (call.world.by_id[each] for each in call.account.shop_ids)
    return {"shops": [{"id": shop.shop_id, "region": shop.region} for shop in shops if not shop.inactive]}


def permissions(call: Call) -> dict[str, Any]:
    """Returns no permissions, since no simulated shop sells across borders."""
    return {"permissions": []}


def warehouses(call: Call) -> dict[str, Any]:
    seller = call.shop.seller
    return {
        "warehouses": [
            {
                "id": identity,
                "name": f"Warehouse {number}",
                "effect_status": "ENABLED",
                "type": "SALES_WAREHOUSE",
                "sub_type": "LOCAL_WAREHOUSE",
                "is_default": number == 1,
                "address": {"region_code": seller.region},
            }
            for number, identity in enumerate(seller.warehouses, 1)
        ]
    }


def delivery_options(call: Call) -> dict[str, Any]:
    seller = call.shop.seller
    if call.path("warehouse") not in seller.warehouses:
        raise ApiError(OVERLOADED, "warehouse_id is invalid")
    return {
        "delivery_options": [
            {"id": identity, "name": name, "type": name, "dimension_limit": DIMENSION_LIMIT, "weight_limit": LIMIT}
            for identity, name in seller.delivery_options
        ]
    }
