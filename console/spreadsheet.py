"""Writes a table as CSV or XLSX such that spreadsheets neither execute nor round anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from console.replaced_file import replaced_or_standard_output
from worklist.cells import csv_cell, id_cell, safe_cell

LISTS = "Lists"


def check_name(file: Path) -> None:
    """Raises ClickException if the name ends in neither .csv nor .xlsx."""
    if str(file) != "-" and file.suffix.lower() not in (".xlsx", ".csv"):
        raise click.ClickException(f"{file}: the name must end in .xlsx or .csv")


def write_sheet(
    file: Path,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    choices: Mapping[int, Sequence[str]] | None = None,
    answer: str = "",
) -> None:
    """Write `rows`; `-` is standard output, as CSV. Raises ClickException.

    In XLSX the column `answer` is coloured, and `choices` gives its drop-down for a row, by index.
    """
    try:
        with replaced_or_standard_output(file) as draft:
            if file.suffix.lower() == ".xlsx":
                _write_xlsx(draft, columns, rows, choices or {}, answer)
            else:
                _write_csv(draft, columns, rows)
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be written: {problem.strerror}") from None


def _write_csv(draft: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with draft.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([id_cell(cell) if cell.isdigit() else csv_cell(cell) for cell in row] for row in rows)


def _write_xlsx(
    draft: Path,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    choices: Mapping[int, Sequence[str]],
    answer: str,
) -> None:
    book = Workbook(write_only=True)
    sheet, lists = book.create_sheet("Rows"), book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    sheet.freeze_panes = "A2"
    heads = []
    for place, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = 40 if "leaf" in name or name in ("from", "to") else 18
        head = WriteOnlyCell(sheet, name)
        head.font = Font(bold=True)
        heads.append(head)
    sheet.append(heads)
    fill = PatternFill("solid", start_color="FFF6CC")
    marked = columns.index(answer) if answer else -1
    length = 0
    for number, row in enumerate(rows):
        cells = []
        for place, text in enumerate(row):
            cell = WriteOnlyCell(sheet, safe_cell(text))
            cell.data_type, cell.number_format = "s", "@"
            if place == marked:
                cell.fill = fill
            cells.append(cell)
        sheet.append(cells)
        if marked >= 0 and (values := choices.get(number)):
            for value in values:
                lists.append([safe_cell(value)])
            rule = DataValidation(type="list", formula1=f"{LISTS}!$A${length + 1}:$A${length + len(values)}")
            rule.showErrorMessage, rule.allow_blank = False, True
            rule.add(f"{get_column_letter(marked + 1)}{number + 2}")
            sheet.data_validations.append(rule)
            length += len(values)
    # In memory first: the library's destructors print tracebacks if the disk is full.
    content = io.BytesIO()
    book.save(content)
    draft.write_bytes(content.getbuffer())
