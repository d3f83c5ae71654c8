"""Reads CSV of any dialect. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from tables.cells import text_cell
from tables.model import MAX_ROWS, BadTable, Row, Sheet

DELIMITERS = ";,\t|"
HEAD_CHARACTERS = 20_000
"""Number of characters searched for the delimiter."""
DECLARED = re.compile(r"sep=(.)[ ]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)


def read_csv(text: str, max_rows: int = MAX_ROWS) -> Sheet:
    """Parse CSV text. An invalid row becomes a row with a problem; the other rows are read.

    Raises BadTable if there are more rows than `max_rows`: short rows take fifty times their size in memory.
    """
    text, delimiter = _dialect(text)
    rows: list[Row] = []
    for row in _rows(text, delimiter):
        if len(rows) == max_rows:
            raise BadTable(f"the file has more than {max_rows:,} rows; split it")
        rows.append(row)
    return Sheet("", tuple(rows))


def _dialect(text: str) -> tuple[str, str]:
    """Return the text and its delimiter: declared as `sep=;` in the first line, or the one the header uses most."""
    if declared := DECLARED.match(text):
        return "\n" + text[declared.end() :], declared[1]
    # Count outside quotation marks, in the first row that has any: there may be a title above the header.
    rows = ("".join(line.split('"')[::2]) for line in text[:HEAD_CHARACTERS].splitlines())
    outside = next((row for row in rows if any(each in row for each in DELIMITERS)), "")
    counts = {delimiter: outside.count(delimiter) for delimiter in DELIMITERS}
    return text, max(DELIMITERS, key=lambda each: (counts[each], each == ","))


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    # Spaces after a delimiter would hide the quotation mark that begins a quoted cell.
    # Strict, so that an unclosed quotation mark is reported and does not swallow the rows below.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            line = next(reader, None)
        except csv.Error as problem:
            yield Row(number, (), f"not CSV ({problem})")
            continue
        if line is None:
            return
        cells = tuple(text_cell(cell) for cell in line)
        if any(cells):
            yield Row(number, cells)
