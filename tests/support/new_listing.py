"""A product that a feeder wants listed."""

from __future__ import annotations

from typing import Any

from tests.support.tiny_platform import LEAF

SKU = {
    "seller_sku": "jar-1",
    "price": {"amount": "9.50", "currency": "USD"},
    "inventory": [{"warehouse_id": "1", "quantity": 3}],
}
NEW: dict[str, Any] = {
    "title": "A jar of glass that holds a litre",
    "description": "<p>Holds a litre.</p>",
    "category_id": LEAF,
    "main_images": [{"uri": "tos/1"}],
    "product_attributes": [{"id": "100", "values": [{"id": "1"}]}],
    "skus": [SKU],
}
