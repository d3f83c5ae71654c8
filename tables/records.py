"""Finds the columns of a sheet by heading and checks the cells that are used. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tables.cells import heading_key, is_scientific, looks_rounded
from tables.model import MAX_COLUMNS, BadCell, BadTable, Cell, Row, Sheet

HEADER_ROWS = 20
"""Number of rows searched for the header. People put titles and notes above it."""


@dataclass(frozen=True, slots=True)
class TableRecord:
    where: str
    """The place in error messages: `row 3` or `Products, row 3`."""
    number: int
    cells: Mapping[str, str]
    """Column name -> cleaned text; empty for a missing cell or optional column."""


@dataclass(frozen=True, slots=True)
class RecordProblem:
    where: str
    number: int
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Records:
    records: tuple[TableRecord, ...]
    problems: tuple[RecordProblem, ...]
    unknown: tuple[str, ...] = ()
    """Headings that match no column."""
    known: tuple[str, ...] = ()
    """Columns found in the sheet."""


def records(
    sheet: Sheet,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    ids: Collection[str] = (),
    comments: bool = False,
) -> Records:
    """Read the rows below the header, which may have a title above it. Headings match regardless of case, spaces and
    punctuation.

    `ids` are columns with IDs, whose rounded values are refused. With `comments`, rows that begin with `#` are
    skipped. Raises BadTable if a required column is missing or a column occurs twice.
    """
    if not sheet.rows:
        raise BadTable(f"{_of(sheet)}there are no rows")
    place = header_place(sheet, required or optional, every=bool(required))
    head, rows = sheet.rows[place], sheet.rows[place + 1 :]
    headings = [cell if isinstance(cell, str) else "" for cell in head.cells]
    columns, unknown = _columns(sheet, headings, required, optional)
    genuine = {name for name in ids if name in columns and _has_exact_id(rows, columns[name])}
    found, problems = [], []
    for row in rows:
        first = row.cells[0] if row.cells else ""
        if comments and isinstance(first, str) and first.startswith("#"):
            continue
        where = f"{sheet.name}, row {row.number}" if sheet.name else f"row {row.number}"
        cells, cell_problem = _named_cells(row, columns, ids, genuine)
        if problem := row.problem or _too_long(row, len(headings)) or cell_problem:
            problems.append(RecordProblem(where, row.number, problem))
        else:
            found.append(TableRecord(where, row.number, {name: cells.get(name, "") for name in (*required, *optional)}))
    return Records(tuple(found), tuple(problems), tuple(unknown), tuple(columns))


def header_place(sheet: Sheet, headings: Sequence[str], *, every: bool = True) -> int:
    """Return the index of the first row that has every heading, or any of them; 0 if none of the first rows has."""
    found = all if every else any
    places = enumerate(sheet.rows[:HEADER_ROWS])
    return next((place for place, row in places if found(_headings_in(row, headings))), 0)


def has_columns(sheet: Sheet, required: Sequence[str]) -> bool:
    """Return whether the sheet has a header with these headings."""
    return any(all(_headings_in(row, required)) for row in sheet.rows[:HEADER_ROWS])


def _headings_in(row: Row, wanted: Sequence[str]) -> list[bool]:
    present = {heading_key(cell) for cell in row.cells if isinstance(cell, str)}
    return [heading_key(name) in present for name in wanted]


def _columns(
    sheet: Sheet, headings: Sequence[str], required: Sequence[str], optional: Sequence[str]
) -> tuple[dict[str, int], list[str]]:
    """Return column name -> index, and the headings that match no column. Raises BadTable."""
    names = {heading_key(name): name for name in (*required, *optional)}
    columns: dict[str, int] = {}
    unknown = []
    for index, heading in enumerate(headings):
        name = names.get(heading_key(heading))
        if name is None:
            unknown += [heading] if heading else []
        elif name in columns:
            raise BadTable(f"{_of(sheet)}the column {name} occurs twice")
        else:
            columns[name] = index
    if missing := [name for name in required if name not in columns]:
        more = f"; only the first {MAX_COLUMNS} columns are read" if len(headings) >= MAX_COLUMNS else ""
        raise BadTable(f"{_of(sheet)}the column {missing[0]} is missing from the header row{more}")
    return columns, unknown


def _named_cells(
    row: Row, columns: Mapping[str, int], ids: Collection[str], genuine: Collection[str]
) -> tuple[dict[str, str], str]:
    """Return column name -> cell, and the first problem. IDs in `genuine` columns may be round numbers."""
    cells: dict[str, str] = {}
    problem = ""
    for name, index in columns.items():
        cell: Cell = row.cells[index] if index < len(row.cells) else ""
        if isinstance(cell, BadCell):
            problem = problem or f"column {column_letter(index)} ({name}): {cell.problem}"
            continue
        cells[name] = cell
        if name in ids:
            problem = problem or _rounded(name, cell, genuine=name in genuine)
    return cells, problem


def column_letter(index: int) -> str:
    """Return the letter of a column counted from 0: A, Z, AA."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _rounded(name: str, cell: str, *, genuine: bool) -> str:
    if is_scientific(cell) or (looks_rounded(cell) and not genuine):
        return f"{name}: a spreadsheet has rounded the ID to {cell}; format the column as text and fill it in again"
    return ""


def _has_exact_id(rows: Sequence[Row], index: int) -> bool:
    """Return whether the column has a long ID that is not round, which means that it was not rounded."""
    cells = (row.cells[index] for row in rows if index < len(row.cells))
    return any(
        isinstance(cell, str) and len(cell) > 15 and cell.isdigit() and not looks_rounded(cell) for cell in cells
    )


def _too_long(row: Row, columns: int) -> str:
    """Return the problem of a row with more cells than the header. Spreadsheets add empty cells, which are ignored."""
    filled = max((index + 1 for index, cell in enumerate(row.cells) if cell), default=0)
    if filled <= columns:
        return ""
    fix = f"give column {column_letter(filled - 1)} a heading, or quote cells with separators"
    return f"{filled} cells, but the header has {columns}: {fix}"


def _of(sheet: Sheet) -> str:
    return f"sheet {sheet.name!r}: " if sheet.name else ""
