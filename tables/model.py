"""Cells, rows and sheets of a table, and the error for a file that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass


class BadTable(ValueError):
    """The file is not a usable table. The message names the problem and the remedy."""

    def __init__(self, problem: str, row: int = 0) -> None:
        """`row`: the row with the problem, or 0 if it concerns the whole file."""
        super().__init__(problem)
        self.row = row


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell without a usable value, such as `#N/A`."""

    problem: str


Cell = str | BadCell


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    """Row number as in a spreadsheet, from 1."""
    cells: tuple[Cell, ...]
    problem: str = ""
    """The reason why the row cannot be read; empty if it can."""


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    """Empty for CSV."""
    rows: tuple[Row, ...]
    """Rows with at least one non-empty cell."""


MAX_ROWS = 1_048_576
MAX_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a file; a larger file is refused."""

    file_bytes: int = 32 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024
    """Address space in bytes of the process that unpacks XLSX."""
    seconds: float = 120.0
    """Time limit in seconds for unpacking XLSX."""
    rows: int = MAX_ROWS
    """Maximum number of non-empty rows of a CSV file; an XLSX sheet never has more."""
    columns: int = MAX_COLUMNS
