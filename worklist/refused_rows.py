"""Writes a sheet with only the refused rows of a worklist and their reasons, to correct and import again. Pure."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from tables.model import BadCell, Cell, Row, Sheet
from tables.records import header_place
from worklist.cells import safe_cell
from worklist.plan_import import ImportProblem
from worklist.sheet import PRODUCTS

WHERE = re.compile(r"(?:(?P<sheet>.+), )?row (?P<row>\d+)")
FORBIDDEN = re.compile(r"[\\*?:/\[\]]")
"""Characters forbidden in a sheet's name, though files of other programs contain them."""
WHY = "why it was refused"
MAX_ROWS = 20_000
WIDTH, WHY_WIDTH = 22, 60


def write_refused(sheets: Sequence[Sheet], problems: Sequence[ImportProblem]) -> bytes:
    """The rows as they were in the file, with their reasons in a new last column; empty if no problem names a row.

    A note below the rows says if some are left out.
    """
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    for problem in problems:
        if found := WHERE.fullmatch(problem.where):
            reasons[(found["sheet"] or "").casefold(), int(found["row"])].append(problem.message)
    book, wrote = Workbook(write_only=True), False
    for sheet in sheets:
        name = sheet.name.casefold() if len(sheets) > 1 else ""
        head = header_place(sheet, ("gap",))
        rows = [(row, reasons.get((name, row.number))) for row in sheet.rows[head + 1 :]]
        refused = [(row, why) for row, why in rows if why]
        if refused:
            _write(book.create_sheet(FORBIDDEN.sub("-", sheet.name) or PRODUCTS), sheet.rows[head], refused)
            wrote = True
    if not wrote:
        return b""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write(sheet: Any, head: Row, rows: Sequence[tuple[Row, list[str]]]) -> None:
    width = len(head.cells)
    sheet.freeze_panes = "A2"
    for place in range(1, width + 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTH
    sheet.column_dimensions[get_column_letter(width + 1)].width = WHY_WIDTH
    sheet.append([_cell(sheet, _text(cell), font=Font(bold=True)) for cell in head.cells] + [_cell(sheet, WHY)])
    marked = PatternFill("solid", start_color="FCE4E4")
    for row, why in rows[:MAX_ROWS]:
        cells = [_cell(sheet, _text(cell)) for cell in row.cells[:width]]
        cells += [_cell(sheet, "") for _ in range(width - len(cells))]
        sheet.append([*cells, _cell(sheet, "; ".join(why), fill=marked, alignment=Alignment(wrap_text=True))])
    if len(rows) > MAX_ROWS:
        sheet.append([_cell(sheet, f"Not complete: {len(rows) - MAX_ROWS:,} more refused rows are left out.")])


def _text(cell: Cell) -> str:
    return "" if isinstance(cell, BadCell) else cell


def _cell(sheet: Any, text: str, **style: Any) -> Any:
    """A text cell, even for text that looks like a formula, an error or a number."""
    cell = WriteOnlyCell(sheet, safe_cell(text))
    cell.data_type, cell.number_format = "s", "@"
    for name, value in style.items():
        setattr(cell, name, value)
    return cell
