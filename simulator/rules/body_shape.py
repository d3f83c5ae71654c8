"""Checks the types in a listing's body, as the platform's gateway does before any rule."""

from __future__ import annotations

from typing import Any

from simulator.api_error import ApiError
from simulator.rules.codes import OVERLOADED

IMAGE = {"uri!": str}
SIZES = {"length": str, "width": str, "height": str, "unit": str}
WEIGHT = {"value": str, "unit": str}
MONEY = {"amount": str, "currency": str}
SALES_ATTRIBUTE = {
    "id": str, "name": str, "value_id": str, "value_name": str, "sku_img": IMAGE, "supplementary_sku_images": [IMAGE],
}  # fmt: skip
SKU = {
    "id": str,
    "seller_sku": str,
    "external_sku_id": str,
    "sales_attributes": [SALES_ATTRIBUTE],
    "price": {"currency!": str, "amount": str, "sale_price": str},
    "inventory": [{"warehouse_id!": str, "quantity": int, "backorder_quantity": int, "handling_time": int}],
    "identifier_code": {"code": str, "type": str},
    "combined_skus": [{"product_id": str, "sku_id": str, "sku_count": int}],
    "list_price": MONEY,
    "external_list_prices": [MONEY],
    "sku_dimensions": SIZES,
    "sku_weight": WEIGHT,
    "fees": [{"type": str, "amount": str}],
    "extra_identifier_codes": [str],
    "external_urls": [str],
    "pre_sale": {},
}
BODY = {
    "title": str,
    "description": str,
    "category_id": str,
    "brand_id": str,
    "save_mode": str,
    "external_product_id": str,
    "main_images": [IMAGE],
    "skus": [SKU],
    "product_attributes": [{"id": str, "values!": [{"id": str, "name": str}]}],
    "certifications": [
        {
            "id!": str,
            "images": [IMAGE],
            "files": [{"id!": str, "name!": str, "format": str}],
            "expiration_date": int,
        }
    ],
    "size_chart": {"image": IMAGE, "template": {"id!": str}},
    "video": {"id!": str},
    "package_weight": WEIGHT,
    "package_dimensions": SIZES,
    "manufacturer_ids": [str],
    "responsible_person_ids": [str],
    "delivery_option_ids": [str],
    "listing_platforms": [str],
    "search_terms": [str],
    "key_product_features": [str],
    "is_cod_allowed": bool,
    "minimum_order_quantity": int,
}
"""`name!` is required. A list has one shape for all entries. Fields that are not listed may have any type."""


def check_shape(value: Any, shape: Any = BODY, where: str = "body") -> None:
    """Raises ApiError for a value of the wrong type. A null counts as missing."""
    if isinstance(shape, dict):
        _expect(isinstance(value, dict), where)
        for name, inner in shape.items():
            plain = name.removesuffix("!")
            given = value.get(plain)
            if given is not None:
                check_shape(given, inner, f"{where}.{plain}")
            elif plain != name and value:
                raise ApiError(OVERLOADED, f"{where}.{plain} is missing: invalid parameter")
    elif isinstance(shape, list):
        _expect(isinstance(value, list), where)
        for number, each in enumerate(value):
            check_shape(each, shape[0], f"{where}[{number}]")
    else:
        _expect(isinstance(value, shape) and (shape is bool or not isinstance(value, bool)), where)


def _expect(good: bool, where: str) -> None:
    if not good:
        raise ApiError(OVERLOADED, f"{where} has the wrong type: invalid parameter")
