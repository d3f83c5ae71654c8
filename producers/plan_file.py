"""The plan file: a header line, then one line per product, each with a checksum.

A plan says exactly which edits are sent, so a line that was changed after `relist plan` wrote it is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO

import orjson

from record.plans import PLAN_VERSION

MAX_LINE_BYTES = 4 * 1024 * 1024
CHECKSUM_LENGTH = 20
NO_PLAN = "this is not a plan: `relist plan` writes one"


class BadPlan(ValueError):
    """The file cannot be applied. `str()` names the row and the reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    run_id: str
    entries: tuple[dict[str, Any], ...]
    """All products, in file order."""
    missing: int
    """Number of lines that the header announces but the file lacks."""


def is_plan(beginning: bytes) -> bool:
    """Return whether a file that begins like this is a plan of any version."""
    return beginning.startswith(b"{") and b'"plan":' in beginning


def header_line(run_id: str, at: str, lines: int) -> bytes:
    return _sealed({"plan": PLAN_VERSION, "run_id": run_id, "at": at, "lines": lines}, "")


def entry_line(entry: Mapping[str, Any], run_id: str, number: int) -> bytes:
    """Return the plan line of a product. `number` counts the products of the plan from 1."""
    return _sealed({"line": number, **entry}, run_id)


def read_plan(file: BinaryIO) -> Plan:
    """Raises BadPlan for the first bad row."""
    rows = _rows(file)
    header = next(rows, None)
    if header is None or header.get("plan") != PLAN_VERSION:
        raise BadPlan("not a plan of this version; write a new one with `relist plan`")
    run_id, lines = str(header.get("run_id") or ""), header.get("lines")
    if not _is_genuine(header, "") or not isinstance(lines, int):
        raise BadPlan("row 1 was changed after `relist plan` wrote it; write a new plan")
    entries: list[dict[str, Any]] = []
    rows_by_line: dict[int, int] = {}
    for row, entry in enumerate(rows, 2):
        if not _is_genuine(entry, run_id):
            raise BadPlan(f"row {row} was changed after `relist plan` wrote it, or belongs to another plan")
        if (first := rows_by_line.setdefault(entry["line"], row)) != row:
            raise BadPlan(f"row {row} repeats row {first}")
        entries.append(entry)
    return Plan(run_id, tuple(entries), lines - len(entries))


def display_name(file: BinaryIO) -> str:
    return file.name if isinstance(file.name, str) and file.name != "<stdin>" else "standard input"


def _rows(file: BinaryIO) -> Iterator[dict[str, Any]]:
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadPlan(f"row {number} is too long to be a plan line")
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BadPlan(f"row {number} is not JSON" if number > 1 else NO_PLAN) from None
        if not isinstance(row, dict):
            raise BadPlan(f"row {number} is not a plan line" if number > 1 else NO_PLAN)
        yield row


def _sealed(row: Mapping[str, Any], run_id: str) -> bytes:
    return orjson.dumps({**row, "checksum": _checksum(row, run_id)}) + b"\n"


def _is_genuine(row: Mapping[str, Any], run_id: str) -> bool:
    given = row.get("checksum")
    body = {name: value for name, value in row.items() if name != "checksum"}
    return isinstance(given, str) and given.isascii() and hmac.compare_digest(given, _checksum(body, run_id))


def _checksum(row: Mapping[str, Any], run_id: str) -> str:
    """The order of keys and white space do not matter. Checksum that binds the line to its plan."""
    canonical = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return sha256(run_id.encode() + b"\n" + canonical).hexdigest()[:CHECKSUM_LENGTH]
