"""The sheet of refused rows can always be written, whatever program wrote the answered file."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from tables.model import Row, Sheet
from worklist.plan_import import ImportProblem
from worklist.refused_rows import write_refused
from worklist.sheet import read_answers


def test_a_sheet_keeps_its_name_as_far_as_xlsx_allows_it() -> None:
    rows = (Row(1, ("shop", "answer")), Row(2, ("7", "Wol\x01")))
    written = write_refused([Sheet("a/b [c]", rows)], [ImportProblem("row 2", "no such value")])
    book = load_workbook(io.BytesIO(written))
    assert book.sheetnames == ["a-b -c-"]
    assert [[cell.value for cell in row] for row in book.active] == [
        ["shop", "answer", "why it was refused"],
        ["7", "Wol", "no such value"],
    ]


def test_only_rows_of_the_answered_sheet_are_returned() -> None:
    head = ("shop", "product", "answer", "gap", "version_token")
    products = Sheet("June", (Row(1, ("Worklist of June",)), Row(2, head), Row(3, ("x", "8", "Wool", "k", "v"))))
    sheets = [products, Sheet("Values", (Row(1, ("a",)), Row(3, ("Wool",))))]
    (row,) = read_answers(sheets).rows
    book = load_workbook(io.BytesIO(write_refused(sheets, [ImportProblem(row.where, "no such shop")])))
    assert book.sheetnames == ["June"]
    assert [[cell.value for cell in line] for line in book["June"]] == [
        [*head, "why it was refused"],
        ["x", "8", "Wool", "k", "v", "no such shop"],
    ]
