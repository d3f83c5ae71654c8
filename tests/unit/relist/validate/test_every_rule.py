"""Each rule has a case that breaks it and one that keeps it; each code the validator can give is among them."""

from __future__ import annotations

import json

import pytest

from shop_queue.outcome import Reason
from tests.unit.relist.validate.cases import CASES, GOOD_BODY, Case, Listing, attribute, body
from tiktok_shop.catalogue import AttributeValue, CategoryRules
from worker.relist.validate import doubts, validate
from worker.relist.validate.codes import Code
from worker.relist.validate.reasons import MOST_VALUES_SHOWN

each_rule = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code.name}: {case.rule}")


def reasons_of(listing: Listing) -> tuple[Reason, ...]:
    return validate(
        listing.whole_body,
        listing.region,
        listing.rules,
        listing.attributes,
        listing.brand,
        product=listing.product,
        brand_unknown=listing.brand_unknown,
    )


@each_rule
def test_a_listing_that_breaks_the_rule_is_stopped_with_its_code(case: Case) -> None:
    found = [reason for reason in reasons_of(case.fails) if reason.code == case.code]
    assert found
    for reason in found:
        assert reason.field
        assert reason.message[0].isupper() or not reason.message[0].isalpha()
        assert reason.message.endswith(".")


@each_rule
def test_a_listing_that_just_keeps_the_rule_is_let_through(case: Case) -> None:
    assert case.code not in {reason.code for reason in reasons_of(case.passes)}


def test_every_code_the_validator_can_give_has_a_case() -> None:
    assert {case.code for case in CASES} == set(Code)


def test_a_good_listing_has_no_reason_against_it() -> None:
    assert reasons_of(Listing()) == ()


def test_all_problems_come_at_once() -> None:
    listing = body(title="", description="", main_images=[], skus=[])
    assert {reason.code for reason in reasons_of(listing)} == {
        Code.TITLE_EMPTY,
        Code.DESCRIPTION_EMPTY,
        Code.MAIN_IMAGE_MISSING,
        Code.SKUS_EMPTY,
    }


def test_a_reason_about_an_attribute_tells_what_it_may_be() -> None:
    values = tuple(AttributeValue(str(number), f"Value {number}") for number in range(MOST_VALUES_SHOWN + 50))
    (reason,) = reasons_of(Listing(attributes=(attribute(is_required=True, values=values),)))
    assert (reason.attribute_id, reason.actor, reason.field) == ("1", "seller", "product_attributes")
    assert [value.id for value in reason.allowed_values] == [value.id for value in values[:MOST_VALUES_SHOWN]]
    assert isinstance(json.loads(json.dumps(reason.code)), str), "a code is plain text on the wire"


def test_what_nobody_can_be_sure_of_is_a_doubt_and_no_reason() -> None:
    fields = {
        "description": '<p>A jar ✨</p><img src="https://cdn.shopify.com/a.png" width="9" height="9">',
        "certifications": [{"id": "404", "images": [{"uri": "u"}]}],
        "skus": [
            {"id": "1", "sales_attributes": [
                {"id": "100", "value_id": "1", "sku_img": {"uri": "u"}, "supplementary_sku_images": [{"uri": "u"}]}]}
        ],
    }  # fmt: skip
    listing = body("GB", **fields)
    assert reasons_of(listing) == ()
    rules = CategoryRules(epr_required=True)
    told = doubts(listing.whole_body, "GB", rules)
    assert [warning.partition(":")[0] for warning in told[:4]] == [
        "description",
        "description",
        "certifications",
        "skus",
    ]
    assert "EPR" in told[4]
    assert doubts(GOOD_BODY, "US", CategoryRules()) == ()


def test_a_size_chart_the_category_leaves_out_is_told() -> None:
    with_chart = body(size_chart={"template": {"id": "1"}}).whole_body
    (doubt,) = doubts(with_chart, "US", CategoryRules())
    assert doubt.startswith("size_chart: ")
    assert doubts(with_chart, "US", CategoryRules(size_chart_supported=True)) == ()
