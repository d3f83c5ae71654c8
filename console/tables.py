"""Tables: with lines and colours for a person, tab-separated and uncut for a pipe."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_table(table: Table) -> None:
    console = Console()
    if console.is_terminal:
        console.print(table)
        return
    click.echo("\t".join(str(column.header) for column in table.columns))
    for row in zip(*(column.cells for column in table.columns), strict=True):
        click.echo("\t".join(_plain(cell) for cell in row))


def _plain(cell: object) -> str:
    text = cell.plain if isinstance(cell, Text) else Text.from_markup(str(cell)).plain
    return " ".join(text.split())
