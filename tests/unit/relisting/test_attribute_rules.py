"""An operator's attribute rules: filling gaps, file errors, and patterns that cannot hang a worker."""

from __future__ import annotations

import pytest

from relisting.attribute_rules import check_attribute_rules, parse_attribute_rules
from relisting.attributes import MappedAttributes, map_attributes
from relisting.patterns import LONGEST_TEXT, UnsafePattern, compile_pattern, search
from relisting.table_file import BadFile
from tests.support.catalogue_builders import attribute, having
from tiktok_shop.catalogue import RequirementCondition as Condition

MATERIAL = attribute(1, "Material", "Cotton", "Wool")
ORIGIN = attribute(2, "Country of origin", is_customizable=True)
PACK = attribute(3, "Quantity per pack", is_customizable=True, value_format="POSITIVE_INT_OR_DECIMAL")
BATTERY = attribute(4, "Battery", "Yes", "No")
CELLS = attribute(5, "Cells", is_customizable=True, conditions=(Condition("4", "41"),))
ALL = (MATERIAL, ORIGIN, PACK, BATTERY, CELLS)
HEADER = "category,attribute,take,from,value\n"


def mapped(
    rows: str, *own: tuple[str, str, list[dict[str, str]]], title: str = "", leaf: str = "853000"
) -> MappedAttributes:
    product = having(*own, title=title)
    return map_attributes(product, ALL, default=parse_attribute_rules(HEADER + rows).default_for(product, leaf))


def filled(attributes: MappedAttributes) -> dict[str, str]:
    return {each["id"]: each["values"][0]["name"] for each in attributes.product_attributes}


def test_fixed_value_fills_a_gap_with_evidence() -> None:
    found = mapped("*,country of origin,fixed,,China\n")
    assert filled(found) == {"2": "China"}
    use = {"attribute_id": "2", "attribute": "Country of origin", "value": "China"}
    assert found.evidence == ({**use, "rule": "fixed", "row": 2, "found": "China"},)


def test_existing_values_are_never_overwritten() -> None:
    found = mapped("*,2,fixed,,China\n", ("2", "Country of origin", [{"name": "Vietnam"}]))
    assert (filled(found), found.evidence) == ({"2": "Vietnam"}, ())


def test_value_from_title_uses_the_listed_spelling() -> None:
    rows = "*,Material,title,\\b(cotton|wool)\\b,\n*,Quantity per pack,title,set of (\\d+),\n"
    assert filled(mapped(rows, title="Fine COTTON socks, set of 6")) == {"1": "Cotton", "3": "6"}
    assert filled(mapped(rows, title="Fine silk socks")) == {}


def test_title_match_can_give_another_value() -> None:
    assert filled(mapped("*,Material,title,merino|cashmere,Wool\n", title="Merino socks")) == {"1": "Wool"}


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("*,Material,own,Stoff = Baumwolle,Cotton", "Cotton"),
        ("*,Material,own,stoff = WOLLE,Wool", None),
        ("*,Country of origin,own,Herkunft,", "Italien"),
        ("*,Country of origin,own,Farbe,", None),
    ],
)
def test_value_from_an_attribute_of_the_own_platform(row: str, value: str | None) -> None:
    own = {"Stoff": ["Leinen", "Baumwolle"], "Herkunft": ["Italien"]}
    default = parse_attribute_rules(HEADER + row).default_for({}, "853000", own)
    found = filled(map_attributes({}, ALL, default=default))
    assert list(found.values()) == ([value] if value else [])


def test_value_from_another_attribute() -> None:
    own = ("900", "Made in", [{"id": "1", "name": "Italy"}])
    found = mapped("*,Country of origin,attribute,made in,\n", own)
    assert filled(found) == {"2": "Italy"}
    assert found.evidence[0]["found"] == "Italy"


def test_category_rows_first_then_first_match() -> None:
    rows = "*,2,fixed,,China\n*,2,fixed,,Japan\n853000,2,title,made in (italy),Italy\n853000,2,fixed,,France\n"
    assert filled(mapped(rows, title="Made in Italy")) == {"2": "Italy"}
    assert filled(mapped(rows)) == {"2": "France"}
    assert filled(mapped(rows, leaf="1")) == {"2": "China"}


def test_unlisted_default_is_reported_and_left_out() -> None:
    found = mapped("*,Material,fixed,,Silk\n")
    assert filled(found) == {}
    assert found.warnings == ("Material: the rules give 'Silk', which is not one of its values",)


def test_conditional_attribute_waits_for_its_condition() -> None:
    cells = "*,Cells,fixed,,4\n"
    assert filled(mapped(cells)) == {}
    assert filled(mapped(cells + "*,Battery,fixed,,Yes\n")) == {"4": "Yes", "5": "4"}
    kept = mapped("*,Battery,fixed,,Yes\n", ("5", "Cells", [{"name": "2"}]))
    assert (filled(kept), kept.warnings) == ({"4": "Yes", "5": "2"}, ()), "the product's own value is kept"


def test_every_bad_row_is_reported_by_number() -> None:
    rows = [
        ",Material,fixed,,Wool", "*,,fixed,,Wool", "*,Material,fixed,,", "*,Material,fixed,x,Wool",
        "*,Material,guess,,", "*,Material,title,,", "*,Material,title,(a+)+,", "*,Material,title,(((,",
        "*,Material,attribute,,", "*,1,fixed,,Wool",
    ]  # fmt: skip
    with pytest.raises(BadFile) as bad:
        parse_attribute_rules(HEADER + "\n".join(rows))
    problems = [(problem.row, problem.problem) for problem in bad.value.problems]
    assert [row for row, _ in problems] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    for (_, problem), word in zip(
        problems,
        ("category", "attribute", "value", "`from`", "guess", "pattern", "inside", "regular", "`from`"),
        strict=True,
    ):
        assert word in problem


def test_check_reports_unknown_attributes_and_values() -> None:
    rules = parse_attribute_rules(
        HEADER + "1,Material,fixed,,Wool\n1,Material,fixed,,Silk\n1,Sleeve,fixed,,Long\n*,Sleeve,fixed,,Long\n"
    )
    assert [str(problem) for problem in check_attribute_rules(rules, {"1": ALL})] == [
        "row 3: 'Silk' is not one of the values of Material",
        "row 4: category 1 has no attribute Sleeve",
    ]


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(a?){50}b", "a*a*a*b", r"(a)\1", "(?=a)b", "(?<!a)b", "(?>a+)b", "a++", "(", "", "a" * 301,
     "a{1,99999999999}", "(?P<x>a)(?P=x)", "(a?b?)*", "((ab?)+c)*"],
)  # fmt: skip
def test_unsafe_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UnsafePattern):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", [r".*.*!", r"\w+\s*!", r"(?:\d+(?:\.\d+)?)!", r"a{0,300}a{0,300}!"])
def test_worst_accepted_pattern_terminates(pattern: str) -> None:
    for title in ("a" * 100_000, "1" * 100_000, "a " * 50_000):
        assert search(compile_pattern(pattern), title) is None


def test_text_is_cut_to_title_length() -> None:
    pattern = compile_pattern("end")
    assert search(pattern, "x" * (LONGEST_TEXT - 3) + "end") == "end"
    assert search(pattern, "x" * (LONGEST_TEXT - 2) + "end") is None


def test_unmatched_group_gives_the_whole_match() -> None:
    assert search(compile_pattern("jar|pot (large)"), "A JAR") == "JAR"
