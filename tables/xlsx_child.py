"""`python -m tables.xlsx_child` unpacks an XLSX file from standard input with limits on memory and time.

It writes JSON lines: `["sheet", name]`, `["row", number, cells]`, and then `["end"]` or `["error", message]`. A cell is
a string, or an array with the reason why it has no value. Files are untrusted, and a few kilobytes of XLSX can take
gigabytes to parse, so the parser runs in a child process.
"""

from __future__ import annotations

import io
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import orjson

from tables.cells import text_cell
from tables.merged_cells import MergedCells, merged_cells
from tables.model import MAX_ROWS
from tables.number_format import shown_date, shown_number

MAX_MEMBERS = 1000
MAX_STYLES_BYTES = 8 * 1024 * 1024
"""Limit of the unpacked styles. A million formats fit into 30 kB of XLSX and take 2 GB of memory."""
MAX_MESSAGE = 200
DAMAGED = "the file is damaged, or not an .xlsx; open it in a spreadsheet and save it again as .xlsx"
STRICT = b"http://purl.oclc.org/ooxml/"
MAX_DECLARATION = 4096
FORMULA = re.compile(rb"<(?:[\w.-]{1,30}:)?f[\s/>]")
"""Some programs write a prefix before every element, such as `<x:f>`."""
FORMULA_BYTES = 40
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A character that XML cannot hold, such as `_x000D_` for the end of a line, or an escaped underscore (`_x005F_`)."""


class Refused(Exception):
    """The file exceeds a limit."""


def main(arguments: list[str]) -> int:
    unpacked_bytes, memory_bytes, seconds, columns = (int(each) for each in arguments)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in messages(sys.stdin.buffer.read(), unpacked_bytes, columns):
        sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    return 0


def messages(content: bytes, unpacked_bytes: int, columns: int) -> Iterator[list[Any]]:
    """Yield the rows and the end, or an error. This function does not limit the process."""
    room = unpacked_bytes
    try:
        for line in _lines(content, unpacked_bytes, columns):
            room -= sum(len(cell) for cell in line[2]) if line[0] == "row" else 0
            if room < 0:
                raise Refused(f"the file is too large; the limit is {unpacked_bytes // 1024**2} MiB unpacked")
            yield line
    except Refused as refused:
        yield ["error", str(refused)]
    except MemoryError:
        yield ["error", "the file needs too much memory to unpack"]
    except Exception as problem:
        # zipfile, the XML parser and openpyxl raise a dozen undocumented exception types for damaged or forbidden
        # content (entities, encryption).
        why = (str(problem).splitlines() or [type(problem).__name__])[0][:MAX_MESSAGE]
        yield ["error", f"{DAMAGED} ({why})"]
    else:
        yield ["end"]


def _lines(content: bytes, unpacked_bytes: int, columns: int) -> Iterator[list[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        _check_size(members, unpacked_bytes)
        _check_kind(archive, members)
        sheets = [each for each in members if "sheet" in each.filename.casefold()]
        with_formulas = any(_has_formula(archive, each) for each in sheets)
    # Imported here so that the file's size is checked before the parser is loaded.
    from openpyxl import load_workbook
    from openpyxl.cell.read_only import EMPTY_CELL

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(content), read_only=True) if with_formulas else None
    # People do not see hidden sheets, so they mean the first visible one.
    for sheet in sorted(book.worksheets, key=lambda each: each.sheet_state != "visible"):
        yield ["sheet", sheet.title]
        merged = _merged(content, sheet, columns)
        written = _rows(formulas[sheet.title], columns) if formulas is not None else None
        blank: tuple[Any, ...] | None = None
        for number, row in enumerate(_rows(sheet, columns), 1):
            source = next(written, ()) if written is not None else ()
            # openpyxl fills the gap up to the next row, which may have the number one million, with the same row
            # object.
            if row is blank or all(cell is EMPTY_CELL for cell in row):
                blank = row
                continue
            cells = [_cell(cell, source[index] if index < len(source) else None) for index, cell in enumerate(row)]
            while cells and cells[-1] == "":
                cells.pop()
            if cells:
                _mark_merged(cells, number, merged)
                yield ["row", number, cells]


def _check_size(members: list[zipfile.ZipInfo], unpacked_bytes: int) -> None:
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > unpacked_bytes:
        raise Refused(f"the file is too large; the limit is {unpacked_bytes // 1024**2} MiB unpacked")
    if any(each.file_size > MAX_STYLES_BYTES for each in members if each.filename == "xl/styles.xml"):
        raise Refused("the file has too many cell formats; copy the values into a new workbook")


def _check_kind(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Refuse formats that look like XLSX but that the parser would read as empty sheets."""
    for each in members:
        if each.filename == "mimetype":
            raise Refused("the file is an OpenDocument spreadsheet; save it as .xlsx")
        if each.filename == "xl/workbook.bin":
            raise Refused("the file is a binary workbook (.xlsb); save it as .xlsx")
        if each.filename == "xl/workbook.xml" or each.filename.startswith("xl/worksheets/sheet"):
            with archive.open(each) as file:
                if STRICT in file.read(MAX_DECLARATION):
                    raise Refused("the file is a Strict Open XML spreadsheet; save it as an Excel workbook (.xlsx)")


def _has_formula(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    tail = b""
    with archive.open(member) as file:
        while chunk := file.read(1 << 20):
            if FORMULA.search(tail + chunk):
                return True
            tail = chunk[-FORMULA_BYTES:]
    return False


def _rows(sheet: Any, columns: int) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()
    yield from sheet.iter_rows(max_col=columns, max_row=MAX_ROWS)


def _merged(content: bytes, sheet: Any, columns: int) -> MergedCells:
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(sheet._worksheet_path) as file:
        return merged_cells(file, columns)


def _mark_merged(cells: list[str | list[str]], number: int, merged: MergedCells) -> None:
    """Replace empty cells that show the value of a cell above by the reason why they have none."""
    for index in merged.columns:
        first = merged.first_row(index, number)
        if first and (index >= len(cells) or cells[index] == ""):
            cells += [""] * (index + 1 - len(cells))
            cells[index] = [f"it is merged with row {first}; undo the merge and fill in each cell"]


def _cell(cell: Any, source: Any) -> str | list[str]:
    """Return a cell as the spreadsheet shows it, or the reason why that is unknown."""
    value, number_format = cell.value, getattr(cell, "number_format", None) or ""
    if value is None:
        formula = source.value if source is not None and source.data_type == "f" else None
        return ["the formula has no calculated value; open and save the file in a spreadsheet"] if formula else ""
    if cell.data_type == "e":
        return [f"{value} is a spreadsheet error"]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        shown = shown_date(value, number_format)
        return shown if isinstance(shown, str) else [shown.problem]
    if isinstance(value, time | timedelta):
        return [f"{value} is a time; format the cell as text"]
    if isinstance(value, int | float):
        return shown_number(value, number_format)
    # Lone surrogates cannot be written as JSON.
    text = text_cell(ESCAPED.sub(_unescaped, str(value)).encode(errors="replace").decode())
    return text if isinstance(text, str) else [text.problem]


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character.isprintable() or character in "\t\n" else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
