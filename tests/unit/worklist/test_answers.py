"""What is taken as an answer, and what it says to the job."""

from __future__ import annotations

from typing import Any

import pytest

from model.job import Job
from tests.support.blocked_records import BRAND, CATEGORY, CERTIFICATE, MATERIAL, WEIGHT, blocked
from worklist.answers import BadAnswer, Hint, parse_answer
from worklist.missing_fields import Question, missing_fields_of


def question(reason: dict[str, Any], **form: Any) -> Question:
    changed = {**reason, "form": {**reason["form"], **form}} if form else reason
    return missing_fields_of(blocked("7", "1", changed))[0].question


@pytest.mark.parametrize("text", ["Cotton", " cotton ", "501"])
def test_a_value_of_the_list_by_name_or_id(text: str) -> None:
    assert parse_answer(question(MATERIAL), text) == Hint(attribute={"id": "100392", "values": [{"id": "501"}]})


def test_several_values_where_several_are_taken() -> None:
    hint = parse_answer(question(MATERIAL, several=True), "Cotton; wool;Cotton")
    assert hint.attribute == {"id": "100392", "values": [{"id": "501"}, {"id": "502"}]}


def test_another_value_where_others_are_taken() -> None:
    assert parse_answer(question(MATERIAL, custom=True), "Hemp").attribute == {
        "id": "100392",
        "values": [{"name": "Hemp"}],
    }
    assert parse_answer(question(MATERIAL, more_values=True), "Zinc").attribute == {
        "id": "100392",
        "values": [{"name": "Zinc"}],
    }


def test_a_number_where_a_number_is_asked() -> None:
    assert parse_answer(question(WEIGHT), "0.5").attribute == {"id": "100400", "values": [{"name": "0.5"}]}


@pytest.mark.parametrize(
    ("reason", "text", "said"),
    [
        (MATERIAL, "Hemp", "'Hemp' is not one of the allowed values"),
        (MATERIAL, "Cotton; Wool", "not one of the allowed values"),
        (WEIGHT, "heavy", "not a number"),
        (WEIGHT, "-1", "not a number"),
        (WEIGHT, "0.0", "not a number above zero"),
        (CATEGORY, "T-Shirts", "neither one of the allowed values"),
        (BRAND, "Acme", "neither one of the allowed values"),
        (CERTIFICATE, "yes", "write done when it is corrected"),
        (WEIGHT, "9" * 501, "at most 500"),
    ],
)
def test_what_does_not_answer_is_refused_with_what_would(reason: dict[str, Any], text: str, said: str) -> None:
    with pytest.raises(BadAnswer, match=said):
        parse_answer(question(reason), text)


def test_category_brand_and_done() -> None:
    assert parse_answer(question(CATEGORY), CATEGORY["allowed_values"][0]["name"]) == Hint(category_id="853000")
    assert parse_answer(question(CATEGORY), "999001") == Hint(category_id="999001")
    assert parse_answer(question(BRAND), "7082427311584347905") == Hint(brand_id="7082427311584347905")
    assert parse_answer(question(BRAND), "Done") == Hint()
    assert parse_answer(question(CERTIFICATE), "DONE") == Hint()


def test_an_answer_replaces_the_earlier_one_and_leaves_the_others() -> None:
    job = Job("7", "1", attributes=({"id": "1", "values": [{"id": "a"}]}, {"id": "2", "values": [{"id": "b"}]}))
    answered = Hint(attribute={"id": "1", "values": [{"id": "c"}]}).added_to(job)
    assert {each["id"]: each["values"][0]["id"] for each in answered.attributes} == {"1": "c", "2": "b"}
