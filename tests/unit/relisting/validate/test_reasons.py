"""The actor, field and answer form of reasons."""

from __future__ import annotations

import json

import pytest

from model.outcome import AnswerForm
from relisting.validate.codes import Code
from relisting.validate.reasons import MAX_VALUES_SHOWN, answer_form
from tests.support.validation_cases import (
    CELLS,
    COTTON,
    CUSTOM,
    LISTED,
    NUMERIC,
    VOLUME,
    Listing,
    attribute,
    battery,
    body,
    measured,
    reasons_of,
    skus,
    values,
)
from tiktok_shop.catalogue import Attribute, AttributeValue, CategoryRules

MANY = tuple(AttributeValue(str(number), f"Value {number}") for number in range(MAX_VALUES_SHOWN + 50))
MEASURED_NUMBER = attribute(value_format="POSITIVE_INT_OR_DECIMAL", metric_standards=VOLUME.metric_standards)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        (LISTED, AnswerForm("Material")),
        (CUSTOM, AnswerForm("Material", custom=True)),
        (VOLUME, AnswerForm("Material", custom=True)),  # typed with its unit, which is not listed
        (NUMERIC, AnswerForm("Material", custom=True, number=True)),
        (MEASURED_NUMBER, AnswerForm("Material", custom=True)),  # `500 ml` is not a bare number
        (attribute(is_multiple_selection=True), AnswerForm("Material", several=True)),
        (attribute(values=MANY[:MAX_VALUES_SHOWN]), AnswerForm("Material")),
        (attribute(values=MANY[: MAX_VALUES_SHOWN + 1]), AnswerForm("Material", more_values=True)),
    ],
)
def test_answer_form(given: Attribute, form: AnswerForm) -> None:
    assert answer_form(given) == form


def test_attribute_reason_lists_allowed_values() -> None:
    (reason,) = reasons_of(Listing(attributes=(attribute(is_required=True, values=MANY),)))
    assert (reason.attribute_id, reason.actor, reason.field) == ("1", "seller", "product_attributes")
    assert [value.id for value in reason.allowed_values] == [value.id for value in MANY[:MAX_VALUES_SHOWN]]
    assert [value.name for value in reason.allowed_values[:2]] == ["Value 0", "Value 1"]
    assert reason.form == AnswerForm("Material", more_values=True)
    assert isinstance(json.loads(json.dumps(reason.code)), str), "a code is plain text on the wire"


ABOUT_ONE: tuple[tuple[str, Listing], ...] = (
    ("1", values(attribute(is_required=True, values=(COTTON,)))),
    ("3", battery("21")),
    ("3", battery("22", {"name": "4"})),
    ("1", values(LISTED, {"id": "11"}, {"id": "12"})),
    ("1", values(attribute(values=(COTTON,), is_multiple_selection=True), {"id": "11"}, {"id": "11"})),
    ("1", values(attribute(is_customizable=True, is_multiple_selection=True), {"name": "a"}, {"name": "a"})),
    ("1", values(LISTED, {"id": "99"})),
    ("1", measured("5001")),
    ("1", values(CUSTOM, {"name": " "})),
    ("1", values(LISTED, {"name": "Silk"})),
    ("1", values(NUMERIC, {"name": "four"})),
    ("1", values(CUSTOM, {"name": "ab" * 1001})),
    ("1", values(CUSTOM, {"name": "玻璃"})),
    ("1", values(CUSTOM, {"name": "Silk 🔥"})),
)


@pytest.mark.parametrize(("attribute_id", "listing"), ABOUT_ONE, ids=[str(n) for n in range(len(ABOUT_ONE))])
def test_attribute_reason_names_its_attribute(attribute_id: str, listing: Listing) -> None:
    (reason,) = reasons_of(listing)
    assert reason.attribute_id == attribute_id
    assert reason.form is not None
    assert reason.form.name == ("Cells" if attribute_id == CELLS.id else "Material")
    assert reason.actor == "seller"


def test_unknown_attribute_is_for_the_operator() -> None:
    (reason,) = reasons_of(Listing({"product_attributes": [{"id": "404", "values": [{"id": "1"}]}]}))
    assert (reason.code, reason.actor, reason.attribute_id) == (Code.ATTRIBUTE_NOT_OF_CATEGORY, "operator", None)
    assert "404" in reason.message


FLAT_PACKAGE = {"length": "0", "width": "1", "height": "1", "unit": "CENTIMETER"}


@pytest.mark.parametrize(
    ("listing", "field"),
    [
        (skus({}, {"seller_sku": "a b", "sales_attributes": [{"name": "a"}]}), "skus[1].seller_sku"),
        (skus({}, {"identifier_code": {"code": "1"}}), "skus[1].identifier_code"),
        (skus({}, {"list_price": {"amount": "x"}}), "skus[1].list_price"),
        (skus({}, {"external_sku_id": "1" * 1000}), "skus[1].external_sku_id"),
        (skus({}, {"sales_attributes": [{"name": "*", "value_name": "a"}]}), "skus[1].sales_attributes"),
        (skus({}, {"sku_weight": {"value": "x", "unit": "KILOGRAM"}}), "skus[1].sku_weight"),
        (skus({}, {"sku_dimensions": FLAT_PACKAGE}), "skus[1].sku_dimensions.length"),
        (skus({}, {"pre_sale": {"type": "PRE_ORDER"}}), "skus[1].pre_sale"),
        (body(package_dimensions=FLAT_PACKAGE), "package_dimensions.length"),
        (body(package_weight={"value": "x", "unit": "KILOGRAM"}), "package_weight"),
        (
            Listing(
                {"skus": [{"id": "1", "fees": [{"type": "P"}]}, {"id": "2"}]}, rules=CategoryRules(required_fees=("P",))
            ),
            "skus[1].fees",
        ),
        (Listing(product={"main_images": [{"width": 600}, {"width": 1}]}), "main_images[1]"),
        (Listing(product={"main_images": [{"width": 600}, {"width": 5000}]}), "main_images[1]"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_reason_names_variant_side_or_image(listing: Listing, field: str) -> None:
    assert field in {reason.field for reason in reasons_of(listing)}


@pytest.mark.parametrize(
    ("listing", "parts"),
    [
        (body(title="ab" * 128), ("256", "255")),
        (body("VN", title="ab" * 12), ("24", "25")),
        (body(description="a" * 10_001), ("10,001",)),
        (Listing(product={"main_images": [{"width": 600}, {"width": 1}]}), ("image 2",)),
        (Listing(product={"main_images": [{"width": 600}, {"width": 5000}]}), ("image 2",)),
        (skus(*[{}] * 301), ("301", "300")),
        (values(NUMERIC, {"name": "four"}), ("Material", "'four'")),
        (values(LISTED, {"id": "99"}), ("99", "Material")),
        (values(LISTED, {"id": "99", "name": "Silk"}), ("Silk", "Material")),
        (body(package_weight={"value": "1.2345", "unit": "KILOGRAM"}), ("1.2345", "3 decimals", "KILOGRAM")),
        (body(package_weight={"value": "x", "unit": "POUND"}), ("2 decimals in POUND",)),
        (body(package_weight={"value": "1", "unit": ""}), ("no unit",)),
        (body(package_weight={"value": "1", "unit": "STONE"}), ("in STONE",)),
        (body(package_dimensions={**FLAT_PACKAGE, "unit": ""}), ("no unit",)),
        (body(package_dimensions={**FLAT_PACKAGE, "unit": "FOOT"}), ("in FOOT",)),
        (skus({"identifier_code": {"type": "EAN", "code": "123"}}), ("123", "8 or 13 or 14")),
    ],
    ids=str,
)
def test_message_has_actual_and_allowed_value(listing: Listing, parts: tuple[str, ...]) -> None:
    messages = " ".join(reason.message for reason in reasons_of(listing))
    assert [each for each in parts if each not in messages] == []
