"""An operator's defaults: what fills a gap, what is wrong with a file, and that no pattern can hang a worker."""

from __future__ import annotations

import pytest

from relisting.attribute_rules import check_attribute_rules, parse_attribute_rules
from relisting.attributes import Carried, carry_attributes
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


def carried(rows: str, *own: tuple[str, str, list[dict[str, str]]], title: str = "", leaf: str = "853000") -> Carried:
    product = having(*own, title=title)
    return carry_attributes(product, ALL, default=parse_attribute_rules(HEADER + rows).default_for(product, leaf))


def filled(of: Carried) -> dict[str, str]:
    return {each["id"]: each["values"][0]["name"] for each in of.product_attributes}


def test_a_fixed_value_fills_a_gap_and_its_use_is_evidence() -> None:
    found = carried("*,country of origin,fixed,,China\n")
    assert filled(found) == {"2": "China"}
    assert found.evidence == ({"attribute_id": "2", "value": "China", "rule": "fixed", "row": 2, "found": "China"},)


def test_what_the_product_has_is_never_overwritten() -> None:
    found = carried("*,2,fixed,,China\n", ("2", "Country of origin", [{"name": "Vietnam"}]))
    assert (filled(found), found.evidence) == ({"2": "Vietnam"}, ())


def test_a_value_is_taken_from_the_title_in_the_attributes_own_spelling() -> None:
    rows = "*,Material,title,\\b(cotton|wool)\\b,\n*,Quantity per pack,title,set of (\\d+),\n"
    assert filled(carried(rows, title="Fine COTTON socks, set of 6")) == {"1": "Cotton", "3": "6"}
    assert filled(carried(rows, title="Fine silk socks")) == {}


def test_a_title_that_matches_can_stand_for_another_value() -> None:
    assert filled(carried("*,Material,title,merino|cashmere,Wool\n", title="Merino socks")) == {"1": "Wool"}


def test_a_value_is_taken_from_another_attribute_as_the_product_has_it() -> None:
    own = ("900", "Made in", [{"id": "1", "name": "Italy"}])
    found = carried("*,Country of origin,attribute,made in,\n", own)
    assert filled(found) == {"2": "Italy"}
    assert found.evidence[0]["found"] == "Italy"


def test_a_categorys_own_rows_come_first_and_the_first_that_finds_something_decides() -> None:
    rows = "*,2,fixed,,China\n*,2,fixed,,Japan\n853000,2,title,made in (italy),Italy\n853000,2,fixed,,France\n"
    assert filled(carried(rows, title="Made in Italy")) == {"2": "Italy"}
    assert filled(carried(rows)) == {"2": "France"}
    assert filled(carried(rows, leaf="1")) == {"2": "China"}


def test_a_value_the_attribute_does_not_take_is_told_and_left_out() -> None:
    found = carried("*,Material,fixed,,Silk\n")
    assert filled(found) == {}
    assert found.warnings == ("Material: the rules give 'Silk', which is not one of its values",)


def test_a_conditional_attribute_is_filled_only_once_its_condition_holds() -> None:
    cells = "*,Cells,fixed,,4\n"
    assert filled(carried(cells)) == {}
    assert filled(carried(cells + "*,Battery,fixed,,Yes\n")) == {"4": "Yes", "5": "4"}
    kept = carried("*,Battery,fixed,,Yes\n", ("5", "Cells", [{"name": "2"}]))
    assert (filled(kept), kept.warnings) == ({"4": "Yes", "5": "2"}, ()), "what the product had finds its place"


def test_every_bad_row_is_told_with_its_number() -> None:
    rows = [
        ",Material,fixed,,Wool", "*,,fixed,,Wool", "*,Material,fixed,,", "*,Material,fixed,x,Wool",
        "*,Material,guess,,", "*,Material,title,,", "*,Material,title,(a+)+,", "*,Material,title,(((,",
        "*,Material,attribute,,", "*,1,fixed,,Wool",
    ]  # fmt: skip
    with pytest.raises(BadFile) as bad:
        parse_attribute_rules(HEADER + "\n".join(rows))
    told = [(problem.row, problem.problem) for problem in bad.value.problems]
    assert [row for row, _ in told] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    for (_, problem), word in zip(
        told,
        ("category", "attribute", "value", "`from`", "guess", "pattern", "inside", "regular", "`from`"),
        strict=True,
    ):
        assert word in problem


def test_rules_are_checked_against_the_attributes_of_their_category() -> None:
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
def test_a_pattern_that_could_hang_is_refused(pattern: str) -> None:
    with pytest.raises(UnsafePattern):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", [r".*.*!", r"\w+\s*!", r"(?:\d+(?:\.\d+)?)!", r"a{0,300}a{0,300}!"])
def test_the_worst_pattern_that_is_taken_ends_on_the_worst_title(pattern: str) -> None:
    for title in ("a" * 100_000, "1" * 100_000, "a " * 50_000):
        assert search(compile_pattern(pattern), title) is None


def test_only_a_titles_length_is_read() -> None:
    pattern = compile_pattern("end")
    assert search(pattern, "x" * (LONGEST_TEXT - 3) + "end") == "end"
    assert search(pattern, "x" * (LONGEST_TEXT - 2) + "end") is None


def test_a_group_that_took_no_part_gives_the_whole_match() -> None:
    assert search(compile_pattern("jar|pot (large)"), "A JAR") == "JAR"
