"""Finds the cells of an XLSX sheet that are merged with a cell above them: a spreadsheet shows its value there too.

The file has the value in the first cell only, so an answer in cells merged over three rows would reach one of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from typing import IO

MAX_RANGES = 10_000
CHUNK, OVERLAP = 1 << 20, 400
MERGED = re.compile(
    rb"<(?:[\w.-]{1,30}:)?mergeCell\s[^>]{0,200}?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)


class MergedCells:
    """`add` takes each range once; ranges of one sheet do not overlap."""

    def __init__(self, columns: int) -> None:
        """`columns`: how many are read."""
        self._columns = columns
        self._ranges: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, first_column: int, first_row: int, last_column: int, last_row: int) -> None:
        if last_row > first_row:
            for column in range(first_column, min(last_column, self._columns - 1) + 1):
                insort(self._ranges[column], (first_row, last_row))

    @property
    def columns(self) -> list[int]:
        """Indexes of the columns that have such cells."""
        return sorted(self._ranges)

    def first_row(self, column: int, row: int) -> int:
        """Return the row of the cell above with which this one is merged; 0 if it is not. Columns count from 0."""
        ranges = self._ranges.get(column)
        place = bisect_left(ranges, (row, 0)) - 1 if ranges else -1
        if ranges is None or place < 0:
            return 0
        first, last = ranges[place]
        return first if last >= row else 0


def merged_cells(sheet: IO[bytes], columns: int) -> MergedCells:
    """Read the ranges of a sheet's XML, at most MAX_RANGES."""
    found: set[tuple[bytes, ...]] = set()
    tail = b""
    while (chunk := sheet.read(CHUNK)) and len(found) < MAX_RANGES:
        found.update(each.groups() for each in MERGED.finditer(tail + chunk))
        tail = (tail + chunk)[-OVERLAP:]
    cells = MergedCells(columns)
    for first_column, first_row, last_column, last_row in found:
        cells.add(_index(first_column), int(first_row), _index(last_column), int(last_row))
    return cells


def _index(letters: bytes) -> int:
    """Return the index of a column from 0: A, Z, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
