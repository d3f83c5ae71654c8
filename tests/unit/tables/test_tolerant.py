"""Whatever a spreadsheet or an exporter does to a table, good rows arrive exactly and bad rows are named."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tables.model import BadTable, Limits
from tables.reader import read_content
from tables.records import records
from tests.support.examples import at_most

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")
HEADINGS = (("shop", "product", "answer"), ("Shop", " PRODUCT ", "Answer"), ("SHOP", "Product_", '"answer"'))
SHOP_IDS = st.integers(1, 10**14 - 1).map(str)
EXACT_IDS = st.integers(10**17, 10**18 - 1).filter(lambda number: number % 1000).map(str)
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).map(
    lambda text: " ".join(text.split()).strip(" '\"#=+-@")
)
GOOD = st.tuples(SHOP_IDS, EXACT_IDS, TEXTS.filter(lambda text: text and not text.startswith("Err:")))
BAD = st.sampled_from(
    [
        (("7", "1.73E+18", "Wool"), "rounded the ID"),
        (("7", "1729000000000000000", "Wool"), "rounded the ID"),
        (("7", "1729000000000000011", "#N/A"), "is a spreadsheet error"),
        (("7", "1729000000000000011", "#REF!"), "is a spreadsheet error"),
        (("7", "1729000000000000011", "Err:502"), "is a spreadsheet error"),
        (("7", "1729000000000000011", "Wool", "too much"), "cells, but the header has"),
    ]
)


@given(st.data())
@at_most(60)
def test_good_rows_arrive_exactly_and_bad_rows_are_named(data: st.DataObject) -> None:
    delimiter, encoding = data.draw(st.sampled_from(";,\t|")), data.draw(st.sampled_from(ENCODINGS))
    rows = data.draw(st.lists(st.one_of(GOOD.map(lambda row: (row, "")), BAD), min_size=1, max_size=12))
    # One exact ID shows that the column was not rounded, so a round one next to it could be genuine.
    if any(_is_exact(cells[1]) for cells, _ in rows):
        rows = [each for each in rows if not each[0][1].endswith("000")]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(data.draw(st.sampled_from(HEADINGS)))
    numbers, number = [], 1
    for cells, _ in rows:
        if data.draw(st.booleans()):
            text.write(data.draw(st.sampled_from(["\r\n", f"{delimiter}{delimiter}\r\n", "  \r\n"])))
            number += 1
        number += 1
        numbers.append(number)
        is_apostrophed = data.draw(st.booleans())
        writer.writerow([f"'{cell}" if is_apostrophed and place < 2 else cell for place, cell in enumerate(cells)])
    (sheet,) = read_content(text.getvalue().encode(encoding))
    found = records(sheet, ("shop", "product", "answer"), ids=("shop", "product"))
    good = [(number, cells) for number, (cells, why) in zip(numbers, rows, strict=True) if not why]
    bad = [(number, why) for number, (_, why) in zip(numbers, rows, strict=True) if why]
    assert [(each.number, tuple(each.cells.values())) for each in found.records] == good
    assert [each.number for each in found.problems] == [number for number, _ in bad]
    for problem, (number, why) in zip(found.problems, bad, strict=True):
        assert why in problem.problem
        assert str(problem).startswith(f"row {number}: ")


def _is_exact(cell: str) -> bool:
    return cell.isdigit() and not cell.endswith("000")


@given(st.binary(max_size=300))
@at_most(40)
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    try:
        sheets = read_content(content, Limits(memory_bytes=256 * 1024**2, seconds=10.0))
    except BadTable:
        return
    assert all(row.number > 0 for sheet in sheets for row in sheet.rows)


@pytest.mark.parametrize("line", ["sep=;\nshop;product;answer\n7;8;Wool\n", "\n\nshop\tproduct\tanswer\n7\t8\tWool\n"])
def test_declared_and_guessed_separators(line: str) -> None:
    (sheet,) = read_content(line.encode())
    (row,) = records(sheet, ("shop", "product", "answer")).records
    assert tuple(row.cells.values()) == ("7", "8", "Wool")
