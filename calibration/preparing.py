"""Prepares a shop: its categories, a warehouse, and a picture."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from calibration.findings import Inconclusive
from calibration.image_file import png
from calibration.product_body import Ingredients
from calibration.response import rows, text
from calibration.wire import Wire
from calibration.workbench import SEARCH, Workbench, choose_leaves, read_tree

IMAGES = "/product/202309/images/upload"
WAREHOUSES = "/logistics/202309/warehouses"


async def prepare(bench: Workbench) -> None:
    """Raises Inconclusive with the missing part."""
    bench.tree = await read_tree(bench.wire)
    bench.leaves = await choose_leaves(bench.wire, bench.tree)
    warehouse = await _warehouse(bench.wire)
    image = await bench.wire.upload(IMAGES, png(600, 600), "MAIN_IMAGE")
    uri = text(image.data, "uri")
    if not image.accepted or not uri:
        raise Inconclusive(f"an image upload was {image}")
    bench.shared = Ingredients(secrets.token_hex(3), bench.region, warehouse, uri)


async def _warehouse(wire: Wire) -> str:
    """Return the sales warehouse, or a product's warehouse if the app may not list warehouses."""
    response = await wire.read("GET", WAREHOUSES)
    found = [each for each in rows(response.data, "warehouses") if text(each, "id")]
    sales = [each for each in found if "RETURN" not in text(each, "type")] or found
    if sales:
        best = next((each for each in sales if each.get("is_default") is True), sales[0])
        return text(best, "id")
    page = await wire.read("POST", SEARCH, {}, page_size="20")
    for row in rows(page.data, "products"):
        if warehouse := _of_product(row):
            return warehouse
    raise Inconclusive(f"no warehouse was found: the list was {response}")


def _of_product(row: Mapping[str, Any]) -> str:
    stock = (each for sku in rows(row, "skus") for each in rows(sku, "inventory"))
    return next((text(each, "warehouse_id") for each in stock if text(each, "warehouse_id")), "")
