"""Answers for weight, dimensions, size chart and certificates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from model.hint import Hint
from model.job import Job
from tests.support.blocked_records import CERTIFICATE, blocked
from worklist.answers import BadAnswer, parse_answer
from worklist.field_answers import FieldKind, field_answer
from worklist.missing_fields import Question, missing_fields_of
from worklist.sheet import allowed_text

URI = "tos-maliva-i-o3syd03w52-us/1a2b3c4d"
LAST_DAY = int(datetime(2027, 12, 31, tzinfo=UTC).timestamp())
CE = {**CERTIFICATE, "allowed_values": [{"id": "7", "name": "CE"}]}


def question(field: str, **reason: Any) -> Question:
    given = {"code": "12052105", "message": "It is required.", "actor": "seller", "field": field, **reason}
    return missing_fields_of(blocked("7", "1", given))[0].question


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("weight", "1.2 kg", {"value": "1.2", "unit": "KILOGRAM"}),
        ("weight", "0,35KG", {"value": "0.35", "unit": "KILOGRAM"}),
        ("weight", " 350 g ", {"value": "350", "unit": "GRAM"}),
        ("weight", "1,250 kg", {"value": "1.250", "unit": "KILOGRAM"}),
        ("weight", "2 lbs", {"value": "2", "unit": "POUND"}),
        ("dimensions", "30 x 20 x 10 cm", {"length": "30", "width": "20", "height": "10", "unit": "CENTIMETER"}),
        ("dimensions", "30,5×20*10in", {"length": "30.5", "width": "20", "height": "10", "unit": "INCH"}),
        ("size_chart", URI, {"image": {"uri": URI}}),
        ("size_chart", "7412345678", {"template": {"id": "7412345678"}}),
        ("certificate", URI, {"images": [{"uri": URI}]}),
        ("certificate", "2027-12-31", {"expiration_date": LAST_DAY}),
        ("certificate", f"{URI}; 2027-12-31", {"images": [{"uri": URI}], "expiration_date": LAST_DAY}),
    ],
)
def test_answer_becomes_the_field_of_the_edit(kind: FieldKind, text: str, value: dict[str, Any]) -> None:
    assert field_answer(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("weight", "1.2", "write a number and kg, g or lb"),
        ("weight", "0 kg", "zero"),
        ("weight", "heavy", "not a weight"),
        ("weight", "1.2 stone", "not a weight"),
        ("weight", "1,200 g", "write 1200 for 1,200"),
        ("dimensions", "1.200 x 20 x 10 cm", "may mean thousands"),
        ("dimensions", "30 x 20 cm", "length x width x height"),
        ("dimensions", "30 x 20 x 0 cm", "zero"),
        ("dimensions", "30 x 20 x 10", "length x width x height"),
        ("size_chart", "https://shop.example/chart.png", "upload the image"),
        ("size_chart", "the usual one", "not the URI"),
        ("certificate", "31/12/2027", "not a date like 2027-12-31"),
        ("certificate", "2027-02-30", "not a calendar date"),
        ("certificate", "9999-12-31", "too far"),
        ("certificate", " ; ", "empty"),
        ("certificate", "=HYPERLINK(1)", "not the URI"),
    ],
)
def test_other_answers_are_refused_with_the_expected_form(kind: FieldKind, text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        field_answer(kind, text)


def test_questions_ask_for_a_value_and_still_take_done() -> None:
    asked = question("package_dimensions.length")
    assert (asked.kind, asked.name) == ("dimensions", "package dimensions")
    assert allowed_text(asked, 200) == "done | length x width x height such as 30 x 20 x 10 cm, or in"
    assert parse_answer(asked, "done") == Hint()
    with pytest.raises(BadAnswer, match="or write done"):
        parse_answer(asked, "big")
    assert question("skus[0].sku_weight").kind == "correct", "a sheet row has no variants"


def test_a_certificate_is_asked_for_by_its_name_and_answered_by_its_id() -> None:
    asked = question("certifications", allowed_values=CE["allowed_values"])
    assert (asked.kind, asked.name) == ("certificate", "CE")
    job = parse_answer(asked, URI).added_to(Job("7", "1"))
    job = parse_answer(asked, "2027-12-31").added_to(job)
    assert job.fields == {"certifications/7": {"images": [{"uri": URI}], "expiration_date": LAST_DAY}}
    assert question("certifications").kind == "correct", "without an ID the answer has no certificate"
    two = missing_fields_of(blocked("7", "1", CE, {**CE, "allowed_values": [{"id": "8", "name": "FDA"}]}))
    assert [each.question.name for each in two] == ["CE", "FDA"]
