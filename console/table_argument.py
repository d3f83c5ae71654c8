"""Reads a mapping or attribute rules file named on the command line; `-` is standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from console.row_problems import rows_error
from relisting.table_file import BadFile
from tables.model import BadTable
from tables.reader import DEFAULT_LIMITS, as_csv, read_bounded, read_content

T = TypeVar("T")

TABLE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""The type of the argument."""


def table_text(file: Path) -> str:
    """The first sheet of a CSV or XLSX file, as CSV. Raises ClickException."""
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(DEFAULT_LIMITS.file_bytes + 1)
        else:
            content = read_bounded(file, DEFAULT_LIMITS.file_bytes)
        return as_csv(read_content(content)[0])
    except BadTable as problem:
        row = f"row {problem.row}: " if problem.row else ""
        name = "standard input" if str(file) == "-" else file
        raise click.ClickException(f"{name}: {row}{problem}") from None
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be read: {problem.strerror}") from None


def parsed_table(file: Path, parse: Callable[[str], T]) -> T:
    """The parsed rows. Raises ClickException, which lists every bad row."""
    try:
        return parse(table_text(file))
    except BadFile as bad:
        raise rows_error(bad.problems) from None
