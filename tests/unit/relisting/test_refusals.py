"""Undocumented refusals are learned by feature."""

from __future__ import annotations

import pytest

from relisting.refusals import MAX_TRIES, RefusalCount, blamed, learned, refusal_reasons
from relisting.validate.features import Feature, features
from tiktok_shop.catalogue import CategoryRules

EMOJI = Feature("description_emoji", "description", "The description contains emoji.")


def count(refused: int, accepted: int = 0, code: str = "1", feature: str = "description_emoji") -> RefusalCount:
    return RefusalCount(feature, code, "not allowed", refused, accepted)


@pytest.mark.parametrize(
    ("refused", "accepted", "is_learned"),
    [
        (MAX_TRIES - 1, 0, False),
        (MAX_TRIES, 0, True),
        (MAX_TRIES, 1, False),
        (MAX_TRIES * 11, 1, True),
        (100, 10, False),
    ],
)
def test_acceptances_outweigh_refusals(refused: int, accepted: int, is_learned: bool) -> None:
    assert bool(learned([count(refused, accepted)])) == is_learned


def test_most_frequent_code_explains_a_feature() -> None:
    found = learned([count(9, code="7"), count(3, code="8"), count(2, code="9", feature="zero_dimensions")])
    assert {feature: each.code for feature, each in found.items()} == {"description_emoji": "7"}


def test_error_field_rules_features_out() -> None:
    fields = {"description_emoji": "description", "weight_with_comma": "package_weight"}
    assert blamed(fields, "description") == ["description_emoji"]
    assert blamed(fields, "skus[0].price") == []
    assert blamed(fields, None) == ["description_emoji", "weight_with_comma"]


def test_reason_is_one_sentence_for_the_seller_per_feature() -> None:
    (reason,) = refusal_reasons([EMOJI, EMOJI], {"description_emoji": count(4, code="12052999")})
    assert (reason.code, reason.actor, reason.field) == ("12052999", "seller", "description")
    assert reason.message == (
        "The description contains emoji. The platform refused 4 other products with this (not allowed)."
        " Correct it in Seller Center, then answer done."
    )
    assert refusal_reasons([EMOJI], {}) == ()


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"description": "<p>A jar</p>"}, set()),
        ({"description": "<p>A jar ✨</p>"}, {"description_emoji"}),
        ({"description": "<table><tr></tr></table>"}, {"description_tag_table", "description_tag_tr"}),
        ({"package_weight": {"value": "1,32", "unit": "KILOGRAM"}}, {"weight_with_comma"}),
        ({"package_weight": {"value": "500", "unit": "GRAM"}}, {"weight_in_grams"}),
        ({"package_dimensions": {"length": "0", "width": "1", "height": "2"}}, {"zero_dimensions"}),
        ({"package_dimensions": {"length": "3", "width": "1,5", "height": "2"}}, {"dimension_with_comma"}),
        ({"certifications": [{"id": "404"}]}, {"certificate_not_of_category"}),
        ({"size_chart": {"template": {"id": "1"}}}, {"size_chart_not_supported"}),
    ],
)
def test_features_of_a_body(body: dict[str, object], ids: set[str]) -> None:
    assert {feature.id for feature in features(body, "US", CategoryRules())} == ids
