"""Prints tables: formatted on a terminal, tab-separated and untruncated in a pipe."""

from __future__ import annotations

import click
from rich import box
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text


def plain_table(*columns: str | Column, title: str = "") -> Table:
    """Return a table with one line below the headings, narrow enough for 80 columns."""
    return Table(
        *columns, title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )


def print_table(table: Table, *below: RenderableType) -> None:
    """Print a table; `below` is printed only on a terminal."""
    console = Console()
    if console.is_terminal:
        console.print(table, *below)
        return
    click.echo("\t".join(str(column.header) for column in table.columns))
    for row in zip(*(column.cells for column in table.columns), strict=True):
        click.echo("\t".join(_plain(cell) for cell in row))


def _plain(cell: object) -> str:
    text = cell.plain if isinstance(cell, Text) else str(cell)
    if "[" in text and not isinstance(cell, Text):
        # Parsing markup takes most of the time of a table of ten thousand shops.
        text = Text.from_markup(text, emoji=False).plain
    return " ".join(text.split())
