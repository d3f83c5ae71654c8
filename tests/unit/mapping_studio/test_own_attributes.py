"""Attributes and values of the seller's own platform get suggestions that form a valid rules file."""

from __future__ import annotations

import csv
import io

import pytest

from mapping_studio.own_attributes import (
    RULE_COLUMNS,
    OwnAttribute,
    parse_own_attributes,
    rule_rows,
    suggest_all,
    suggest_values,
)
from proposals.leaf_index import leaf_index
from relisting.attribute_rules import parse_attribute_rules
from relisting.table_file import BadFile
from tests.support.proposed import attribute

COLOUR = attribute("Color", ["Red", "Black", "Gold", "Navy Blue"], "1")
MATERIAL = attribute("Material", ["Cotton", "Leather", "Gold", "Faux Leather"], "2")
VOLUME = attribute("Volume", ["0.5 L", "1 L"], "3")
ALL = (COLOUR, MATERIAL, VOLUME)


@pytest.mark.parametrize(
    ("name", "value", "region", "expected"),
    [
        ("Colour", "navy-blue", "US", ("Color", "Navy Blue")),
        ("Fabric", "100 % cotton", "US", ("Material", "Cotton")),
        ("Farbe", "Schwarz", "DE", ("Color", "Black")),
        ("Bahan", "katun", "ID", ("Material", "Cotton")),
        ("Volume", "500 ml", "US", ("Volume", "0.5 L")),
        ("Color", "gold", "US", ("Color", "Gold")),
    ],
)
def test_a_clear_counterpart_is_decided(name: str, value: str, region: str, expected: tuple[str, str]) -> None:
    languages = {"DE": ("de",), "ID": ("id",)}.get(region, ())
    suggested = suggest_values(OwnAttribute(2, name, value), leaf_index(ALL, languages))
    first = suggested.suggestions[0]
    assert (suggested.is_decided, (first.attribute, first.value)) == (True, expected)


def test_own_values_may_be_in_another_language_than_the_market() -> None:
    glass = attribute("Material", ["Glass", "Steel", "Cotton"], "4")
    own = [OwnAttribute(2, "Werkstoff", "Glas"), OwnAttribute(3, "Farbe", "rot"), OwnAttribute(4, "Farbe", "schwarz")]
    found = suggest_all(own, [glass, COLOUR], "US")
    assert [each.suggestions[0].value for each in found] == ["Glass", "Red", "Black"]
    assert all(each.is_decided for each in found)


def test_a_value_under_an_unknown_name_is_an_alternative() -> None:
    suggested = suggest_values(OwnAttribute(2, "Stuff", "cotton"), leaf_index(ALL))
    assert not suggested.is_decided
    assert [(each.attribute, each.value) for each in suggested.suggestions] == [("Material", "Cotton")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Finish", "gold"),
        ("Material", "not leather"),
        ("Material", "linen"),
        ("Note", "thing"),
    ],
)
def test_an_unclear_one_is_left_to_a_person(name: str, value: str) -> None:
    assert not suggest_values(OwnAttribute(2, name, value), leaf_index(ALL)).is_decided


def test_the_rows_are_a_rules_file_and_alternatives_are_comments() -> None:
    index = leaf_index(ALL)
    own = parse_own_attributes("own attribute,own value\nColor,red\nFinish,gold\nNote,thing\nColor,red\n")
    assert len(own) == 3, "a repeated pair is one"
    rows = rule_rows("61", [suggest_values(each, index) for each in own])
    text = io.StringIO()
    csv.writer(text).writerows([RULE_COLUMNS, *rows])
    (rule,) = parse_attribute_rules(text.getvalue()).rules
    assert (rule.attribute, rule.take, rule.source, rule.value) == ("Color", "own", "Color = red", "Red")
    alternatives = [(row[1], row[4]) for row in rows if row[0] == "# 61" and row[3] == "Finish = gold"]
    assert set(alternatives) == {("Color", "Gold"), ("Material", "Gold")}
    assert ["# 61", "", "own", "Note = thing", ""] in rows


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("own attribute,own value\nColor,\n", "row 2: the own attribute or the own value is empty"),
        ("own attribute,own value\nA=B,red\n", "row 2: an attribute name with '=' cannot be used"),
        ("own attribute,own value\n", "no attributes"),
        ("color,value\n", "the column `own attribute` is missing"),
    ],
)
def test_bad_rows_are_named(text: str, problem: str) -> None:
    with pytest.raises(BadFile, match=problem):
        parse_own_attributes(text)
