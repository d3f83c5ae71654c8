"""Reads tokens and codes of many sellers: JSON, JSON lines, CSV or XLSX. Pure.

JSON is the platform's token response in any published shape, a list of them, or one per line. A table has a column
`auth_code`, or `access_token` and `refresh_token` with their expiries. `app` names the app of an entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from authorisation.consent import BadCode, pasted_code
from tables.encoding import decode
from tables.model import BadTable
from tables.reader import read_content
from tables.records import records
from token_store.token_response import Tokens, parse_token_response, snake_case, token_data

MAX_ENTRIES = 10_000
COLUMNS = (
    *("auth_code", "code", "access_token", "refresh_token", "access_token_expire_in", "refresh_token_expire_in"),
    *("access_expires", "refresh_expires", "app"),
)


class BadTokenFile(ValueError):
    """The file as a whole cannot be used. The message never repeats a token."""


@dataclass(frozen=True, slots=True)
class Entry:
    where: str
    """Place in error messages, such as `row 3`."""
    tokens: Tokens | None = None
    code: str = field(default="", repr=False)
    app: str = ""
    problem: str = ""
    """Why the entry cannot be used; empty if it can."""


def read_entries(content: bytes, now: float, app: str = "") -> list[Entry]:
    """Return the entries in file order; `app` is the default for entries without one. Raises BadTokenFile."""
    rows = list(_rows(content))
    if not rows:
        raise BadTokenFile("it contains no token response and no code")
    if len(rows) > MAX_ENTRIES:
        raise BadTokenFile(f"it has more than {MAX_ENTRIES:,} entries: split it")
    return [_entry(where, row, now, app) for where, row in rows]


def _rows(content: bytes) -> Iterator[tuple[str, Any]]:
    if content.startswith(b"PK"):
        yield from _table(content)
        return
    try:
        text = decode(content).strip()
    except BadTable as problem:
        raise BadTokenFile(str(problem)) from None
    if text[:1] not in ("{", "["):
        yield from _table(content)
        return
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        yield from _lines(text)
        return
    rows = parsed if isinstance(parsed, list) else [parsed]
    for number, row in enumerate(rows, 1):
        yield (f"entry {number}" if len(rows) > 1 else "the response"), row


def _lines(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BadTokenFile(f"line {number} is not JSON") from None


def _table(content: bytes) -> Iterable[tuple[str, Any]]:
    try:
        found = records(read_content(content)[0], (), COLUMNS)
    except BadTable as problem:
        raise BadTokenFile(f"{problem}; a file of tokens is JSON, JSON lines, CSV or XLSX") from None
    if found.unknown and not found.known:
        raise BadTokenFile(f"no known column was found; columns are {', '.join(COLUMNS)}")
    rows = [(row.where, {name: cell for name, cell in row.cells.items() if cell}) for row in found.records]
    return [*rows, *((each.where, each.problem) for each in found.problems)]


def _entry(where: str, row: Any, now: float, app: str) -> Entry:
    if isinstance(row, str):
        return Entry(where, problem=row)
    if not isinstance(row, Mapping):
        return Entry(where, problem="not a JSON object")
    fields = {snake_case(str(name)): value for name, value in row.items()}
    named = str(fields.get("app") or app)
    code = fields.get("auth_code") or fields.get("code")
    if isinstance(code, str) and not code.isdigit() and "access_token" not in fields and "data" not in fields:
        try:
            return Entry(where, code=pasted_code(code).code, app=named)
        except BadCode as problem:
            return Entry(where, problem=str(problem))
    refused = fields.get("code", 0)
    if str(refused) not in ("0", "200") and not _holds_token(row):
        message = str(fields.get("message") or "")[:100]
        return Entry(where, problem=f"it is an error response from the platform (code {str(refused)[:12]}: {message})")
    try:
        tokens = parse_token_response(row, now)
    except ValueError as problem:
        return Entry(where, problem=str(problem))
    return Entry(where, tokens=replace(tokens, app=named), app=named)


def _holds_token(row: Mapping[str, Any]) -> bool:
    return "access_token" in token_data(row)
