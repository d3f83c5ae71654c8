"""The client refuses a distorted product, or plans the same edit."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson
import pytest

from relisting.attributes import map_attributes
from relisting.merge import merge
from simulator.bad_answers import distorted
from simulator.options import SimulatorOptions
from simulator.world import World
from tiktok_shop.parse import MalformedData, parse_attributes, parse_categories, parse_rules
from tiktok_shop.product_responses import why_not_editable

PRODUCTS = 1500


@pytest.mark.parametrize("region", ["US", "GB"])
def test_a_distorted_product_is_refused_or_edits_the_same(region: str) -> None:
    world, random = World(SimulatorOptions(shops=1, products=PRODUCTS, regions=(region,))), Random(5)
    refused = 0
    for index in range(PRODUCTS):
        product = world.make(world.shops[0], index)
        spoiled: dict[str, Any] = orjson.loads(orjson.dumps(distorted(product, random)))
        assert not why_not_editable(product, product["id"])
        if why_not_editable(spoiled, product["id"]):
            refused += 1
        elif product["status"] != "DELETED":
            assert _edit(spoiled) == _edit(product)
    assert refused > PRODUCTS / 3


@pytest.mark.parametrize("skus", [True, 1.5, "odd", [[]], [None, 1], {"id": "1"}, [{"id": []}]])
@pytest.mark.parametrize("status", ["DRAFT", "DELETED", "ACTIVATE"])
def test_skus_of_any_other_shape_are_refused(status: str, skus: object) -> None:
    world = World(SimulatorOptions(shops=1, products=1))
    product = world.make(world.shops[0], 0)
    assert why_not_editable({**product, "status": status, "skus": skus}, product["id"])


def _edit(product: dict[str, Any]) -> object:
    return merge(product, "5", map_attributes(product, ()).product_attributes)


CATALOGUE: dict[str, Any] = {
    "categories": [
        {"id": "5", "parent_id": "1", "local_name": "Jars", "is_leaf": True, "permission_statuses": ["AVAILABLE"]}
    ],
    "attributes": [
        {
            "id": "100392",
            "name": "Material",
            "type": "PRODUCT_PROPERTY",
            "is_requried": True,
            "is_customizable": False,
            "values": [{"id": "1", "name": "Glass"}, {"id": "2", "name": "Clay"}],
            "requirement_conditions": [
                {"condition_type": "VALUE_ID_MATCH", "attribute_id": "1", "attribute_value_id": "2"}
            ],
        }
    ],
    "size_chart": {"is_supported": True, "is_required": False},
    "product_certifications": [{"id": "7", "name": "CE", "is_required": True}],
    "allowed_special_product_types": ["PRE_OWNED"],
}


def test_a_distorted_catalogue_is_refused() -> None:
    random = Random(6)
    refused = 0
    for _ in range(1000):
        spoiled = orjson.loads(orjson.dumps(distorted(CATALOGUE, random)))
        for parse in (parse_categories, parse_attributes, parse_rules):
            try:
                read: object = parse(spoiled)
            except MalformedData:
                refused += 1
            else:
                assert read == parse(CATALOGUE), spoiled
    assert refused > 800
