"""The simulator's rules and the service's validator judge a body the same way, fact by fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from facts.load import platform_facts
from relisting.validate import validate
from simulator.rules.listing import listing_problems
from simulator.world import World
from tests.support.simulator_bodies import create_body, open_leaf, submission
from tests.support.simulator_cases import Body, attribute, put
from tiktok_shop.parse import parse_attributes, parse_rules

UNSIZED = '<p>a</p><img src="https://simulated.invalid/a"/>'
GRAMS = {"value": "132", "unit": "GRAM"}
KNOWN_DIFFERENCES = {"description_images"}
"""Facts that the validator does not follow yet. Remove a fact when it does."""


def repeated(body: Body) -> None:
    for value in ("10000100", "10000101"):
        attribute("100001", {"id": value})(body)


CASES: list[tuple[str, str, Callable[[Body], None]]] = [
    ("package_size_sum", "US", put("package_dimensions.length", "141")),
    ("weight_zero", "US", put("package_weight.value", "0")),
    ("search_terms", "US", put("search_terms", ["a" * 84] * 3)),
    ("search_terms", "US", put("search_terms", ["a" * 125] * 2)),
    ("description_images", "US", put("description", UNSIZED)),
    ("indonesian_packages", "ID", put("package_weight", GRAMS)),
    ("repeated_attributes", "US", repeated),
    ("required_attributes", "US", put("product_attributes", [])),
    ("required_attributes", "US", attribute("100002", {"id": "10000200"})),
    ("required_attributes", "US", attribute("100003", {"name": "2000 mAh"})),
    ("attribute_values", "US", attribute("100001", {"id": "10000100"}, {"id": "10000101"})),
    ("attribute_values", "US", attribute("100004", {"name": "a"}, {"name": "b"})),
    ("attribute_values", "US", attribute("100001", {"name": "Monsoon"})),
    ("attribute_values", "US", attribute("100004", {"name": "Zigzag"})),
]


def differs(world: World, region: str, change: Callable[[Body], None]) -> bool:
    """Whether one side finds a problem and the other does not."""
    body = create_body(world, world.shops[0], category_id=open_leaf(world))
    change(body)
    seller, leaf = replace(world.shops[0].seller, region=region), body["category_id"]
    rules = parse_rules(world.catalogue.rules(leaf))
    attributes = parse_attributes({"attributes": world.catalogue.attributes(leaf)})
    simulated = next(listing_problems(submission(world, seller, body)), None) is not None
    return simulated != bool(list(validate(body, region, rules, attributes, None)))


@pytest.mark.parametrize("fact", sorted({fact for fact, _, _ in CASES}))
def test_simulator_and_validator_agree_on_a_fact(world: World, fact: str) -> None:
    assert fact in platform_facts().facts
    found = any(differs(world, region, change) for name, region, change in CASES if name == fact)
    assert found == (fact in KNOWN_DIFFERENCES)
