"""Writes the worklist as XLSX: a sheet of products, a sheet of questions, a hidden sheet for the drop-down lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from worklist.cells import safe_cell
from worklist.collect import Worklist
from worklist.missing_fields import Choice, MissingField, Question
from worklist.sheet import (
    ACCEPT,
    ACCEPT_ALL,
    PRODUCT_COLUMNS,
    PRODUCTS,
    QUESTION_COLUMNS,
    QUESTIONS,
    VALUES,
    note_row,
    product_row,
    question_row,
)

WIDTHS = {"title": 40, "what is asked": 60, "category": 40, "allowed values": 40, "for example": 50, "product": 22,
          "shop": 22, "answer": 28, "proposed answer": 28, "read in": 30, "answer for all": 28,
          "attribute": 22}  # fmt: skip
TITLE = PRODUCT_COLUMNS.index("title")
PROPOSED = PRODUCT_COLUMNS.index("proposed answer")
MAX_LIST = 400
"""Maximum length of the allowed values in one cell."""
MAX_RULES = 60_000
"""Drop-down rules per sheet; Excel allows 65,534."""


class _Lists:
    """Writes each distinct list of values once to a column of the hidden sheet, one list below the other."""

    def __init__(self, sheet: Any) -> None:
        self._sheet, self._rows, self._ranges = sheet, 0, dict[tuple[str, ...], str]()

    def range_of(self, choices: Sequence[Choice]) -> str:
        """Return the cell range of a list, which is written on first use."""
        labels = tuple(choice.label for choice in choices)
        if labels not in self._ranges:
            for label in labels:
                self._sheet.append([_text(self._sheet, safe_cell(label))])
            first, self._rows = self._rows + 1, self._rows + len(labels)
            self._ranges[labels] = f"{VALUES}!$A${first}:$A${self._rows}"
        return self._ranges[labels]


class _DropDowns:
    """The drop-down rules of a column: one rule for all cells with the same list."""

    def __init__(self, column: str, lists: _Lists) -> None:
        self._column, self._lists = column, lists
        self._runs: dict[tuple[str, bool], list[list[int]]] = {}

    def cell(self, row: int, question: Question) -> None:
        """Give the cell in this row a drop-down with the question's choices."""
        if not question.choices:
            return
        strict = not (question.open or question.multiple)
        runs = self._runs.setdefault((self._lists.range_of(question.choices), strict), [])
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])

    def add_to(self, sheet: Any) -> None:
        for (values, strict), runs in list(self._runs.items())[:MAX_RULES]:
            cells = " ".join(f"{self._column}{first}:{self._column}{last}" for first, last in runs)
            rule = DataValidation(type="list", formula1=values, allow_blank=True, sqref=cells)
            rule.showErrorMessage, rule.errorTitle = strict, "Not one of the allowed values"
            rule.error = "Choose one from the list."
            sheet.data_validations.append(rule)


def write_xlsx(worklist: Worklist, file: IO[bytes] | Path, max_rows: int) -> int:
    """Write at most `max_rows` missing fields, the most useful first, and return their number.

    Adds a note below them if some are left out.
    """
    book = Workbook(write_only=True)
    products, questions, values = (book.create_sheet(name) for name in (PRODUCTS, QUESTIONS, VALUES))
    values.sheet_state = "hidden"
    lists = _Lists(values)
    _head(products, PRODUCT_COLUMNS)
    _head(questions, QUESTION_COLUMNS)
    rows = worklist.rows(max_rows)
    drop_downs, answer = _DropDowns(_letter(PRODUCT_COLUMNS, "answer"), lists), _answer_cell(products)
    marked = PatternFill("solid", start_color="E2EFDA")
    for number, missing in enumerate(rows, 2):
        row = product_row(missing, worklist.questions[missing.question.key].unlocks, MAX_LIST)
        cells = _cells(products, row, PRODUCT_COLUMNS.index("answer"), answer)
        cells[PRODUCT_COLUMNS.index(ACCEPT)] = answer
        if worklist.address and missing.product_id.isdigit():
            cells[TITLE] = _linked(products, row[TITLE], f"{worklist.address}{product_path(missing)}")
        if missing.proposed is not None:
            cells[PROPOSED] = _marked(products, row[PROPOSED], marked)
        products.append(cells)
        drop_downs.cell(number, missing.question)
    _filter(products, PRODUCT_COLUMNS, len(rows))
    if note := worklist.left_out(len(rows)):
        products.append(note_row(note))
    drop_downs.add_to(products)
    written = {missing.question.key for missing in rows}
    drop_downs, answer = _DropDowns(_letter(QUESTION_COLUMNS, "answer for all"), lists), _answer_cell(questions)
    asked = [each for each in worklist.ranked() if each.question.key in written]
    _filter(questions, QUESTION_COLUMNS, len(asked))
    for number, stats in enumerate(asked, 2):
        row = question_row(stats, MAX_LIST)
        cells = _cells(questions, row, QUESTION_COLUMNS.index("answer for all"), answer)
        cells[QUESTION_COLUMNS.index(ACCEPT_ALL)] = answer
        questions.append(cells)
        drop_downs.cell(number, stats.question)
    drop_downs.add_to(questions)
    book.save(file)
    return len(rows)


def _letter(columns: Sequence[str], name: str) -> str:
    return get_column_letter(columns.index(name) + 1)


def _filter(sheet: Any, columns: Sequence[str], rows: int) -> None:
    """Let people filter the rows by every column."""
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{rows + 1}"


def product_path(missing: MissingField) -> str:
    """The path of the product in the web UI."""
    return f"/shops/{missing.shop_id}/products/{missing.product_id}"


def _linked(sheet: Any, text: str | int, address: str) -> Any:
    """Return a text cell that opens the product in the web UI."""
    cell = WriteOnlyCell(sheet, str(text) or "open")
    cell.data_type, cell.hyperlink = "s", address
    cell.font = Font(color="1A56B0", underline="single")
    return cell


def _head(sheet: Any, columns: Sequence[str]) -> None:
    sheet.freeze_panes = "A2"
    for place, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(name, 14)
    cells = []
    for name in columns:
        cell = WriteOnlyCell(sheet, name)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cells.append(cell)
    sheet.append(cells)


def _cells(sheet: Any, row: Sequence[str | int], place: int, answer: Any) -> list[Any]:
    cells: list[Any] = [_text(sheet, cell) if isinstance(cell, str) else cell for cell in row]
    cells[place] = answer
    return cells


def _answer_cell(sheet: Any) -> Any:
    """Return a cell to reuse in every row: rows are written one by one, and styles are expensive to create."""
    cell = WriteOnlyCell(sheet, "")
    cell.fill = PatternFill("solid", start_color="FFF6CC")
    cell.number_format = "@"
    return cell


def _marked(sheet: Any, text: str | int, fill: PatternFill) -> Any:
    """Return the cell of a proposal. Its colour distinguishes it from an answer."""
    cell = WriteOnlyCell(sheet, str(text))
    cell.data_type, cell.fill = "s", fill
    return cell


def _text(sheet: Any, text: str) -> Any:
    """Return a text cell, even for text that openpyxl would write as a formula or an error value."""
    if not text.startswith(("=", "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
