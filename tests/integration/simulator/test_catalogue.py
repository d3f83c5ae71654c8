"""Categories, rules, attributes, brands, schemas and recommendations, with the wire's misspellings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import open_leaf
from tests.support.simulator_client import Client


def ids(client: Client) -> dict[str, str]:
    trees = client.world.trees
    split = next(iter(trees.splits))
    vanished = next(leaf for leaf in trees.v1_leaves if leaf not in trees.v2)
    return {"leaf": open_leaf(client.world), "split": split, "vanished": vanished, "nowhere": "999999999"}


@pytest.mark.parametrize("what", ["rules", "attributes"])
@pytest.mark.parametrize(
    ("category", "version", "code"),
    [
        ("leaf", "v2", 0),
        ("leaf", "v1", 12052217),
        ("leaf", None, 12052217),
        ("split", "v2", 12052024),
        ("vanished", "v2", 12052230),
        ("nowhere", "v2", 12052023),
    ],
)
async def test_which_categories_have_rules(
    platform: Platform, what: str, category: str, version: str | None, code: int
) -> None:
    client = await platform()
    path = f"/product/202309/categories/{ids(client)[category]}/{what}"
    answer = await client.call("GET", path, category_version=version)
    assert (answer.status, answer.code) == (200, code)


async def test_attributes_and_rules_have_the_wire_spelling(platform: Platform) -> None:
    client = await platform()
    path = f"/product/202309/categories/{open_leaf(client.world)}/"
    attributes = (await client.call("GET", path + "attributes", category_version="v2")).data["attributes"]
    assert all("is_requried" in each and "is_required" not in each for each in attributes)
    assert any(each.get("value_data_format") == "POSITIVE_INT_OR_DECIMAL" for each in attributes)
    rules = (await client.call("GET", path + "rules", category_version="v2")).data
    assert rules["allowed_special_product_types"] == '"PRE_ORDER"', "a quoted string where the schema has a list"


async def test_brands_are_paged_and_filtered(platform: Platform) -> None:
    client = await platform()
    query: dict[str, Any] = {"category_version": "v2", "category_id": open_leaf(client.world), "page_size": "20"}
    first = (await client.call("GET", "/product/202309/brands", **query)).data
    last = (await client.call("GET", "/product/202309/brands", page_token=first["next_page_token"], **query)).data
    assert (len(first["brands"]), len(last["brands"]), last["next_page_token"]) == (20, 10, "")
    assert first["total_count"] == 30
    brands = first["brands"] + last["brands"]
    assert {each["authorized_status"] for each in brands} == {"AUTHORIZED", "UNAUTHORIEZD"}
    for each in brands:
        assert ("brand_status" in each) == (each["authorized_status"] == "AUTHORIZED")
    own = (
        await client.call("GET", "/product/202309/brands", is_authorized="true", **{**query, "page_size": "100"})
    ).data
    assert {each["id"] for each in own["brands"]} == client.shop().authorized_brands
    for size in ("0", "101", "x"):
        assert (await client.call("GET", "/product/202309/brands", **{**query, "page_size": size})).code == 12019109
    assert (await client.call("GET", "/product/202309/brands", page_token="x", **query)).code == 12019108
    assert (await client.call("GET", "/product/202309/brands", is_authorized="yes", **query)).code == 36009004


async def test_a_recommendation_is_mostly_right(platform: Platform) -> None:
    client = await platform()
    path, right, asked = "/product/202309/categories/recommend", 0, 0
    for split, children in client.world.trees.splits.items():
        for child in children:
            title = f"Sturdy {client.world.trees.v2[child].name} for every day"
            answer = await client.call("POST", path, {"product_title": title, "category_version": "v2"})
            asked += 1
            if answer.code == 0:
                assert answer.data["leaf_category_id"] == answer.data["categories"][-1]["id"]
                levels = [each["level"] for each in answer.data["categories"]]
                assert levels == list(range(1, len(levels) + 1))
                right += split in [each["id"] for each in answer.data["categories"]]
    assert 0.4 * asked < right <= asked
    assert (await client.call("POST", path, {"product_title": "Xyz", "category_version": "v2"})).code == 12019064
    assert (await client.call("POST", path, {"product_title": "Xyz"})).code == 12052217
    assert (await client.call("POST", path, {"category_version": "v2"})).code == 12052261


async def test_listing_schemas_need_no_cipher_and_list_bad_ids(platform: Platform) -> None:
    client = await platform()
    leaf = open_leaf(client.world)
    query: dict[str, Any] = {"category_version": "v2", "category_ids": f"[{leaf},999999999]", "shop_cipher": None}
    answer = await client.call("GET", "/product/202407/listing_schemas", **query)
    (schema,) = answer.data["listing_schemas"]
    assert schema["category_id"] == int(leaf)
    assert {"id", "name", "rules"} <= schema["fileds"][0].keys()
    kinds = {rule["type"] for field in schema["fileds"] for rule in field["rules"]}
    assert {"REGX", "MAX_TARGE_TSIZE", "REQUIRED"} <= kinds
    assert [each["detail"]["category_id"] for each in answer.data["errors"]] == [999999999]
    assert (await client.call("GET", "/product/202401/listing_schemas", **query)).code == 12052023
    query["category_ids"] = leaf
    assert (await client.call("GET", "/product/202401/listing_schemas", **query)).code == 0
    query["category_ids"] = '["600"]'
    assert (await client.call("GET", "/product/202407/listing_schemas", **query)).code == 36009004


async def test_prerequisites_and_registered_webhooks(platform: Platform) -> None:
    client = await platform()
    assert (await client.call("GET", "/product/202312/prerequisites")).data["check_results"]
    path = "/event/202309/webhooks"
    address = {"address": "https://seller.example/hooks", "event_type": "PRODUCT_STATUS_CHANGE"}
    assert (await client.call("PUT", path, address)).code == 0
    (webhook,) = (await client.call("GET", path)).data["webhooks"]
    assert {name: webhook[name] for name in address} == address
    assert webhook["create_time"] > 10**12, "in milliseconds"
    assert (await client.call("GET", path, shop=1)).data["webhooks"] == []
    assert (await client.call("DELETE", path, {"event_type": "PRODUCT_STATUS_CHANGE"})).code == 0
    assert (await client.call("GET", path)).data == {"webhooks": [], "total_count": 0}
    assert (await client.call("PUT", path, {**address, "event_type": "OTHER"})).code == 36009004
    assert (await client.call("PUT", path, {**address, "address": "https://a.example/" + "a" * 255})).code == 36009004
    assert (await client.call("PUT", path, {**address, "address": 5})).code == 36009004
