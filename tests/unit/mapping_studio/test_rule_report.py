"""The report shows where each attribute rule fits and how many products it helps."""

from __future__ import annotations

from mapping_studio.rule_report import RuleLine, WaitingProduct, is_useless, report_rules
from relisting.attribute_rules import parse_attribute_rules
from tests.support.catalogue_builders import attribute

MATERIAL = attribute(1, "Material", "Cotton", "Wool")
ORIGIN = attribute(2, "Country of origin", is_customizable=True)
LEAVES = {"5": (MATERIAL, ORIGIN), "6": (ORIGIN,)}
HEADER = "category,attribute,take,from,value\n"
PRODUCTS = [
    WaitingProduct("5", frozenset({"1"}), "Cotton socks"),
    WaitingProduct("5", frozenset({"1"}), "Silk socks"),
    WaitingProduct("5", frozenset({"1", "2"}), "Socks", {"Stoff": ["Wolle"]}),
    WaitingProduct("6", frozenset({"2"}), "Cotton bag"),
]


def report(row: str) -> list[RuleLine]:
    return report_rules(parse_attribute_rules(HEADER + row), LEAVES, PRODUCTS)


def test_a_title_rule_helps_the_products_whose_titles_have_a_listed_value() -> None:
    assert report("*,Material,title,\\b(cotton|silk)\\b,") == [
        RuleLine(2, "5", "Material", "", "fits", 3, 1, 0),
        RuleLine(2, "6", "Material", "", "no attribute", 0, 0, 0),
    ]


def test_a_rule_from_the_own_platform_helps_the_products_that_have_the_value() -> None:
    assert report("5,Material,own,Stoff = Wolle,Wool") == [RuleLine(2, "5", "Material", "Wool", "fits", 3, 1, 0)]


def test_an_unlisted_value_does_not_help() -> None:
    (line,) = report("5,Material,fixed,,China")
    assert (line.verdict, line.waiting, line.helped) == ("no value", 3, 0)


def test_results_that_depend_on_other_attributes_are_not_counted_as_help() -> None:
    (line,) = report("6,Country of origin,attribute,Made in,")
    assert (line.waiting, line.helped, line.unknown) == (1, 0, 1)


def test_a_rule_that_fits_no_category_is_useless() -> None:
    assert is_useless(report("*,Colour,fixed,,Red"))
    assert not is_useless(report("*,Material,fixed,,Wool"))
