"""Reads a CSV or XLSX file, which it recognises by content, with limits on size, memory and time."""

from __future__ import annotations

from pathlib import Path

from tables.csv_text import read_csv
from tables.encoding import decode
from tables.model import BadCell, BadTable, Limits, Sheet
from tables.records import column_letter
from tables.xlsx import read_xlsx

OTHER_FORMATS = {
    b"\xd0\xcf\x11\xe0": "the file is an old .xls workbook or has a password; save it as .xlsx without a password",
    b"%PDF": "the file is a PDF; export it as .xlsx or .csv",
}
MARKUP, HEAD_BYTES = (b"<html", b"<!doctype html", b"<?xml", b"<table"), 1024
DEFAULT_LIMITS = Limits()


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Read a file of at most `max_bytes`, which may be a device or a pipe. Raises BadTable, OSError."""
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise BadTable(f"the file is too large; the limit is {max_bytes // 1024**2} MiB")
    return content


def read_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> tuple[Sheet, ...]:
    """Return the sheets of a file; CSV has one unnamed sheet. Blocks while reading. Raises BadTable, OSError."""
    return read_content(read_bounded(path, limits.file_bytes), limits)


def read_content(content: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[Sheet, ...]:
    """Return the sheets of a file's content. Raises BadTable."""
    if len(content) > limits.file_bytes:
        raise BadTable(f"the file is too large; the limit is {limits.file_bytes // 1024**2} MiB")
    for magic, problem in OTHER_FORMATS.items():
        if content.startswith(magic):
            raise BadTable(problem)
    if content[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        raise BadTable("the file is a web page or XML, whatever its name says; save it as .xlsx or .csv")
    if content.startswith(b"PK"):
        return read_xlsx(content, limits)
    return (read_csv(decode(content), limits.rows),)


def as_csv(sheet: Sheet) -> str:
    """Return a sheet as plain CSV with the same row numbers, for parsers of text. Raises BadTable for a bad cell."""
    lines: list[str] = []
    for row in sheet.rows:
        if row.problem:
            raise BadTable(row.problem, row.number)
        for index, cell in enumerate(row.cells):
            if isinstance(cell, BadCell):
                raise BadTable(f"column {column_letter(index)}: {cell.problem}", row.number)
        lines += [""] * (row.number - 1 - len(lines))
        lines.append(",".join('"' + str(cell).replace('"', '""').replace("\n", " ") + '"' for cell in row.cells))
    return "\n".join(lines) + "\n"
