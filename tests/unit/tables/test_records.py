"""Columns are found by their headings, and only cells that are used are checked."""

from __future__ import annotations

import pytest

from tables.csv_text import read_csv
from tables.model import BadTable
from tables.records import Records, column_letter, records


def read(text: str, *optional: str) -> Records:
    return records(read_csv(text), ("shop_id", "product_id"), optional, ids=("shop_id", "product_id"), comments=True)


@pytest.mark.parametrize("heading", ["shop_id,product_id", "Shop ID , PRODUCT-ID", "SHOPID,Product Id"])
def test_headings_match_without_case_and_punctuation(heading: str) -> None:
    assert read(f"{heading}\n7,1\n").records[0].cells == {"shop_id": "7", "product_id": "1"}


def test_missing_and_repeated_columns_are_named() -> None:
    with pytest.raises(BadTable, match="the column product_id is missing"):
        read("shop_id,title\n7,a\n")
    with pytest.raises(BadTable, match="the column shop_id occurs twice"):
        read("shop_id,product_id,Shop ID\n7,1,8\n")


def test_only_bad_cells_of_used_columns_are_problems() -> None:
    found = read("shop_id,product_id,mine,title\n7,1,#N/A,a\n7,2,b,#REF!\n", "title")
    assert [record.number for record in found.records] == [2]
    assert [str(problem) for problem in found.problems] == ["row 3: column D (title): #REF! is a spreadsheet error"]
    assert found.unknown == ("mine",)


def test_comments_and_empty_trailing_cells_are_ignored() -> None:
    found = read("shop_id,product_id\n# 7,1,2\n7,1,,,\n")
    assert [record.number for record in found.records] == [3]
    assert not found.problems


@pytest.mark.parametrize("product_id", ["1.73E+18", "1,72959E+18", "1729592969710000000", "1729592969712200000"])
def test_rounded_ids_are_refused_by_name(product_id: str) -> None:
    (problem,) = read(f'shop_id,product_id\n7,"{product_id}"\n').problems
    assert str(problem).startswith(f"row 2: product_id: a spreadsheet has rounded the ID to {product_id}")


def test_round_id_is_genuine_if_others_are_exact() -> None:
    assert len(read("shop_id,product_id\n7,1729592969712200000\n7,1729592969712207008\n").records) == 2


@pytest.mark.parametrize(("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_column_letters(index: int, letter: str) -> None:
    assert column_letter(index) == letter


@pytest.mark.parametrize("title", ["Worklist of June, all shops;;", "Worklist of June", '"Shops A, B, C"'])
def test_a_title_above_the_header_is_skipped(title: str) -> None:
    sheet = read_csv(f"{title}\n\nshop;product;answer\n7;8;Wool\n")
    (row,) = records(sheet, ("shop", "answer")).records
    assert (row.number, row.cells) == (4, {"shop": "7", "answer": "Wool"})


def test_a_header_beyond_the_columns_that_are_read_is_named() -> None:
    with pytest.raises(BadTable, match="only the first 60 columns are read"):
        records(read_csv(";".join(["note"] * 60)), ("shop",))
