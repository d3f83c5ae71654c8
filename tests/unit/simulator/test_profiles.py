"""Every profile loads, and its world has the rates that the profile names."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import Any

import pytest

from relisting.merge import merge
from simulator.catalogue import MANUFACTURE_DATE, MATERIALS
from simulator.options import DEMO, SimulatorOptions
from simulator.profile import BadProfile, load_profile, parse_profile, profile_names
from simulator.rules.listing import listing_problems
from simulator.settings import BadSetting, make_options
from simulator.shapes import to_edit
from simulator.traits import PERIOD
from simulator.world import World
from tests.support.simulator_bodies import submission

STATED = "stated"
MARKETS = [name for name in profile_names() if name not in (DEMO, STATED)]
STARTED_AT = 1_795_000_000


@functools.cache
def world(profile: str) -> World:
    return World(make_options(profile, shops=1, products=PERIOD, started_at=STARTED_AT))


@functools.cache
def products(profile: str) -> list[dict[str, Any]]:
    """Shared products; tests must not change them."""
    made = world(profile)
    return [made.make(made.shops[0], index) for index in range(PERIOD)]


def test_the_profiles_of_the_measured_markets_exist() -> None:
    assert set(profile_names()) >= {"general", "mexico", "indonesia", "vietnam", "united-states", DEMO}


@pytest.mark.parametrize("profile", MARKETS)
def test_trees_are_as_large_and_split_as_real_ones(profile: str) -> None:
    trees = world(profile).trees
    assert len(trees.v1_leaves) >= 2000
    assert sum(node.leaf for node in trees.v2.values()) >= 2000
    sizes = [len(children) for children in trees.splits.values()]
    assert (min(sizes), max(sizes)) == (2, 83)
    kept = sum(leaf in trees.v2 and trees.v2[leaf].leaf for leaf in trees.v1_leaves)
    assert kept >= 0.95 * len(trees.v1_leaves)


@pytest.mark.parametrize(("profile", "letters"), [("mexico", "áéíóúñ"), ("vietnam", "ăđơư")])
def test_names_are_in_the_local_language(profile: str, letters: str) -> None:
    made = world(profile)
    assert any(letter in node.name for node in made.trees.v2.values() for letter in letters)
    assert "Material" not in {each["name"] for each in made.catalogue.attributes(made.trees.v1_leaves[0])}


@pytest.mark.parametrize("profile", profile_names())
def test_statuses_and_reviews_have_the_rates_of_the_profile(profile: str) -> None:
    made, rates = world(profile), load_profile(profile).traits
    rows = [made.shops[0].traits.of(index) for index in range(PERIOD)]
    counted: Counter[str] = Counter(each.status for each in rows)
    for status in ("DRAFT", "DELETED", "FREEZE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FAILED"):
        assert counted[status] == rates.get(status, 0)
    assert sum(each.deleted_in_detail for each in rows) == rates.get("DELETED_IN_DETAIL", 0)
    assert sum(each.seller_edit for each in rows) == rates.get("SELLER_EDIT", 0)
    details = [each["status"] for each in products(profile)]
    assert details.count("DELETED") == rates.get("DELETED", 0) + rates.get("DELETED_IN_DETAIL", 0)
    waiting = [each["audit"] for each in products(profile) if each["audit"]["status"] == "PRE_APPROVED"]
    assert waiting == [{"status": "PRE_APPROVED", "pre_approved_reasons": ["KYC_PENDING"]}] * rates.get(
        "KYC_PENDING", 0
    )


def test_the_mexican_shop_has_the_measured_rates() -> None:
    """Facts: search_returns_deleted, drafts_lenient, repeated_attributes, recommendations_missing."""
    rates, options = load_profile("mexico").traits, make_options("mexico")
    assert rates["DELETED"] + rates["DELETED_IN_DETAIL"] == pytest.approx(270, abs=5)
    live = PERIOD - rates["DELETED"] - rates["DELETED_IN_DETAIL"]
    assert rates["DRAFT"] / live == pytest.approx(0.66, abs=0.01)
    assert options.recommendation_missing_share == 0.54
    drafts = [each for each in products("mexico") if each["status"] == "DRAFT"]
    lacking = [each for each in drafts if "Material principal" not in attribute_names(each)]
    assert len(lacking) / len(drafts) == pytest.approx(0.51, abs=0.08)
    repeated = [each for each in products("mexico") if len(attribute_names(each)) > len(set(attribute_names(each)))]
    assert len(repeated) / PERIOD == pytest.approx(0.033, abs=0.015)


def attribute_names(product: dict[str, Any]) -> list[str]:
    return [each["name"] for each in product["product_attributes"]]


def test_indonesian_packages_have_no_size_and_weigh_grams() -> None:
    made = products("indonesia")
    zero = [each for each in made if each.get("package_dimensions", {}).get("length") == "0"]
    gram = [each for each in made if each["package_weight"]["unit"] == "GRAM"]
    assert len(zero) / PERIOD == pytest.approx(0.6, abs=0.05)
    assert len(gram) / PERIOD == pytest.approx(0.6, abs=0.05)


def test_half_of_the_us_products_are_measured_in_pounds_and_inches() -> None:
    imperial = [each for each in products("united-states") if each["package_weight"]["unit"] == "POUND"]
    assert len(imperial) / PERIOD == pytest.approx(0.5, abs=0.05)
    assert {each["package_dimensions"]["unit"] for each in imperial} == {"INCH"}


def test_vietnamese_products_have_dates_as_values() -> None:
    dates = [
        value["name"]
        for product in products("vietnam")
        for each in product["product_attributes"]
        if each["id"] == MANUFACTURE_DATE
        for value in each["values"]
    ]
    assert len(dates) / PERIOD == pytest.approx(0.4, abs=0.06)
    assert all(re.fullmatch(r"\d\d/\d\d/20\d\d", each) for each in dates)


def test_descriptions_state_the_material_of_the_attribute() -> None:
    stated = lacking = 0
    for product in products(STATED):
        values = [each["values"][0]["name"] for each in product["product_attributes"] if each["name"] == "Material"]
        text = product["description"].rpartition("<p>")[2].lower()
        named = [value for value in MATERIALS if value.lower() in text]
        stated, lacking = stated + bool(named), lacking + (not values)
        assert not named or not values or named == values
    assert stated / PERIOD == pytest.approx(0.8, abs=0.05)
    assert lacking / PERIOD == pytest.approx(0.14, abs=0.04)


@pytest.mark.parametrize("profile", profile_names())
def test_the_service_knows_every_field_of_a_profile(profile: str) -> None:
    for product in products(profile):
        merge(product, "600001", ())


@pytest.mark.parametrize("profile", profile_names())
def test_most_live_products_can_be_edited_as_they_are(profile: str) -> None:
    """Under its own leaf, with the required attributes, a listing breaks only the rules the profile names."""
    made = world(profile)
    shop, taken, tried = made.shops[0], 0, 0
    for index, product in enumerate(products(profile)):
        leaf = made.trees.v2.get(product["category_chains"][-1]["id"])
        if product["status"] != "ACTIVATE" or leaf is None or not leaf.leaf or leaf.permissions != ("AVAILABLE",):
            continue
        body = {**to_edit(product), "category_version": "v2"}
        body["product_attributes"] = [
            {"id": each["id"], "values": [each["values"][0]]}
            for each in made.catalogue.attributes(leaf.id)
            if each["is_requried"]
        ]
        problems = list(listing_problems(submission(made, shop.seller, body, made.peek(shop, index))))
        tried, taken = tried + 1, taken + (not problems)
        assert "format" not in " ".join(each.message for each in problems)
    assert taken / tried > 0.75


def test_a_seller_edit_differs_from_the_live_version() -> None:
    made = world("general")
    shop = made.shops[0]
    index = next(each for each in range(PERIOD) if shop.traits.of(each).seller_edit)
    listing = made.touch(shop, index)
    assert listing.pending is not None
    assert listing.pending["title"] != listing.live["title"]
    assert {each.field for each in listing.seller_changes} == {"title", "description", "search_terms"}


def test_the_demo_profile_changes_no_option() -> None:
    assert make_options(DEMO) == SimulatorOptions()


def test_explicit_options_outrank_the_profile() -> None:
    assert make_options("mexico").regions == ("MX",)
    assert make_options("mexico", regions=("BR",)).regions == ("BR",)
    with pytest.raises(BadSetting, match="no profile is called atlantis: use one of demo, "):
        make_options("atlantis")


TEXT = """
summary = "s"
[options]
[traits]
DRAFT = 5
[oddities]
[tree]
departments = ["a"]
groups = ["b"]
kinds = ["c"]
qualifiers = ["d", "e"]
split_sizes = [2]
vanished_share = 0.1
split_share = 0.1
invite_only_share = 0.1
[wording]
title = "{adjective} {name} {index}"
adjectives = ["fine"]
description = "{name} {index}"
[wording.attributes]
"""


def test_a_profile_is_read() -> None:
    assert parse_profile("p", TEXT).tree.split_sizes == (2,)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[options]", "[options", "profile p: not valid TOML"),
        ("[oddities]", "", "profile p: oddities is missing"),
        ("[oddities]", "[oddities]\n[other]", "profile p: other is unknown"),
        ("[options]", "[options]\nspeed = 5", "profile p: options.speed is unknown"),
        ("DRAFT = 5", "LOST = 5", "profile p: traits.LOST must be one of BORN_ON_V2"),
        ("DRAFT = 5", "DRAFT = 1001", "profile p: traits add up to more than 1000"),
        ("[oddities]", "[oddities]\nodd = 1", "profile p: oddities.odd is unknown"),
        ("vanished_share = 0.1", "vanished_share = 2", "profile p: tree.vanished_share must be between 0 and 1"),
        ("split_share = 0.1", "", "profile p: tree: missing 1 required positional argument: 'split_share'"),
        ("split_sizes = [2]", "split_sizes = [3]", "profile p: tree.qualifiers must be at least as many"),
    ],
)
def test_a_bad_profile_is_named_in_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(BadProfile, match=re.escape(message)) as raised:
        parse_profile("p", TEXT.replace(old, new))
    assert "\n" not in str(raised.value)
