"""Reads a CSV file that an operator keeps in a spreadsheet and reports all bad rows at once. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t"
"""Spreadsheets use semicolons in locales whose decimal separator is a comma."""
HEADER_ROWS = 20
"""Number of rows searched for the header. People put titles and notes above it."""


@dataclass(frozen=True, slots=True, order=True)
class RowProblem:
    row: int
    """Row number as in a spreadsheet, where the header is row 1; 0 for the whole file."""
    problem: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.problem}" if self.row else self.problem


class BadFile(ValueError):
    """A file with bad rows; `problems` lists them in order."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("; ".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class TableRow:
    number: int
    cells: Mapping[str, str]
    """Column name -> stripped cell; empty for a missing column."""


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[TableRow, ...]
    problems: tuple[RowProblem, ...]
    """Unreadable rows, which the caller reports together with problems in other rows."""


def read_table(text: str, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """Reads the rows, except empty ones and those that begin with `#`. Raises BadFile if the header is wrong.

    Headings match regardless of case, spaces and punctuation.
    """
    text = text.removeprefix("\ufeff")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BadFile([RowProblem(1, f"the file is not CSV: {error}")]) from None
    names = {_key(name): name for name in (*required, *optional)}
    place = _header_place(lines, required)
    header = [names.get(_key(cell), cell.strip()) for cell in _filled(lines[place])] if lines else []
    _check_header(header, required, optional, place + 1)
    rows, problems = [], []
    for number, line in enumerate(lines[place + 1 :], start=place + 2):
        cells = _filled(line)
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) > len(header):
            sizes = f"has {len(cells)} cells, but the header has {len(header)}"
            problems.append(RowProblem(number, f"{sizes}: quote cells that contain a separator"))
            continue
        named = dict(zip(header, cells, strict=False))
        rows.append(TableRow(number, {name: named.get(name, "") for name in (*required, *optional)}))
    return Table(tuple(rows), tuple(problems))


def _header_place(lines: Sequence[Sequence[str]], required: Sequence[str]) -> int:
    """Return the index of the first row that has all required headings; 0 if none of the first rows has."""
    wanted = {_key(name) for name in required}
    for place, line in enumerate(lines[:HEADER_ROWS]):
        if wanted <= {_key(cell) for cell in line}:
            return place
    return 0


def _filled(line: Sequence[str]) -> list[str]:
    """Return the stripped cells up to the last one that is not empty: spreadsheets add empty cells."""
    cells = [cell.strip() for cell in line]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _key(heading: str) -> str:
    """Return a heading in lower case, without spaces or punctuation: `Own attribute` and `own_attribute` are the
    same.
    """
    return re.sub(r"[\W_]+", "", heading.casefold())


def _check_header(header: Sequence[str], required: Sequence[str], optional: Sequence[str], row: int) -> None:
    problems = [f"the column `{name}` is missing" for name in required if name not in header]
    problems += [f"unknown column `{name}`" for name in header if name and name not in (*required, *optional)]
    problems += [f"the column `{name}` appears twice" for name in sorted(set(header) - {""}) if header.count(name) > 1]
    if problems:
        raise BadFile([RowProblem(row, problem) for problem in problems])
