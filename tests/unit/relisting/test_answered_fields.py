"""Answered fields in the body of an edit."""

from __future__ import annotations

from typing import Any

import pytest

from model.answered_fields import are_answered_fields, merged_fields
from model.job import Job
from relisting.answered_fields import decided_names, with_answered_fields

WEIGHT = {"value": "1.2", "unit": "KILOGRAM"}
BODY: dict[str, Any] = {
    "title": "A jar",
    "package_weight": {"value": "0", "unit": "KILOGRAM"},
    "certifications": [{"id": "7", "files": [{"id": "f", "format": "PDF"}]}, {"id": "9", "images": [{"uri": "u"}]}],
}


def test_answers_replace_their_field_and_nothing_else() -> None:
    fields = {"package_weight": WEIGHT, "size_chart": {"template": {"id": "5"}}}
    assert with_answered_fields(BODY, fields) == {**BODY, **fields}
    assert with_answered_fields(BODY, {}) == BODY
    assert BODY["package_weight"]["value"] == "0", "the body given stays as it is"


def test_a_certificate_keeps_what_the_answer_does_not_name() -> None:
    changed = with_answered_fields(
        BODY, {"certifications/7": {"expiration_date": 1}, "certifications/8": {"images": []}}
    )
    assert changed["certifications"] == [
        {"id": "9", "images": [{"uri": "u"}]},
        {"id": "7", "files": [{"id": "f", "format": "PDF"}], "expiration_date": 1},
        {"id": "8", "images": []},
    ]
    assert decided_names({"certifications/7": {}, "package_weight": {}}) == {"certifications", "package_weight"}


def test_answers_survive_storage_and_merge_with_newer_ones() -> None:
    job = Job("7", "1", fields={"package_weight": WEIGHT, "certifications/7": {"images": [{"uri": "u"}]}})
    assert Job.load("7", "1", job.dump()) == job
    newer = Job("7", "1", fields={"package_weight": {"value": "2", "unit": "POUND"}, "certifications/7": {"x": 1}})
    assert job.merged_with(newer).fields == {
        "package_weight": {"value": "2", "unit": "POUND"},
        "certifications/7": {"images": [{"uri": "u"}], "x": 1},
    }
    assert merged_fields(None, None) is None
    assert job.has_hints


@pytest.mark.parametrize("fields", [{"title": {}}, {"package_weight": "1 kg"}, {"certifications/": {}}])
def test_other_fields_are_refused(fields: dict[str, Any]) -> None:
    assert not are_answered_fields(fields)
    with pytest.raises(ValueError, match="fields"):
        Job.load("7", "1", Job("7", "1", fields=fields).dump())
