"""The operator's category mapping: lookup, file errors, and the number of products it decides."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relisting.mapping import CategoryMapping, Counted, check_mapping, mapping_hits, parse_mapping, target_leaf
from relisting.table_file import BadFile
from tests.support.catalogue_builders import TREE

GOOD = """shop,from,to
*,600001,5
7494000000000000001,600001,61
*,Home > Kitchen > Jars,62
"""


def leaf(text: str, shop: str, category: str, path: str = "") -> str | None:
    row = parse_mapping(text).find(shop, category, path)
    return row.leaf_id if row else None


def test_a_shops_row_takes_precedence_over_the_row_for_all_shops() -> None:
    assert leaf(GOOD, "7494000000000000001", "600001") == "61"
    assert leaf(GOOD, "7494000000000000002", "600001") == "5"
    assert leaf(GOOD, "7494000000000000002", "600002") is None


def test_category_wins_over_path_and_shop_over_both() -> None:
    assert leaf(GOOD, "1", "600001", "Home > Kitchen > Jars") == "5"
    assert leaf(GOOD, "1", "600002", "Home > Kitchen > Jars") == "62"
    own_path = GOOD + "1,Home > Kitchen > Jars,811\n"
    assert leaf(own_path, "1", "600001", "Home > Kitchen > Jars") == "811"


@pytest.mark.parametrize(
    "path", ["home>kitchen>JARS", "Home >> Kitchen >> jars", "Home › Kitchen › Jars", "Home>Kitchen >Jars "]
)
def test_path_spellings_are_equivalent(path: str) -> None:
    assert leaf(GOOD, "1", "", path) == "62"


def test_paths_with_different_steps_differ() -> None:
    assert leaf(GOOD, "1", "", "Home > Kitchen") is None
    assert leaf(GOOD, "1", "", "HomeKitchen > Jars") is None


def test_reads_spreadsheet_quirks() -> None:
    assert leaf("\ufeffShop;From;To\r\n;;\r\n# a remark;;\r\n*;600001;5\r\n", "1", "600001") == "5"


def test_every_bad_row_is_reported_by_number() -> None:
    rows = ["mine,600001,5", "*,,5", "", "*,600002,leaf", "*,600003,1.72E+18"]
    rows += ["*,600004,5", "*,600004,6", "*,600004,5", "*,1,2,3"]
    text = "\n".join(["shop,from,to", *rows])
    with pytest.raises(BadFile) as bad:
        parse_mapping(text)
    problems = {problem.row: problem.problem for problem in bad.value.problems}
    assert list(problems) == [2, 3, 5, 6, 8, 9, 10]
    assert "'mine'" in problems[2]
    assert "from is empty" in problems[3]
    assert "rounded" in problems[6]
    assert "contradicts row 7" in problems[8]
    assert "duplicates row 7" in problems[9]
    assert "4 cells" in problems[10]


@pytest.mark.parametrize("header", ["", "shop,from", "shop,from,to,note", "shop,from,to,to"])
def test_bad_header_is_reported_as_row_1(header: str) -> None:
    with pytest.raises(BadFile) as bad:
        parse_mapping(header + "\n*,1,2\n")
    assert {problem.row for problem in bad.value.problems} == {1}


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(BadFile):
        assert parse_mapping("shop,from,to\n" + text).find("1", "600001") is None


def test_check_reports_rows_with_unusable_leaves() -> None:
    mapping = parse_mapping("shop,from,to\n*,1,5\n*,2,6\n*,3,404\n*,4,7\n99,5,404\n")
    assert [str(problem) for problem in check_mapping(mapping, TREE)] == [
        "row 3: 6 is not a final category",
        "row 4: 404 is not in the v2 tree of this region",
        "row 5: 7 is open to invited sellers only",
        "row 6: 404 is not in the v2 tree of this region",
    ]
    assert [problem.row for problem in check_mapping(mapping, TREE, "98")] == [3, 4, 5], "99 is another shop"


def test_hits_count_products_per_row_and_unmapped() -> None:
    counted = [
        Counted("7494000000000000001", "600001", 40),
        Counted("2", "600001", 100),
        Counted("3", "600001", 1),
        Counted("3", "600009", 7, "Home > Kitchen > Jars"),
        Counted("3", "600009", 9),
    ]
    hits, unmapped = mapping_hits(parse_mapping(GOOD), counted)
    assert [(hit.row.row, hit.products, hit.shops) for hit in hits] == [(2, 101, 2), (3, 40, 1), (4, 7, 1)]
    assert unmapped == [Counted("3", "600009", 9)]
    assert str(hits[0].row) == "row 2: *, 600001 -> 5"


@pytest.mark.parametrize(
    ("to", "leaf"),
    [("5", "5"), ("Home > Jars", "5"), ("home>JARS", "5"), ("Heim > Gläser [5]", "5"), ("Home > Glass bowls", "62")],
)
def test_a_target_is_an_id_a_path_or_both(to: str, leaf: str) -> None:
    (row,) = parse_mapping(f"shop,from,to\n*,1,{to}\n").rows
    assert target_leaf(row.leaf_id, TREE) == leaf
    assert check_mapping(CategoryMapping((row,)), TREE) == []


@pytest.mark.parametrize(("to", "problem"), [("Home > Cups", "not in the v2 tree"), ("Garden > Pots", "not a final")])
def test_a_target_path_without_a_leaf_is_reported(to: str, problem: str) -> None:
    (found,) = check_mapping(parse_mapping(f"shop,from,to\n*,1,{to}\n"), TREE)
    assert problem in found.problem


def test_open_rows_of_a_sheet_of_suggestions_do_not_count() -> None:
    text = (
        "shop,from,to,decision,leaf 1\n*,Home > Jars,Home > Jars [5],decided: same,x\n*,Home > Cups,,choose: none,y\n"
    )
    mapping = parse_mapping(text)
    assert ([row.origin for row in mapping.rows], mapping.still_open) == (["Home > Jars"], 1)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Mapping of June\n\nShop,From,To\n*,1,2\n", 4),
        ("SHOP ;From; To;;\n*;1;2;;\n", 2),
        ("\n\nshop\tfrom\tto\t\n*\t1\t2\t\n", 4),
    ],
)
def test_headings_are_found_as_people_write_them(text: str, row: int) -> None:
    (found,) = parse_mapping(text).rows
    assert (found.row, found.shop_id, found.origin, found.leaf_id) == (row, "*", "1", "2")
