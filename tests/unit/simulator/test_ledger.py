"""The ledger names every seller's field that an edit changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from simulator.ledger import MAY_CHANGE, damage
from simulator.listing import Listing
from simulator.shapes import READ_ONLY


def test_every_lost_field_is_named(population: list[dict[str, Any]]) -> None:
    checked = set()
    for product in population:
        for name in product.keys() - MAY_CHANGE - {"skus", "status", "product_status"} - checked:
            lost = {field: value for field, value in product.items() if field != name}
            assert damage(Listing(lost, True, product)) == [name]
            checked.add(name)
    assert checked >= {"certifications", "size_chart", "video", "brand", "delivery_options", "manufacturer_ids",
                       "integrated_platform_statuses", "package_weight", "scheduled_sale"}  # fmt: skip
    assert not checked & {"audit", "product_attributes"}
    assert set(READ_ONLY) & checked


def test_every_lost_field_of_a_sku_is_named(population: list[dict[str, Any]]) -> None:
    checked = set()
    for product in population:
        for name in product["skus"][0].keys() - {"id"} - checked:
            after = copy.deepcopy(product)
            del after["skus"][0][name]
            assert damage(Listing(after, True, product)) == [f"skus.{name}"]
            checked.add(name)
    assert checked >= {"price", "inventory", "identifier_code", "combined_skus", "pre_sale", "sku_weight", "fees"}


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda product: product["skus"].pop(), "skus.deleted"),
        (lambda product: product["skus"].append({"id": "1"}), "skus.added"),
        (lambda product: product["skus"][0]["price"].update(sale_price="0.01"), "skus.price"),
        (lambda product: product["skus"][0]["inventory"][0].update(quantity=77_777), "skus.inventory"),
        (lambda product: product["main_images"].reverse(), "main_images"),
        (lambda product: product.update(status="ACTIVATE"), "status"),
    ],
)
def test_every_changed_field_is_named(population: list[dict[str, Any]], spoil: Any, named: str) -> None:
    product = next(
        each for each in population if len(each["main_images"]) > 1 and each["status"] == "SELLER_DEACTIVATED"
    )
    after = copy.deepcopy(product)
    spoil(after)
    assert damage(Listing(after, True, product)) == [named]


def test_values_that_the_seller_lacked_are_not_damage(population: list[dict[str, Any]]) -> None:
    product = next(each for each in population if each.get("certifications"))
    before = {**product, "package_weight": {"value": "0.0", "unit": "KILOGRAM"}, "package_dimensions": None}
    first, *_ = before["certifications"]
    after = {
        **before,
        "package_weight": {"value": "1.2", "unit": "KILOGRAM"},
        "package_dimensions": {"length": "3", "width": "2", "height": "1", "unit": "CENTIMETER"},
        "certifications": [*before["certifications"], {"id": "another", "images": [{"uri": "u"}]}],
    }
    assert damage(Listing(after, True, before)) == []
    assert damage(Listing(before, True, after)) == ["certifications", "package_dimensions", "package_weight"]
    changed = {**after, "certifications": [{**first, "images": []}]}
    assert damage(Listing(changed, True, after)) == ["certifications"]
