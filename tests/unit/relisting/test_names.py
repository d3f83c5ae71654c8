"""When two names count as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.names import Names, normalised, spellings
from tests.support.catalogue_builders import attribute

STRICT, WITHOUT_ACCENTS, SINGULAR = 0, 1, 2


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Material", " MATERIAL:", STRICT),
        ("Care-instructions", "care instructions", STRICT),
        ("Salt & pepper", "Salt and Pepper", STRICT),
        ("Größe", "GRÖSSE", STRICT),
        ("Ｓｉｚｅ", "size", STRICT),
        ("Café", "Cafe\u0301", STRICT),
        ("Café", "Cafe", WITHOUT_ACCENTS),
        ("Chất liệu", "Chat lieu", WITHOUT_ACCENTS),
        ("Batteries", "Battery", SINGULAR),
        ("Boxes", "box", SINGULAR),
        ("Washing Instructions", "washing instruction", SINGULAR),
    ],
)
def test_strictest_shared_spelling(one: str, other: str, level: int) -> None:
    shared = [left == right for left, right in zip(spellings(one), spellings(other), strict=True)]
    assert shared == [number >= level for number in range(3)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Glass", "Glas"),
        ("Gas", "Ga"),
        ("Battery", "Butter"),
        ("ขวด", "ขวัด"),
        ("A", "A+"),
        ("C", "C#"),
        ("1.5 L", "15 L"),
        ("1/2", "12"),
        ("3-4 years", "34 years"),
        ("1 2", "12"),
        ('5"', "5'"),
        ("-5 °C", "5 °C"),
        ("50 %", "50"),
        ("< 10", "> 10"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert not set(spellings(one)) & set(spellings(other))


@given(st.text(st.characters(categories=("L", "N", "P", "Zs"))))
def test_normalising_is_idempotent(name: str) -> None:
    assert normalised(normalised(name)) == normalised(name)


def test_ambiguous_name_finds_nothing() -> None:
    bo, boot, boots = attribute(1, "Bó"), attribute(2, "Boot"), attribute(3, "Boots")
    names = Names([bo, boot, boots])
    assert names.find("BOOTS") is boots
    assert names.find("Boot") is boot
    assert names.find("bo") is bo
    assert Names([boot, boot]).find("Boot") is None
    assert Names([boot]).find("") is None
    assert Names([attribute(4, "***")]).find("***") is None, "symbols alone are not a name"


def test_a_name_of_accents_only_has_no_letters_left() -> None:
    assert spellings("\u00af")[WITHOUT_ACCENTS:] == ("", "")
    assert spellings("Red \u0301 Jar")[SINGULAR] == spellings("red jar")[SINGULAR]
