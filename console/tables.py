"""Tables: with lines and colours for a person, tab-separated and uncut for a pipe."""

from __future__ import annotations

import click
from rich import box
from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text


def plain_table(*columns: str | Column, title: str = "") -> Table:
    """One line under the head and no others: narrow enough for eighty letters."""
    return Table(
        *columns, title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )


def print_table(table: Table, *below: RenderableType) -> None:
    """`below` is for people alone: what a table has no room for."""
    console = Console()
    if console.is_terminal:
        console.print(table, *below)
        return
    click.echo("\t".join(str(column.header) for column in table.columns))
    for row in zip(*(column.cells for column in table.columns), strict=True):
        click.echo("\t".join(_plain(cell) for cell in row))


def _plain(cell: object) -> str:
    text = cell.plain if isinstance(cell, Text) else Text.from_markup(str(cell)).plain
    return " ".join(text.split())
