"""The products that experiments create, and how to recognise them again. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calibration.findings import Inconclusive
from calibration.leaves import Leaf
from calibration.market import currency_of, price_in
from calibration.response import rows, text

TITLE = "Calibration sample, not for sale, please ignore"
"""The title of each of our products begins with this text, in every version."""
SELLER_SKUS = tuple(f"relist-calibration-{number:02d}" for number in range(1, 11))
"""Each of our SKUs has one of these. A search accepts at most ten, so one search finds every leftover product."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """Parts that all products of this run share."""

    run: str
    """A few characters that are unique to this run."""
    region: str
    warehouse_id: str
    image_uri: str


def create_body(shared: Ingredients, leaf: Leaf, number: int, **changes: Any) -> dict[str, Any]:
    """Return a Create body of one SKU. Raises Inconclusive if the leaf asks for a value that cannot be invented."""
    currency = currency_of(shared.region)
    sku: dict[str, Any] = {
        "seller_sku": SELLER_SKUS[number % len(SELLER_SKUS)],
        "price": {"currency": currency, "amount": price_in(currency)},
        "inventory": [{"warehouse_id": shared.warehouse_id, "quantity": 1}],
        "sales_attributes": [],
    }
    if (attribute := leaf.sales_attribute()) is not None:
        value = attribute.values[0]
        sku["sales_attributes"] = [{"id": attribute.id, "value_id": value.id, "value_name": value.name}]
    return {
        "title": title(shared, number),
        "description": "<p>A sample that a test of the API created. It is deleted after a few minutes.</p>",
        "category_id": leaf.id,
        "category_version": "v2",
        "save_mode": "LISTING",
        "main_images": [{"uri": shared.image_uri}],
        "product_attributes": leaf.required_values(),
        "package_weight": {"value": "0.5", "unit": "KILOGRAM"},
        "package_dimensions": {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"},
        "skus": [sku],
        **changes,
    }


def title(shared: Ingredients, number: int, edition: int = 1) -> str:
    return f"{TITLE} {shared.run} {number} edition {edition}"


def edit_body(created: Mapping[str, Any], product: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the Edit body that keeps our product except for the changes; it contains neither price nor stock.

    `product` is the response of Get Product; it supplies the ids of SKUs and sales values. Raises Inconclusive.
    """
    body = {name: copy.deepcopy(value) for name, value in created.items() if name != "idempotency_key"}
    ids = {text(sku, "seller_sku"): sku for sku in rows(product, "skus")}
    for sku in body["skus"]:
        shown = ids.get(sku["seller_sku"])
        if shown is None:
            raise Inconclusive("Get Product does not show the SKU that was created")
        del sku["price"], sku["inventory"]
        sku["id"] = text(shown, "id")
        shown_values = {text(each, "id"): each for each in rows(shown, "sales_attributes")}
        for each in sku["sales_attributes"]:
            value = shown_values.get(each["id"], {})
            each |= {name: text(value, name) for name in ("value_id", "value_name") if text(value, name)}
    return {**body, **changes}


def is_ours(row: Mapping[str, Any]) -> bool:
    """Whether a search result is a product that this or an earlier calibration created."""
    skus = [text(sku, "seller_sku") for sku in rows(row, "skus")]
    return text(row, "title").startswith(TITLE) and bool(skus) and all(each in SELLER_SKUS for each in skus)
