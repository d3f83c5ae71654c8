"""The Get Product response after an edit."""

from __future__ import annotations

from typing import Any


def platform(before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The result of Get Product after an edit, following the field descriptions of the Edit schema: omitted fields are
    wiped, except price, inventory and listing platforms, which are documented to stay."""
    renamed = {"brand_id", "delivery_option_ids", "subscribe_info_edit", "product_tag_operations", "inventory_mode"}
    gone = renamed | {"category_id", "category_version", "save_mode", "skus", "purchase_order_quantity_limit"}
    after = {name: value for name, value in body.items() if name not in gone}
    if "integrated_platform_statuses" in before:
        assert "listing_platforms" not in body
        after["integrated_platform_statuses"] = before["integrated_platform_statuses"]
    if body.get("brand_id"):
        after["brand"] = {"id": body["brand_id"]}
    if body.get("delivery_option_ids"):
        after["delivery_options"] = [{"id": each} for each in body["delivery_option_ids"]]
    if "subscribe_info_edit" in body:
        assert set(body["subscribe_info_edit"]) == {"subscribe_status", "discount_details"}
        after["subscribe_info"] = body["subscribe_info_edit"]
    auction = "AUCTION" in str(body.get("selling_format")) or body.get("product_tag_operations") == [
        {"product_tag": "AUCTION", "enable": True}
    ]
    after["product_tags"] = ["AUCTION"] if auction else []
    kept = {sku["id"]: sku for sku in before["skus"]}
    after["skus"] = []
    for sku in body["skus"]:
        assert not {"price", "inventory"} & sku.keys()
        shown = {**sku, "price": kept[sku["id"]]["price"], "inventory": kept[sku["id"]]["inventory"]}
        shown["global_listing_policy"] = {"inventory_type": body.get("inventory_mode") or "EXCLUSIVE"}
        if "purchase_order_quantity_limit" in body:
            shown["purchase_order_quantity_limit"] = body["purchase_order_quantity_limit"]
        after["skus"].append(shown)
    return after
