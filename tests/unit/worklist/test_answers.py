"""Parsing answers into hints for a job."""

from __future__ import annotations

from typing import Any

import pytest

from model.hint import Hint
from model.job import Job
from tests.support.blocked_records import BRAND, CATEGORY, CERTIFICATE, MATERIAL, WEIGHT, blocked
from worklist.answers import BadAnswer, parse_answer
from worklist.missing_fields import Question, missing_fields_of


def question(reason: dict[str, Any], **form: Any) -> Question:
    changed = {**reason, "form": {**reason["form"], **form}} if form else reason
    return missing_fields_of(blocked("7", "1", changed))[0].question


@pytest.mark.parametrize("text", ["Cotton", " cotton ", "501"])
def test_allowed_value_is_found_by_name_or_id(text: str) -> None:
    assert parse_answer(question(MATERIAL), text) == Hint(attribute={"id": "100392", "values": [{"id": "501"}]})


def test_several_values_are_split_where_allowed() -> None:
    hint = parse_answer(question(MATERIAL, several=True), "Cotton; wool;Cotton")
    assert hint.attribute == {"id": "100392", "values": [{"id": "501"}, {"id": "502"}]}


def test_custom_value_is_accepted_where_allowed() -> None:
    assert parse_answer(question(MATERIAL, custom=True), "Hemp").attribute == {
        "id": "100392",
        "values": [{"name": "Hemp"}],
    }
    assert parse_answer(question(MATERIAL, more_values=True), "Zinc").attribute == {
        "id": "100392",
        "values": [{"name": "Zinc"}],
    }


def test_number_answers_a_number_question() -> None:
    assert parse_answer(question(WEIGHT), "0.5").attribute == {"id": "100400", "values": [{"name": "0.5"}]}


@pytest.mark.parametrize(
    ("reason", "text", "expected"),
    [
        (MATERIAL, "Hemp", "'Hemp' is not one of the allowed values"),
        (MATERIAL, "Cotton; Wool", "not one of the allowed values"),
        (WEIGHT, "heavy", "not a number"),
        (WEIGHT, "-1", "not a number"),
        (WEIGHT, "0.0", "not a number above zero"),
        (CATEGORY, "T-Shirts", "neither an allowed value"),
        (BRAND, "Acme", "neither an allowed value"),
        ({**CATEGORY, "allowed_values": []}, "T-Shirts", "not an ID, and nothing else is offered: write the ID of a"),
        (CERTIFICATE, "yes", "write done once the product is corrected"),
        (WEIGHT, "9" * 501, "the limit is 500"),
    ],
)
def test_bad_answer_lists_the_allowed_values(reason: dict[str, Any], text: str, expected: str) -> None:
    with pytest.raises(BadAnswer, match=expected):
        parse_answer(question(reason), text)


def test_category_brand_and_done_are_accepted() -> None:
    assert parse_answer(question(CATEGORY), CATEGORY["allowed_values"][0]["name"]) == Hint(category_id="853000")
    assert parse_answer(question(CATEGORY), "999001") == Hint(category_id="999001")
    assert parse_answer(question(BRAND), "7082427311584347905") == Hint(brand_id="7082427311584347905")
    assert parse_answer(question(BRAND), "Done") == Hint()
    assert parse_answer(question(CERTIFICATE), "DONE") == Hint()


def test_hint_replaces_only_the_same_attribute() -> None:
    job = Job("7", "1", attributes=({"id": "1", "values": [{"id": "a"}]}, {"id": "2", "values": [{"id": "b"}]}))
    answered = Hint(attribute={"id": "1", "values": [{"id": "c"}]}).added_to(job)
    assert {each["id"]: each["values"][0]["id"] for each in answered.attributes} == {"1": "c", "2": "b"}
