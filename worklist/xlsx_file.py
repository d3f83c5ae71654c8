"""A worklist as XLSX: the gaps by product, the gaps by value, and a hidden sheet that feeds the drop-downs."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from worklist.cells import safe_cell
from worklist.collect import Worklist
from worklist.missing_fields import Choice, Question
from worklist.sheet import (
    GAP_COLUMNS,
    PRODUCT_COLUMNS,
    Answers,
    BadSheet,
    gap_row,
    product_row,
    read_gaps,
    read_products,
)

PRODUCTS, GAPS, VALUES = "Products", "Gaps by value", "Values"
WIDTHS = {"title": 40, "what is asked": 60, "category": 40, "allowed values": 40, "for example": 50, "product": 22,
          "shop": 22, "answer": 28, "answer for all": 28, "attribute": 22}  # fmt: skip
LONGEST_LIST = 400
LARGEST_FILE = 32 * 1024 * 1024
LARGEST_UNPACKED = 256 * 1024 * 1024
MOST_MEMBERS = 1000
LONGEST_PROBLEM = 200
MOST_SHEET_ROWS = 1_048_576
MOST_COLUMNS = 40
MOST_RULES = 60_000
"""Excel takes 65,534 drop-down rules a sheet."""


class _Lists:
    """Every distinct list of values once, one under the other in a column of the hidden sheet."""

    def __init__(self, sheet: Any) -> None:
        self._sheet, self._rows, self._ranges = sheet, 0, dict[tuple[str, ...], str]()

    def range_of(self, choices: Sequence[Choice]) -> str:
        labels = tuple(choice.label for choice in choices)
        if labels not in self._ranges:
            for label in labels:
                self._sheet.append([_text(self._sheet, safe_cell(label))])
            first, self._rows = self._rows + 1, self._rows + len(labels)
            self._ranges[labels] = f"{VALUES}!$A${first}:$A${self._rows}"
        return self._ranges[labels]


class _DropDowns:
    """One rule for all cells of a column with the same list, however many runs of rows they make."""

    def __init__(self, column: str, lists: _Lists) -> None:
        self._column, self._lists = column, lists
        self._runs: dict[tuple[str, bool], list[list[int]]] = {}

    def cell(self, row: int, question: Question) -> None:
        if not question.choices:
            return
        strict = not (question.open or question.several)
        runs = self._runs.setdefault((self._lists.range_of(question.choices), strict), [])
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])

    def add_to(self, sheet: Any) -> None:
        for (values, strict), runs in list(self._runs.items())[:MOST_RULES]:
            cells = " ".join(f"{self._column}{first}:{self._column}{last}" for first, last in runs)
            rule = DataValidation(type="list", formula1=values, allow_blank=True, sqref=cells)
            rule.showErrorMessage, rule.errorTitle = strict, "Not one of the allowed values"
            rule.error = "Choose one from the list."
            sheet.data_validations.append(rule)


def write_xlsx(worklist: Worklist, file: IO[bytes] | Path, most_rows: int) -> int:
    """The number of gaps written, what unlocks most first."""
    book = Workbook(write_only=True)
    products, gaps, values = (book.create_sheet(name) for name in (PRODUCTS, GAPS, VALUES))
    values.sheet_state = "hidden"
    lists = _Lists(values)
    _head(products, PRODUCT_COLUMNS)
    _head(gaps, GAP_COLUMNS)
    rows = worklist.rows(most_rows)
    drop_downs, answer = _DropDowns(_letter(PRODUCT_COLUMNS, "answer"), lists), _answer_cell(products)
    for number, gap in enumerate(rows, 2):
        row = product_row(gap, worklist.questions[gap.question.key].unlocks, str, LONGEST_LIST)
        products.append(_cells(products, row, PRODUCT_COLUMNS.index("answer"), answer))
        drop_downs.cell(number, gap.question)
    drop_downs.add_to(products)
    drop_downs, answer = _DropDowns(_letter(GAP_COLUMNS, "answer for all"), lists), _answer_cell(gaps)
    written = {gap.question.key for gap in rows}
    for number, asked in enumerate((each for each in worklist.ranked() if each.question.key in written), 2):
        gaps.append(_cells(gaps, gap_row(asked, LONGEST_LIST), GAP_COLUMNS.index("answer for all"), answer))
        drop_downs.cell(number, asked.question)
    drop_downs.add_to(gaps)
    book.save(file)
    return len(rows)


def _letter(columns: Sequence[str], name: str) -> str:
    return get_column_letter(columns.index(name) + 1)


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
    """One for all rows: each is written before the next one is asked for, and styles are costly to make."""
    cell = WriteOnlyCell(sheet, "")
    cell.fill = PatternFill("solid", start_color="FFF6CC")
    cell.number_format = "@"
    return cell


def _text(sheet: Any, text: str) -> Any:
    """Text, also where openpyxl would take it for a formula or an error value."""
    if not text.startswith(("=", "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def read_xlsx(file: IO[bytes] | Path, largest_unpacked: int = LARGEST_UNPACKED) -> Answers:
    """Raises BadSheet; a file that is too large, or would be when unpacked, is refused before it is unpacked."""
    try:
        _check_size(file, largest_unpacked)
        with contextlib.closing(load_workbook(file, read_only=True, data_only=True)) as book:
            return _answers(book)
    except BadSheet:
        raise
    except Exception as problem:
        # What zip, XML and openpyxl raise for broken and forbidden things (entities, ciphers) is of a dozen families,
        # and not told anywhere.
        raise BadSheet(f"the file is not XLSX: {str(problem)[:LONGEST_PROBLEM] or type(problem).__name__}") from None


def _answers(book: Any) -> Answers:
    if PRODUCTS not in book.sheetnames:
        raise BadSheet(f"the file has no sheet {PRODUCTS!r}")
    both = GAPS in book.sheetnames
    answers = read_products(_rows(book[PRODUCTS]), PRODUCTS if both else "")
    if both:
        answers.for_all += read_gaps(_rows(book[GAPS]), GAPS)
    return answers


def _rows(sheet: Any) -> Iterator[Sequence[object]]:
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_SHEET_ROWS, values_only=True))


def _check_size(file: IO[bytes] | Path, largest_unpacked: int) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > largest_unpacked:
            raise BadSheet(f"the file is too large: unpacked at most {largest_unpacked // 1024**2} MiB are read")
        if sum(member.compress_size for member in members) > LARGEST_FILE:
            raise BadSheet(f"the file is too large: at most {LARGEST_FILE // 1024**2} MiB are read")
