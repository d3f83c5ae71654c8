"""Bodies that the simulator accepts; tests break one rule in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.media import image_uri
from simulator.options import SimulatorOptions
from simulator.rules.listing import listing_problems
from simulator.rules.submission import Submission
from simulator.sellers import Seller
from simulator.shapes import to_edit
from simulator.shop import SimulatedShop
from simulator.world import World

IMAGE = {"uri": image_uri(0xAA)}


def attributes_for(world: World, category_id: str) -> list[dict[str, Any]]:
    """Only the required attributes of the leaf."""
    return [
        {"id": each["id"], "values": [each["values"][0]]}
        for each in world.catalogue.attributes(category_id)
        if each["is_requried"]
    ]


def edit_body(world: World, shop: SimulatedShop, product: dict[str, Any]) -> dict[str, Any]:
    """The whole product under the same leaf of the v2 tree."""
    body = to_edit(product)
    body["category_version"] = "v2"
    body["product_attributes"] = attributes_for(world, body["category_id"])
    return body


def submission(
    world: World,
    seller: Seller,
    body: dict[str, Any],
    before: dict[str, Any] | None = None,
    options: SimulatorOptions | None = None,
) -> Submission:
    return Submission(
        body, body["category_id"], "v2", seller, world.trees, world.catalogue, options or world.options, before
    )


def movable(world: World, shop: SimulatedShop) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Index, product and v2 edit body of live v1 products that can be edited."""
    for index in range(shop.products):
        traits = shop.traits.of(index)
        if traits.born_on_v2 or traits.status != "ACTIVATE" or traits.in_audit or traits.age_seconds is not None:
            continue
        product = world.make(shop, index)
        leaf = world.trees.v2.get(product["category_chains"][-1]["id"])
        if leaf is None or not leaf.leaf or leaf.permissions != ("AVAILABLE",):
            continue
        body = edit_body(world, shop, product)
        if next(listing_problems(submission(world, shop.seller, body, product)), None) is None:
            yield index, product, body


def open_leaf(world: World, **wanted: bool) -> str:
    """An open v2 leaf whose rules require only `wanted`."""
    for node in world.trees.v2.values():
        if not node.leaf or node.permissions != ("AVAILABLE",):
            continue
        rules = world.catalogue.rules(node.id)
        asks = {
            "certificate": rules["product_certifications"][0]["is_required"],
            "certificate_of_battery": "requirement_conditions" in rules["product_certifications"][1],
            "expiry": rules["product_certifications"][0]["expiration_date"]["is_required"],
            "size_chart": rules["size_chart"]["is_required"],
            "dimensions": rules["package_dimension"]["is_required"],
            "origin": any(
                each["name"] == "Origin" and each["is_requried"] for each in world.catalogue.attributes(node.id)
            ),
        }
        if all(value == wanted.get(name, False) for name, value in asks.items()):
            return node.id
    raise LookupError(f"no leaf has {wanted}")


def create_body(world: World, shop: SimulatedShop, **changes: Any) -> dict[str, Any]:
    """A listing with a red and a blue SKU under a leaf with few requirements."""
    leaf = str(changes.pop("category_id", "") or open_leaf(world))
    skus = [
        {
            "seller_sku": f"NEW-{color}",
            "price": {"currency": shop.seller.currency, "amount": "12.50"},
            "inventory": [{"warehouse_id": shop.seller.warehouses[0], "quantity": 5}],
            "sales_attributes": [
                {"id": "100009", "value_id": f"1000090{place}", "value_name": color, "sku_img": dict(IMAGE)}
            ],
            "identifier_code": {"code": f"1234567890123{place}", "type": "GTIN"},
        }
        for place, color in enumerate(("Red", "Blue"))
    ]
    return {
        "title": "A sturdy jar for the kitchen and the journey",
        "description": "<p>Made to last.</p>",
        "category_id": leaf,
        "category_version": "v2",
        "main_images": [dict(IMAGE)],
        "product_attributes": attributes_for(world, leaf),
        "package_weight": {"value": "0.5", "unit": "KILOGRAM"},
        "package_dimensions": {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"},
        "skus": skus,
        **changes,
    }
