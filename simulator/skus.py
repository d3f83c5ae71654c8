"""Generates the SKUs of a product, with every optional field of the published sample."""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.catalogue import COLOR, SIZE
from simulator.media import image, image_uri
from simulator.sellers import Seller

FIRST_PRODUCT = 1_729_000_000_000_000_000
FIRST_SKU = 1_729_500_000_000_000_000
SKUS_OF_A_PRODUCT = 10
COLORS, SIZES = ("Red", "Blue", "Black"), ("S", "M", "L")


def sku_id(product: str, number: int) -> str:
    return str(FIRST_SKU + (int(product) - FIRST_PRODUCT) * SKUS_OF_A_PRODUCT + number)


def make_skus(product: str, seller: Seller, random: Random) -> list[dict[str, Any]]:
    """One to six SKUs, by colour and for some products also by size."""
    colors = COLORS[: random.randint(1, 3)]
    sizes: tuple[str, ...] = SIZES[: random.randint(1, 2)] if random.random() < 0.2 else ("",)
    shows_images, is_combined, is_announced = random.random() < 0.5, random.random() < 0.03, random.random() < 0.03
    skus: list[dict[str, Any]] = []
    for color in colors:
        picture = [image_uri(random.getrandbits(64)) for _ in range(3)]
        for size in sizes:
            attributes = [_value(COLOR, "Color", COLORS.index(color), color)]
            if shows_images:
                attributes[0]["sku_img"] = image(picture[0])
                if seller.region == "US" and random.random() < 0.2:
                    attributes[0]["supplementary_sku_images"] = [image(uri) for uri in picture[1:]]
            if size:
                attributes.append(_value(SIZE, "Size", SIZES.index(size), size))
            sku: dict[str, Any] = {
                "id": sku_id(product, len(skus)),
                "seller_sku": f"{color}{size and '-' + size}-{product}",
                "price": _price(seller, random),
                "inventory": _inventory(seller, random),
                "sales_attributes": attributes,
            }
            _add_optional(sku, product, seller, random)
            if is_combined:
                sku["combined_skus"] = [{"product_id": product, "sku_id": sku["id"], "sku_count": random.randint(1, 3)}]
            if is_announced:
                fulfillment = {"handling_duration_days": 7, "release_date": 1799999999}
                sku["pre_sale"] = {"type": "PRE_ORDER", "fulfillment_type": fulfillment}
            skus.append(sku)
    return skus


def seller_sku_owner(seller_sku: str) -> str:
    """The product id in a generated seller_sku."""
    return seller_sku.rpartition("-")[2]


def sku_owner(sku: str) -> str:
    """The product id for a generated SKU id."""
    return str(FIRST_PRODUCT + (int(sku) - FIRST_SKU) // SKUS_OF_A_PRODUCT) if sku.isdigit() else ""


def _value(attribute: str, name: str, place: int, value: str) -> dict[str, Any]:
    return {"id": attribute, "name": name, "value_id": str(int(attribute) * 100 + place), "value_name": value}


def _price(seller: Seller, random: Random) -> dict[str, Any]:
    amount = f"{random.randint(500, 9900) / 100:.2f}"
    price = {"currency": seller.currency, "tax_exclusive_price": amount, "sale_price": amount}
    if random.random() < 0.05:
        price |= {"unit_price": "1", "starting_bid_price": "2"}
    return price


def _inventory(seller: Seller, random: Random) -> list[dict[str, Any]]:
    inventory: list[dict[str, Any]] = [{"warehouse_id": seller.warehouses[0], "quantity": random.randint(1, 900)}]
    if random.random() < 0.1:
        inventory[0] |= {"backorder_quantity": 12, "handling_time": 5}
        inventory.append({"warehouse_id": seller.warehouses[1], "quantity": random.randint(1, 900)})
    return inventory


def _add_optional(sku: dict[str, Any], product: str, seller: Seller, random: Random) -> None:
    optional: tuple[tuple[float, dict[str, Any]], ...] = (
        (0.3, {"identifier_code": {"code": f"{random.randrange(10**14):014d}", "type": "GTIN"}}),
        (0.3, {"external_sku_id": f"erp-{sku['id'][-8:]}"}),
        (0.05, {"extra_identifier_codes": [f"{random.randrange(10**14):014d}", "9780596520687"]}),
        (0.05, {"external_urls": ["https://example.com/path1", "https://example.com/path2"]}),
        (0.05, {"sku_unit_count": "100.00"}),
        (0.05, {"fees": [{"type": "PFAND", "amount": "1.01", "additional_attribute": "SINGLE_USE"}]}),
        (0.05, {"sku_dimensions": {"length": "9", "width": "8", "height": "7", "unit": "CENTIMETER"}}),
        (0.05, {"sku_weight": {"value": "0.4", "unit": "KILOGRAM"}}),
        (0.03, {"status_info": {"status": "NORMAL"}}),
    )
    for share, fields in optional:
        if random.random() < share:
            sku |= fields
    if random.random() < 0.05:
        higher = {"amount": "120.00", "currency": seller.currency}
        sku |= {"list_price": higher, "external_list_prices": [{"source": "SHOPIFY_COMPARE_AT_PRICE", **higher}]}
