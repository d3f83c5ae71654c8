"""Each rule has a case that breaks it and one that passes; every code has a case."""

from __future__ import annotations

import re

import pytest

from relisting.validate.codes import Code
from tests.support.edit_product import EDIT
from tests.support.finer_validation_cases import FINER
from tests.support.validation_cases import CASES, Case, Listing, body, reasons_of

EVERY = (*CASES, *FINER)
FIELDS = {".".join(path.split(".")[: depth + 1]) for path in EDIT for depth in range(path.count(".") + 1)}
"""The fields of an edit, and the objects that contain them."""
each_rule = pytest.mark.parametrize("case", EVERY, ids=[f"{case.code.name}: {case.rule}" for case in EVERY])


@each_rule
def test_broken_rule_gives_its_code(case: Case) -> None:
    found = [reason for reason in reasons_of(case.fails) if reason.code == case.code]
    assert found
    for reason in found:
        field = re.sub(r"\[\d+\]", "", reason.field or "")
        # Replicas are not a field of the edit; they would have to be edited with it.
        assert field in FIELDS | {"replicated_products"}, "the seller looks for the named field"
        assert reason.message[0].isupper() or not reason.message[0].isalpha()
        assert reason.message.endswith(".")


@each_rule
def test_boundary_value_passes(case: Case) -> None:
    assert case.code not in {reason.code for reason in reasons_of(case.passes)}


def test_every_code_has_a_case() -> None:
    assert {case.code for case in CASES} == set(Code)


def test_good_listing_has_no_reasons() -> None:
    assert reasons_of(Listing()) == ()


def test_all_problems_are_reported_together() -> None:
    listing = body(title="", description="", main_images=[], skus=[])
    assert {reason.code for reason in reasons_of(listing)} == {
        Code.TITLE_EMPTY,
        Code.DESCRIPTION_EMPTY,
        Code.MAIN_IMAGE_MISSING,
        Code.SKUS_EMPTY,
    }
