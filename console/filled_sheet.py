"""Protects a sheet that people have filled in: a command overwrites it only with --replace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from console.formatting import pluralize
from tables.cells import heading_key
from tables.model import BadTable, Sheet
from tables.reader import read_file
from tables.records import header_place

REPLACE = click.option("--replace", is_flag=True, help="Write over a sheet that was filled in, or over another file.")
BEGINNING_BYTES = 400
OR_REPLACE = "choose another name, or write over it with --replace"


def keep_filled_in(file: Path, columns: Sequence[str], *, replace: bool, written: Iterable[str] | None = ()) -> None:
    """Refuse to overwrite a sheet whose `columns` contain more than would be `written` there, or another file.

    `written` is None for sheets that people do not fill in: only other files are protected. Raises ClickException.
    """
    if replace or str(file) == "-" or not file.is_file() or not file.stat().st_size:
        return
    try:
        sheets = read_file(file)
    except (BadTable, OSError):
        raise click.ClickException(f"{file} exists and is not a sheet of this kind; {OR_REPLACE}") from None
    found = [_cells(sheet, columns) for sheet in sheets]
    if all(cells is None for cells in found):
        raise click.ClickException(f"{file} exists and is not a sheet of this kind; {OR_REPLACE}")
    present = Counter(cell for cells in found for cell in cells or ())
    if written is not None and (lost := (present - Counter(written)).total()):
        raise click.ClickException(f"{file} has {pluralize(lost, 'cell')} filled in by someone; {OR_REPLACE}")


def keep_other(file: Path, is_ours: Callable[[bytes], bool], *, replace: bool) -> None:
    """Refuse to overwrite a file whose beginning shows that this command has not written it. Raises ClickException."""
    if replace or str(file) == "-" or not file.is_file():
        return
    try:
        with file.open("rb") as opened:
            beginning = opened.read(BEGINNING_BYTES)
    except OSError as problem:
        raise click.ClickException(f"{file} cannot be read: {problem.strerror}") from None
    if beginning and not is_ours(beginning):
        raise click.ClickException(f"{file} exists and was not written by this command; {OR_REPLACE}")


def _cells(sheet: Sheet, columns: Sequence[str]) -> list[str] | None:
    """Return the cells of these columns that are not empty, or None if the sheet has none of the columns."""
    if not sheet.rows:
        return None
    keys = {heading_key(name) for name in columns}
    place = header_place(sheet, columns, every=False)
    head = sheet.rows[place].cells
    indexes = [index for index, cell in enumerate(head) if isinstance(cell, str) and heading_key(cell) in keys]
    if not indexes:
        return None
    rows = sheet.rows[place + 1 :]
    cells = (row.cells[index] for row in rows for index in indexes if index < len(row.cells))
    # An unreadable cell was filled in as well.
    return [cell if isinstance(cell, str) else cell.problem for cell in cells if cell]
