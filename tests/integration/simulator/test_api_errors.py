"""The platform's error codes over HTTP; a refused request changes nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body, open_leaf
from tests.support.simulator_cases import SPOILT
from tests.support.simulator_waiting import some_movable

CREATE = "/product/202309/products"
CHECK = "/product/202309/products/listing_check"


@pytest.mark.parametrize("region", sorted({region for _, region, _ in SPOILT}))
async def test_every_rule_refuses_a_creation(platform: Platform, region: str) -> None:
    client = await platform(regions=(region,))
    good = create_body(client.world, client.shop())
    assert (await client.call("POST", CHECK, good)).data["check_result"] == "PASS"
    for code, where, spoil in SPOILT:
        if where != region:
            continue
        body = copy.deepcopy(good)
        currency = client.shop().seller.currency
        spoil(body)
        answer = await client.call("POST", CREATE, body)
        assert (answer.status, answer.code) == (200, code), (body, currency, answer.message)
        check = (await client.call("POST", CHECK, body)).data
        assert code in [each["code"] for each in check["fail_reasons"]]
    assert (await client.ledger())["created"] == 0


async def test_an_edit_is_refused_for_its_category(platform: Platform) -> None:
    client = await platform()
    trees = client.world.trees
    ((identity, body),) = some_movable(client)
    vanished = next(leaf for leaf in trees.v1_leaves if leaf not in trees.v2)
    cases: list[tuple[dict[str, Any], int]] = [
        ({"category_version": "v1"}, 12052217),
        ({"category_version": None}, 12052217),
        ({"category_id": vanished}, 12052230),
        ({"category_id": next(iter(trees.splits))}, 12052024),
        ({"category_id": "999999999"}, 12052023),
        ({"category_id": None}, 12052002),
    ]
    for change, code in cases:
        assert (await client.edit(identity, {**body, **change})).code == code, change
    assert (await client.ledger())["edits_accepted"] == 0


async def test_an_edit_with_v1_attributes_is_refused(platform: Platform) -> None:
    client = await platform()
    ((identity, body),) = some_movable(client)
    (material,) = [each for each in body["product_attributes"] if each["id"] == "100000"]
    cases: list[tuple[list[dict[str, Any]], int]] = [
        ([], 12052104),
        ([material, {"id": "200001", "values": [{"id": "20000100"}]}], 12052240),
        ([material, {"id": "100002", "values": [{"id": "10000200"}]}], 12052182),
        ([material, {"id": "100003", "values": [{"name": "2000 mAh"}]}], 12052183),
        ([material, {"id": "100001", "values": [{"name": "Monsoon"}]}], 12052247),
        ([{**material, "values": material["values"] * 2}], 12052246),
    ]
    for attributes, code in cases:
        rest = [each for each in body["product_attributes"] if each["id"] != "100000" and attributes]
        answer = await client.edit(identity, {**body, "product_attributes": attributes + rest})
        assert answer.code == code, (attributes, answer.message)


async def test_an_edit_is_refused_for_a_t1_brand_and_a_changed_identifier(platform: Platform) -> None:
    client = await platform()
    shop = client.shop()
    t1 = [each["id"] for each in client.world.catalogue.brands if each["is_t1_brand"]]
    strange = next(each for each in t1 if each not in shop.authorized_brands)
    found = some_movable(client, 60)
    identity, body = next(each for each in found if any("identifier_code" in sku for sku in each[1]["skus"]))
    assert (await client.edit(identity, {**body, "brand_id": strange})).code == 12052208
    coded = next(sku for sku in body["skus"] if "identifier_code" in sku)
    coded["identifier_code"] = {"code": "00000000000000", "type": "GTIN"}
    assert (await client.edit(identity, body)).code == 12052593


async def test_wrong_types_are_refused(platform: Platform) -> None:
    client = await platform()
    good = create_body(client.world, client.shop(), category_id=open_leaf(client.world))
    for field in good:
        for wrong in (5, [5], {"a": {}}, [[]], "\ud7ff"):
            if type(wrong) is type(good[field]) is str:
                continue
            answer = await client.call("POST", CREATE, {**good, field: wrong})
            assert answer.code != -1, (field, wrong, answer.raw)
            assert answer.code, (field, wrong)
    assert (await client.call("POST", CREATE, good)).code == 0
