"""The sheet of refused rows can always be written, whatever the answered file was made with."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from tables.model import Row, Sheet
from worklist.plan_import import ImportProblem
from worklist.refused_rows import write_refused


def test_a_sheet_keeps_its_name_as_far_as_xlsx_allows_it() -> None:
    rows = (Row(1, ("shop", "answer")), Row(2, ("7", "Wol\x01")))
    written = write_refused([Sheet("a/b [c]", rows)], [ImportProblem("row 2", "no such value")])
    book = load_workbook(io.BytesIO(written))
    assert book.sheetnames == ["a-b -c-"]
    assert [[cell.value for cell in row] for row in book.active] == [
        ["shop", "answer", "why it was refused"],
        ["7", "Wol", "no such value"],
    ]
