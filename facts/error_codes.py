"""The platform's error codes as data: what each means, who acts, and what to do. Pure, except for reading the table.

The table is error_codes.toml. An operator's file of the same shape adds codes or replaces them.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any, Literal, get_args

ErrorClass = Literal[
    "throttled",
    "transient",
    "clock",
    "token_expired",
    "auth_refused",
    "bad_cipher",
    "app_credentials",
    "quota_hour",
    "quota_day",
    "shop_blocked",
    "product_locked",
    "product_not_found",
    "stale_catalogue",
    "category_closed",
    "product_problem",
    "bad_request",
]
Actor = Literal["seller", "operator", "platform"]
CLASSES: tuple[str, ...] = get_args(ErrorClass)
ACTORS: tuple[str, ...] = get_args(Actor)
CONFIDENCES = ("live", "documented", "inferred", "operator")
TEXTS = ("class", "actor", "remedy", "source", "confidence")
FIELDS = frozenset({*TEXTS, "date", "field", "message", "codes"})
MAX_PATTERN_CHARACTERS = 200


class BadErrorCodesFile(Exception):
    """A file of error codes cannot be used; the message is one line that names the group or code."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    code: int
    meaning: str
    error_class: ErrorClass
    actor: Actor
    """Who can resolve it."""
    remedy: str
    """One sentence: the action that resolves it."""
    source: str
    date: date
    confidence: str
    field: str | None = None
    """The part of an edit that the code is about."""
    message: re.Pattern[str] | None = None
    """The entry applies only to messages that contain this pattern, in lower case."""


@dataclass(frozen=True, slots=True)
class ErrorCodes:
    """Entries per code, in the order of the file."""

    entries: Mapping[int, tuple[ErrorCode, ...]] = field(default_factory=dict)

    def find(self, code: int, message: str = "") -> ErrorCode | None:
        """Return the first entry that fits; None for an unknown code. The HTTP status is irrelevant."""
        lowered = message.lower()
        for entry in self.entries.get(code, ()):
            if entry.message is None or entry.message.search(lowered):
                return entry
        return None

    def overridden_by(self, other: ErrorCodes) -> ErrorCodes:
        """Return a table in which the other's entries take precedence over this one's."""
        merged = dict(self.entries)
        for code, entries in other.entries.items():
            merged[code] = (*entries, *self.entries.get(code, ()))
        return ErrorCodes(merged)


@functools.cache
def platform_error_codes() -> ErrorCodes:
    """Return the table that ships with the project."""
    return parse_error_codes(files("facts").joinpath("error_codes.toml").read_text(encoding="utf-8"))


def parse_error_codes(text: str) -> ErrorCodes:
    """Parse a table of error codes. Raises BadErrorCodesFile."""
    try:
        groups = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadErrorCodesFile(f"not valid TOML: {error}") from None
    if unknown := sorted(groups.keys() - {"group"}):
        raise BadErrorCodesFile(f"unknown table {unknown[0]}: write [[group]]")
    if not isinstance(groups.get("group", []), list):
        raise BadErrorCodesFile("group must be an array of tables: write [[group]]")
    entries: dict[int, tuple[ErrorCode, ...]] = {}
    for number, group in enumerate(groups.get("group", []), 1):
        for entry in _entries(group, f"group number {number}"):
            entries[entry.code] = (*entries.get(entry.code, ()), entry)
    return ErrorCodes(entries)


def _entries(group: Any, where: str) -> Iterator[ErrorCode]:
    if not isinstance(group, dict):
        raise BadErrorCodesFile(f"{where} is not a table")
    if unknown := sorted(group.keys() - FIELDS):
        raise BadErrorCodesFile(f"{where}: unknown field {unknown[0]}")
    for name in TEXTS:
        if not isinstance(group.get(name), str) or not group[name].strip():
            raise BadErrorCodesFile(f"{where}: {name} must be a string")
    _check_choice(group, "class", CLASSES, where)
    _check_choice(group, "actor", ACTORS, where)
    _check_choice(group, "confidence", CONFIDENCES, where)
    if type(group.get("date")) is not date:
        raise BadErrorCodesFile(f"{where}: date must be a date such as 2026-11-27")
    if "field" in group and not isinstance(group["field"], str):
        raise BadErrorCodesFile(f"{where}: field must be a string")
    codes = group.get("codes")
    if not isinstance(codes, dict) or not codes:
        raise BadErrorCodesFile(f'{where}: codes must be a table such as 12052051 = "title too long"')
    pattern = _pattern(group.get("message"), where)
    for code, meaning in codes.items():
        if not (code.isascii() and code.isdigit() and 0 < int(code) < 2**63):
            raise BadErrorCodesFile(f"{where}: {code[:40]} is not an error code")
        if not isinstance(meaning, str) or not meaning.strip():
            raise BadErrorCodesFile(f"{where}: code {code}: the meaning must be a string")
        yield ErrorCode(
            int(code),
            meaning,
            group["class"],
            group["actor"],
            group["remedy"],
            group["source"],
            group["date"],
            group["confidence"],
            group.get("field"),
            pattern,
        )


def _check_choice(group: Mapping[str, Any], name: str, choices: tuple[str, ...], where: str) -> None:
    if group[name] not in choices:
        raise BadErrorCodesFile(f"{where}: {name} must be one of {', '.join(choices)}")


def _pattern(value: Any, where: str) -> re.Pattern[str] | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MAX_PATTERN_CHARACTERS:
        raise BadErrorCodesFile(f"{where}: message must be a string of 1 to {MAX_PATTERN_CHARACTERS} characters")
    try:
        return re.compile(value)
    except re.error as error:
        raise BadErrorCodesFile(f"{where}: message is not a regular expression: {error}") from None
