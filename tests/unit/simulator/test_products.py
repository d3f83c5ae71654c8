"""Generated products have every optional field of the published sample, and the service knows all of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from relisting.merge import UnknownFields, merge
from simulator.ledger import damage
from simulator.options import SimulatorOptions
from simulator.rules.listing import listing_problems
from simulator.shapes import READ_ONLY, to_edit, to_read
from simulator.world import Listing, World
from tests.support.simulator_bodies import edit_body, movable, submission

SAMPLE_FIELDS = {
    "audit.status", "audit_failed_reasons.listing_platform", "audit_failed_reasons.position",
    "audit_failed_reasons.reasons", "audit_failed_reasons.suggestions", "brand.id", "brand.name",
    "category_chains.id", "category_chains.is_leaf", "category_chains.local_name", "category_chains.parent_id",
    "certifications.expiration_date", "certifications.files.format", "certifications.files.id",
    "certifications.files.name", "certifications.files.urls", "certifications.id", "certifications.images.height",
    "certifications.images.thumb_urls", "certifications.images.uri", "certifications.images.urls",
    "certifications.images.width", "certifications.title", "create_time", "delivery_options.id",
    "delivery_options.is_available", "delivery_options.name", "description", "external_product_id", "has_draft", "id",
    "integrated_platform_statuses.platform", "integrated_platform_statuses.status", "is_cod_allowed",
    "is_not_for_sale", "is_pre_owned", "is_replicated", "key_product_features", "listing_quality_tier",
    "main_images.height", "main_images.thumb_urls", "main_images.uri", "main_images.urls", "main_images.width",
    "manufacturer_ids", "minimum_order_quantity", "package_dimensions.height", "package_dimensions.length",
    "package_dimensions.unit", "package_dimensions.width", "package_weight.unit", "package_weight.value",
    "prescription_requirement.needs_prescription", "primary_combined_product_id", "product_attributes.id",
    "product_attributes.name", "product_attributes.values.id", "product_attributes.values.name",
    "product_families.id", "product_families.products.id", "product_status", "product_tags", "product_types",
    "recommended_categories.id", "recommended_categories.local_name", "responsible_person_ids",
    "scheduled_sale.is_enabled_scheduled_sale", "scheduled_sale.schedule_sale_time", "search_terms",
    "shipping_insurance_requirement", "shipping_template_id", "size_chart.image.height",
    "size_chart.image.thumb_urls", "size_chart.image.uri", "size_chart.image.urls", "size_chart.image.width",
    "size_chart.template.id", "skus.external_list_prices.amount", "skus.external_list_prices.currency",
    "skus.external_list_prices.source", "skus.external_sku_id", "skus.external_urls", "skus.extra_identifier_codes",
    "skus.fees.additional_attribute", "skus.fees.amount", "skus.fees.type", "skus.id", "skus.identifier_code.code",
    "skus.identifier_code.type", "skus.inventory.backorder_quantity", "skus.inventory.handling_time",
    "skus.inventory.quantity", "skus.inventory.warehouse_id", "skus.list_price.amount", "skus.list_price.currency",
    "skus.pre_sale.fulfillment_type.handling_duration_days", "skus.pre_sale.fulfillment_type.release_date",
    "skus.pre_sale.type", "skus.price.currency", "skus.price.sale_price", "skus.price.starting_bid_price",
    "skus.price.tax_exclusive_price", "skus.price.unit_price", "status", "title", "update_time", "video.id",
    "video.url", "skus.sales_attributes.id", "skus.sales_attributes.name", "skus.sales_attributes.value_id",
    "skus.sales_attributes.value_name", "skus.sales_attributes.sku_img.uri",
    "skus.sales_attributes.supplementary_sku_images.uri", "skus.seller_sku", "skus.combined_skus.product_id",
    "skus.combined_skus.sku_id", "skus.combined_skus.sku_count", "skus.sku_unit_count", "skus.sku_dimensions.length",
    "skus.sku_weight.value", "skus.status_info.status",
}  # fmt: skip
"""The published Get Product sample, with the fields that its maintainer trimmed."""


def paths(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return set().union(*(paths(each, f"{path}.{name}" if path else name) for name, each in value.items()), set())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return set().union(*(paths(each, path) for each in value))
    return {path}


def test_every_field_of_the_published_sample_appears(world: World, population: list[dict[str, Any]]) -> None:
    seen = set().union(*(paths(product) for product in population))
    assert SAMPLE_FIELDS - seen == set()


def test_the_service_knows_every_field(world: World, population: list[dict[str, Any]]) -> None:
    merged = [merge(product, "853000", []) for product in population]
    assert [each for each in merged if isinstance(each, UnknownFields)] == []


def test_every_status_and_age_appears(world: World, population: list[dict[str, Any]]) -> None:
    products = population
    statuses = Counter(product["status"] for product in products)
    assert statuses.keys() == {
        "ACTIVATE", "DRAFT", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED", "FAILED",
    }  # fmt: skip
    assert statuses["ACTIVATE"] > 0.95 * len(products)
    assert any(product["audit"]["status"] == "AUDITING" for product in products)
    young = [product for product in products if product["create_time"] > world.source.started_at - 86400]
    assert 0 < len(young) < 0.02 * len(products)


def test_leaves_split_vanish_and_close(world: World, population: list[dict[str, Any]]) -> None:
    traits = Counter()
    for product in population:
        node = world.trees.v2.get(product["category_chains"][-1]["id"])
        traits["vanished" if node is None else "split" if not node.leaf else node.permissions[0]] += 1
    assert traits.keys() == {"vanished", "split", "INVITE_ONLY", "AVAILABLE"}
    assert traits["AVAILABLE"] > 0.85 * traits.total()


def test_some_old_attributes_match_by_name_only(world: World, population: list[dict[str, Any]]) -> None:
    by_name_only = 0
    for product in population:
        leaf = product["category_chains"][-1]["id"]
        new = {each["id"]: each["name"] for each in world.catalogue.attributes(leaf)}
        for attribute in product["product_attributes"]:
            by_name_only += attribute["id"] not in new and attribute["name"] in new.values()
    assert by_name_only > 100


def test_ids_of_skus_are_unique_in_the_shop(world: World, population: list[dict[str, Any]]) -> None:
    ids = [sku["id"] for product in population for sku in product["skus"]]
    assert len(ids) == len(set(ids))


def test_trees_are_three_and_up_to_seven_levels_deep(world: World) -> None:
    depths = Counter(len(world.trees.chain(node.id, world.trees.v2)) for node in world.trees.v2.values() if node.leaf)
    assert max(depths) == 7
    assert {len(world.trees.chain(leaf, world.trees.v1)) for leaf in world.trees.v1_leaves} == {3}


def test_a_leaf_has_about_eleven_attributes_of_every_kind(world: World) -> None:
    leaf = next(node.id for node in world.trees.v2.values() if node.leaf)
    attributes = world.catalogue.attributes(leaf)
    assert 10 <= len(attributes) <= 13
    assert any(each["is_requried"] for each in attributes)
    assert any("requirement_conditions" in each for each in attributes)
    assert {each["type"] for each in attributes} == {"PRODUCT_PROPERTY", "SALES_PROPERTY"}
    assert {each["is_customizable"] for each in attributes} == {True, False}


def test_an_edit_that_restores_everything_damages_nothing(world: World, population: list[dict[str, Any]]) -> None:
    shop = world.shops[0]
    for product in population:
        chain = product["category_chains"]
        after = to_read(to_edit(product), product, world.catalogue, shop.seller, chain)
        after |= {name: product[name] for name in ("status", "product_status")}
        assert damage(Listing(after, True, product)) == []


def test_most_products_can_move(world: World) -> None:
    assert sum(1 for _ in movable(world, world.shops[0])) > 0.7 * world.shops[0].products


def test_products_born_on_v2_obey_all_rules_but_brands(world: World) -> None:
    """The platform accepted them, so it refuses only fields that changed later."""
    shop = world.shops[0]
    tolerated = {12052208, 12052105, 12052673, 12052104, 12052116, 12052385}
    for index in range(shop.products):
        if shop.traits.of(index).born_on_v2:
            product = world.make(shop, index)
            body = {**edit_body(world, shop, product), "product_attributes": to_edit(product)["product_attributes"]}
            codes = {each.code for each in listing_problems(submission(world, shop.seller, body, product))}
            assert codes <= tolerated


@pytest.mark.parametrize("region", ["US", "DE", "VN", "BR"])
def test_products_of_every_market_obey_its_formats(region: str) -> None:
    other = World(SimulatorOptions(seed=7, shops=1, products=300, regions=(region,)))
    assert sum(1 for _ in movable(other, other.shops[0])) > 150


def test_read_only_fields_survive_an_edit(world: World, population: list[dict[str, Any]]) -> None:
    shop = world.shops[0]
    for product in population[:500]:
        bare = {"main_images": [], "skus": [{"id": sku["id"]} for sku in product["skus"]]}
        after = to_read(bare, product, world.catalogue, shop.seller, product["category_chains"])
        assert {name: after[name] for name in READ_ONLY if name in after} == {
            name: product[name] for name in READ_ONLY if name in product
        }
        for before, now in zip(product["skus"], after["skus"], strict=True):
            assert (now["price"], now["inventory"]) == (before["price"], before["inventory"])
            assert now.keys() <= {"id", "price", "inventory", "sales_attributes", "status_info"}
