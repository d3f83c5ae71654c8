"""Validator and simulator implement the same documentation independently and agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.validate import validate
from simulator.options import SimulatorOptions
from simulator.rules.listing import listing_problems
from simulator.world import World
from tests.support.examples import more
from tests.support.simulator_bodies import create_body, open_leaf, submission
from tests.support.simulator_cases import ACCEPTED, SPOILT
from tiktok_shop.parse import parse_attributes, parse_rules

UNKNOWABLE = {
    **dict.fromkeys((12052300, 12052520, 12052650, 12052670), "whether an image was uploaded"),
    **dict.fromkeys((12052340, 12052655, 98001004), "only a warning: validate/warnings.py"),
    **dict.fromkeys(
        (12052571, 12052084, 12052073, 12052486, 12052097, 12052055), "prices and stock are not part of an edit"
    ),
    **dict.fromkeys((12052284, 12052289, 12052128), "which persons and templates the seller has"),
    **dict.fromkeys((12052527, 12052557), "variant attributes and SKUs are sent back as read"),
    12052345: "which tags a description may have",
}
INTERPRETED_DIFFERENTLY = {
    12052006: "a decimal comma, which the platform's own sample of a weight has",
    12052600: "an unknown identifier type",
    12052529: "the value of a variant is sent back as read",
    12052385: "whether a certificate has expired",
}


@pytest.fixture(scope="module")
def world() -> World:
    return World(SimulatorOptions(seed=7, shops=2, products=100, started_at=1_795_000_000))


def refusals(world: World, body: dict[str, Any], region: str) -> set[int]:
    seller = replace(world.shops[0].seller, region=region)
    return {each.code for each in listing_problems(submission(world, seller, body))}


def found(world: World, body: dict[str, Any], region: str) -> set[str]:
    leaf = body["category_id"]
    rules = parse_rules(world.catalogue.rules(leaf))
    attributes = parse_attributes({"attributes": world.catalogue.attributes(leaf)})
    return {str(reason.code) for reason in validate(body, region, rules, attributes, None)}


CHANGES = [(region, change) for _, region, change in SPOILT] + ACCEPTED


@more(150)
@given(st.data())
def test_simulator_accepts_validated_products(world: World, data: st.DataObject) -> None:
    region = data.draw(st.sampled_from(sorted({region for region, _ in CHANGES})))
    own = [change for of, change in CHANGES if of in (region, "US")]
    body = create_body(world, world.shops[0], category_id=open_leaf(world))
    for change in data.draw(st.lists(st.sampled_from(own), max_size=3)):
        try:
            change(body)
        except (KeyError, IndexError):
            continue  # An earlier change removed the field this one changes.
    refused = refusals(world, body, region) - UNKNOWABLE.keys() - INTERPRETED_DIFFERENTLY.keys()
    assert not refused or found(world, body, region)


@pytest.mark.parametrize(("code", "region", "spoil"), SPOILT, ids=[f"{each[0]}-{n}" for n, each in enumerate(SPOILT)])
def test_validator_finds_the_simulators_refusals(world: World, code: int, region: str, spoil: Any) -> None:
    body = create_body(world, world.shops[0], category_id=open_leaf(world))
    spoil(body)
    assert found(world, body, region) or code in UNKNOWABLE or code in INTERPRETED_DIFFERENTLY
