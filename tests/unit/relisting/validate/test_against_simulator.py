"""Two readings of the same documentation: a listing the validator finds clean, the simulator's rules take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relisting.validate import validate
from simulator.options import SimulatorOptions
from simulator.rules.listing import listing_problems
from simulator.world import World
from tests.unit.simulator.bodies import create_body, open_leaf, submission
from tests.unit.simulator.test_rules import SPOILT, TAKEN
from tiktok_shop.parse import parse_attributes, parse_rules

NOT_TO_BE_KNOWN = {
    **dict.fromkeys((12052300, 12052520, 12052650, 12052670), "whether an image was uploaded"),
    **dict.fromkeys((12052340, 12052655, 98001004), "what is only doubted: edit_warnings.py"),
    **dict.fromkeys(
        (12052571, 12052084, 12052073, 12052486, 12052097, 12052055), "prices and stock, no part of an edit"
    ),
    **dict.fromkeys((12052284, 12052289, 12052128), "which people and templates the seller has"),
    **dict.fromkeys((12052527, 12052557), "which kinds of variants and SKUs there are: they go back as they were read"),
    12052345: "which tags a description may have",
}
READ_OTHERWISE = {
    12052006: "a decimal comma, which the platform's own sample of a weight has",
    12052600: "a kind of code nobody has heard of",
    12052529: "the value of a variant, which goes back as it was read",
    12052385: "whether a certificate is over",
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


CHANGES = [(region, change) for _, region, change in SPOILT] + TAKEN


@settings(max_examples=150)
@given(st.data())
def test_what_is_clean_is_taken(world: World, data: st.DataObject) -> None:
    region = data.draw(st.sampled_from(sorted({region for region, _ in CHANGES})))
    own = [change for of, change in CHANGES if of in (region, "US")]
    body = create_body(world, world.shops[0], category_id=open_leaf(world))
    for change in data.draw(st.lists(st.sampled_from(own), max_size=3)):
        try:
            change(body)
        except (KeyError, IndexError):
            continue  # An earlier change has taken away what this one is about.
    refused = refusals(world, body, region) - NOT_TO_BE_KNOWN.keys() - READ_OTHERWISE.keys()
    assert not refused or found(world, body, region)


@pytest.mark.parametrize(("code", "region", "spoil"), SPOILT, ids=[f"{each[0]}-{n}" for n, each in enumerate(SPOILT)])
def test_whatever_can_be_known_is_known(world: World, code: int, region: str, spoil: Any) -> None:
    body = create_body(world, world.shops[0], category_id=open_leaf(world))
    spoil(body)
    assert found(world, body, region) or code in NOT_TO_BE_KNOWN or code in READ_OTHERWISE
