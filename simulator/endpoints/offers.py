"""Update Price, Update Inventory and Inventory Search: offers change immediately, without a review."""

from __future__ import annotations

import re
from typing import Any

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.listing import Listing
from simulator.rules.codes import OVERLOADED
from simulator.rules.skus import LARGEST_QUANTITY
from simulator.seller_activity import set_offer
from simulator.skus import sku_owner

_AMOUNT = re.compile(r"\d+(\.\d{1,2})?")


def update_prices(call: Call) -> dict[str, Any]:
    """Checks all SKUs before it changes the first."""
    listing, prices = _listing(call), []
    for sku in _skus(call):
        price = sku.get("price")
        if not isinstance(price, dict):
            raise ApiError(12052571, "a SKU lacks a price")
        if price.get("currency") != call.shop.seller.currency:
            raise ApiError(12052084, f"prices are in {call.shop.seller.currency} in this shop")
        amount = str(price.get("amount") or price.get("sale_price") or "")
        if not _AMOUNT.fullmatch(amount) or float(amount) == 0:
            raise ApiError(12052073, "a price is invalid")
        held = _sku(listing, str(sku.get("id")))
        prices.append((held["id"], {**held["price"], "tax_exclusive_price": amount, "sale_price": amount}))
    for sku_id, value in prices:
        set_offer(listing, sku_id, "price", value)
    call.shop.seller_activity["price"] += 1
    return {}


def update_inventory(call: Call) -> dict[str, Any]:
    """Checks all SKUs before it changes the first. Warehouses that the body does not name keep their quantity."""
    listing, stocks = _listing(call), []
    for sku in _skus(call):
        held = _sku(listing, str(sku.get("id")))
        given = sku.get("inventory")
        if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
            raise ApiError(12052486, "a SKU lacks inventory")
        quantities: dict[str, int] = {}
        for each in given:
            warehouse, quantity = (
                str(each.get("warehouse_id") or held["inventory"][0]["warehouse_id"]),
                each.get("quantity"),
            )
            if warehouse not in call.shop.seller.warehouses:
                raise ApiError(12052097, "a warehouse does not exist")
            if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 <= quantity <= LARGEST_QUANTITY:
                raise ApiError(12052055, "a quantity is out of range")
            quantities[warehouse] = quantity
        own = {each["warehouse_id"]: each for each in held["inventory"]}
        merged = own | {key: {**own.get(key, {"warehouse_id": key}), "quantity": n} for key, n in quantities.items()}
        stocks.append((held["id"], list(merged.values())))
    for sku_id, value in stocks:
        set_offer(listing, sku_id, "inventory", value)
    call.shop.seller_activity["stock"] += 1
    return {"errors": []}


def search_inventory(call: Call) -> dict[str, Any]:
    """Returns the inventory of the named products or SKUs."""
    products, skus = (call.body.get(name) or [] for name in ("product_ids", "sku_ids"))
    if not all(isinstance(each, str) for each in (*products, *skus)) or not (products or skus):
        raise ApiError(OVERLOADED, "product_ids or sku_ids is invalid: an array of string")
    found = []
    for identity in dict.fromkeys((*products, *map(sku_owner, skus))):
        try:
            index = call.world.index_of(call.shop, identity)
        except ApiError:
            continue  # An unknown id has no inventory.
        wanted = [
            {
                "id": sku["id"],
                "seller_sku": sku.get("seller_sku", ""),
                "total_available_quantity": sum(each["quantity"] for each in sku["inventory"]),
                "warehouse_inventory": [
                    {"warehouse_id": each["warehouse_id"], "available_quantity": each["quantity"]}
                    for each in sku["inventory"]
                ],
            }
            for sku in call.world.peek(call.shop, index)["skus"]
            if identity in products or sku["id"] in skus
        ]
        found.append({"product_id": identity, "skus": wanted})
    return {"inventory": found}


def _listing(call: Call) -> Listing:
    """Raises ApiError."""
    index = call.world.index_of(call.shop, call.path("product"))
    status = call.world.status(call.shop, index)[0]
    if status in ("DELETED", "FREEZE"):
        raise ApiError(12052901, f"the product is {status}: its status does not allow this operation")
    return call.world.touch(call.shop, index)


def _skus(call: Call) -> list[dict[str, Any]]:
    """Raises ApiError."""
    skus = call.body.get("skus")
    if not isinstance(skus, list) or not skus or not all(isinstance(each, dict) for each in skus):
        raise ApiError(OVERLOADED, "skus is invalid: an array of object")
    return skus


def _sku(listing: Listing, sku_id: str) -> dict[str, Any]:
    """Raises ApiError."""
    for sku in listing.live["skus"]:
        if sku["id"] == sku_id:
            found: dict[str, Any] = sku
            return found
    raise ApiError(12052557, "a SKU id does not belong to this product")
