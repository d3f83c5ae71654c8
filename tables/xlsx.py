"""Unpacks XLSX in a child process with limits on memory and time (tables/xlsx_child.py)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from tables.model import BadCell, BadTable, Cell, Limits, Row, Sheet

TOO_MUCH = "the file needs too much memory or time to unpack"


def read_xlsx(content: bytes, limits: Limits) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook. Blocks for seconds on a large file. Raises BadTable."""
    numbers = (limits.unpacked_bytes, limits.memory_bytes, max(1, int(limits.seconds)), limits.columns)
    command = [sys.executable, "-m", "tables.xlsx_child", *map(str, numbers)]
    try:
        unpacked = subprocess.run(  # noqa: S603 -- our own module, with numbers as arguments
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.seconds,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired:
        raise BadTable(TOO_MUCH) from None
    return sheets_of(map(orjson.loads, unpacked.splitlines()))


def sheets_of(messages: Iterable[Sequence[Any]]) -> tuple[Sheet, ...]:
    """Return the sheets of the child's messages. Raises BadTable."""
    rows: dict[str, list[Row]] = {}
    name = ""
    for kind, *values in messages:
        match kind:
            case "sheet":
                name = values[0]
                rows[name] = []
            case "row":
                rows[name].append(Row(values[0], tuple(_cell(each) for each in values[1])))
            case "error":
                raise BadTable(values[0])
            case "end":
                return tuple(Sheet(each, tuple(found)) for each, found in rows.items())
    raise BadTable(TOO_MUCH)


def _cell(value: Any) -> Cell:
    return value if isinstance(value, str) else BadCell(value[0])
