"""Prints tables: formatted on a terminal, tab-separated and untruncated in a pipe."""

from __future__ import annotations

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text

MANY_ROWS = 500
"""Number of rows from which a table is printed without styles and wrapping: rich takes a millisecond or more per
row.
"""


def plain_table(*columns: str | Column, title: str = "") -> Table:
    """Return a table with one line below the headings, narrow enough for 80 columns."""
    return Table(
        *columns, title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )


def print_table(table: Table, *below: RenderableType) -> None:
    """Print a table; `below` is printed only on a terminal."""
    console = Console()
    if not console.is_terminal:
        click.echo("\n".join(map("\t".join, _rows(table))))
    elif table.row_count < MANY_ROWS:
        console.print(table, *below)
    else:
        click.echo("\n".join(_aligned(table)))
        console.print(*below)


def _rows(table: Table) -> list[tuple[str, ...]]:
    """The headings and all rows as plain text."""
    columns = [[str(column.header), *map(_plain, column.cells)] for column in table.columns]
    return list(zip(*columns, strict=True))


def _aligned(table: Table) -> list[str]:
    """Return the lines of a table whose columns are as wide as their longest cell."""
    rows = _rows(table)
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    right = [column.justify == "right" for column in table.columns]
    rows.insert(1, tuple("─" * width for width in widths))
    return ["  ".join(map(_padded, row, widths, right)).rstrip() for row in rows]


def _padded(text: str, width: int, is_right: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return blanks + text if is_right else text + blanks


def _plain(cell: object) -> str:
    text = cell.plain if isinstance(cell, Text) else str(cell)
    if "[" in text and not isinstance(cell, Text):
        # Parsing markup takes most of the time of a table of ten thousand shops.
        text = Text.from_markup(text, emoji=False).plain
    return " ".join(text.split())
