"""Rules that the fact table names: what live platforms accept and refuse in a body."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from facts.load import platform_facts
from simulator.media import image_uri, is_uploaded
from simulator.options import SimulatorOptions
from simulator.rules.category import version_of_read
from simulator.rules.listing import listing_problems
from simulator.world import World
from tests.support.simulator_bodies import create_body, open_leaf, submission
from tests.support.simulator_cases import Body, attribute, put

ZERO = {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"}
SIZED = '<p>a</p><img src="https://simulated.invalid/a" width="10" height="10"/>'
UNSIZED = '<p>a</p><img src="https://simulated.invalid/a"/>'


def codes(world: World, body: Body, region: str = "US", *, is_draft: bool = False, **options: Any) -> list[int]:
    seller = replace(world.shops[0].seller, region=region)
    body = {**body, "category_id": body.get("category_id")}
    own = replace(submission(world, seller, body, options=SimulatorOptions(**options)), is_draft=is_draft)
    return [each.code for each in listing_problems(own)]


def body_with(world: World, path: str, value: Any) -> Body:
    body = create_body(world, world.shops[0], category_id=open_leaf(world))
    put(path, value)(body)
    return body


@pytest.mark.parametrize(
    ("fact", "path", "value", "default", "switched"),
    [
        ("package_size_sum", "package_dimensions.length", "141", [12052116], {"longest_package_cm": 0}),
        ("package_size_sum", "package_dimensions.length", "140", [], {}),
        ("weight_zero", "package_weight.value", "0", [12052823], {}),
        ("search_terms", "search_terms", ["a" * 84] * 3, [12052910], {}),
        ("search_terms", "search_terms", ["a" * 125] * 2, [], {}),
        ("image_uris", "main_images.0.uri", "tos-simulated-us/0123456789abcdef", [12052300], {}),
        ("description_images", "description", UNSIZED, [12052348], {"description_images_need_sizes": False}),
        ("description_images", "description", SIZED, [], {}),
    ],
)
def test_a_body_is_judged_as_the_fact_says(
    world: World, fact: str, path: str, value: Any, default: list[int], switched: dict[str, Any]
) -> None:
    assert fact in platform_facts().facts
    body = body_with(world, path, value)
    assert codes(world, body) == default
    if switched:
        assert codes(world, body, **switched) == []


def test_inches_count_toward_the_size_limit(world: World) -> None:
    body = body_with(world, "package_dimensions", {"length": "30", "width": "30", "height": "4", "unit": "INCH"})
    body["package_weight"] = {"value": "1", "unit": "POUND"}
    assert codes(world, body) == [12052116]


@pytest.mark.parametrize("accepts", [False, True])
def test_zero_dimensions_depend_on_the_switch(world: World, accepts: bool) -> None:
    body = body_with(world, "package_dimensions", ZERO)
    found = codes(world, body, accepts_zero_dimensions=accepts)
    assert found == ([] if accepts else [12052005, 12052004, 12052003])


@pytest.mark.parametrize(("region", "code"), [("ID", None), ("MX", None), ("US", 12052916), ("VN", 12052916)])
def test_grams_are_accepted_in_some_markets(world: World, region: str, code: int | None) -> None:
    body = body_with(world, "package_weight", {"value": "132", "unit": "GRAM"})
    assert (12052916 in codes(world, body, region)) == (code is not None)


def test_a_draft_may_lack_and_repeat_attributes(world: World) -> None:
    lacking = body_with(world, "product_attributes", [])
    assert codes(world, lacking) == [12052104]
    assert codes(world, lacking, is_draft=True) == []
    repeated = body_with(world, "title", "A sturdy jar for the kitchen")
    for value in ("10000100", "10000101"):
        attribute("100001", {"id": value})(repeated)
    assert codes(world, repeated) == [12052254]
    assert codes(world, repeated, is_draft=True) == []


@pytest.mark.parametrize("accepts", [False, True])
def test_a_legacy_value_is_kept_if_the_switch_is_on(world: World, accepts: bool) -> None:
    body = body_with(world, "title", "A sturdy jar for the kitchen")
    attribute("100001", {"id": "42"})(body)
    before = {"skus": [], "product_attributes": [{"id": "100001", "values": [{"id": "42", "name": "Monsoon"}]}]}
    body["skus"] = [{name: value for name, value in sku.items() if name != "id"} for sku in body["skus"]]
    options = SimulatorOptions(accepts_legacy_values=accepts)
    seller = replace(world.shops[0].seller, region="US")
    found = [each.code for each in listing_problems(submission(world, seller, body, before, options))]
    assert (12052529 in found) == (not accepts)


@pytest.mark.parametrize(
    ("region", "options", "answer"),
    [
        ("MX", {}, "v2"),
        ("MX", {"accepts_v1": True}, "v1"),
        ("US", {"accepts_v1": True}, "v1"),
    ],
)
def test_a_read_without_version_is_answered_outside_the_us(region: str, options: Body, answer: str) -> None:
    assert version_of_read(SimulatorOptions(**options), "", region) == answer


@pytest.mark.parametrize("size", [(600, 600), (100, 100), (1200, 900)])
def test_only_issued_uris_are_recognised(size: tuple[int, int]) -> None:
    uri = image_uri(2**60 + 5, *size)
    assert is_uploaded(uri)
    spoilt = uri.replace("tos-simulated-us/", "tos-simulated-us/0", 1)
    assert not any(map(is_uploaded, (spoilt, uri + "-1x1", uri[:-1], "https://elsewhere.example/a.png", None, 5)))
