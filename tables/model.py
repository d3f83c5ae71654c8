"""Cells, rows and sheets of a table, and the error for a file that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass


class BadTable(ValueError):
    """The file is not a usable table. `str()` says what is wrong and what to do."""

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
    """As spreadsheets number rows, from 1."""
    cells: tuple[Cell, ...]
    problem: str = ""
    """Why the row as a whole cannot be read; empty if it can."""


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    """Empty for CSV."""
    rows: tuple[Row, ...]
    """Rows with at least one cell that is not empty."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on a file; a file beyond them is refused."""

    file_bytes: int = 32 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024
    """Address space of the process that unpacks XLSX."""
    seconds: float = 120.0
    """Time to unpack XLSX."""
    columns: int = 60
