"""Reloads the operator's config files when they change. An invalid new version leaves the previous one in effect."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from facts.error_codes import BadErrorCodesFile, ErrorCodes, parse_error_codes, platform_error_codes
from facts.fact import BadFactsFile
from facts.load import platform_facts
from facts.operator_file import MeasuredFacts, parse_operator_facts
from relisting.attribute_rules import AttributeRules, parse_attribute_rules
from relisting.mapping import CategoryMapping, parse_mapping
from relisting.table_file import BadFile, RowProblem
from rollout.edit import content_version
from tables.model import BadTable
from tables.reader import as_csv, read_file

log = structlog.get_logger("relist.files")

T = TypeVar("T")
Stamp = tuple[int, int, int]
MAX_LOGGED_PROBLEMS = 20
MAX_SHOWN_PROBLEMS = 5
MAX_TEXT_BYTES = 1024 * 1024


class WatchedFile(Generic[T]):
    """A parsed file. `current()` costs one `stat`, so call it once per product, not once per attribute.

    Without a path, the content is always `empty`.
    """

    def __init__(
        self, path: Path | None, parse: Callable[[str], T], empty: T, read: Callable[[Path], str] | None = None
    ) -> None:
        """`read` returns the file's text; by default the file is a table. Raises BadFile."""
        self._path, self._parse, self._value = path, parse, empty
        self._read = read or _read_table
        self._stamp: Stamp | None = None
        self._version = ""
        self.problem = ""
        """Why the file's current version cannot be used; empty if it can."""
        if path is not None:
            try:
                self._stamp = _stamp(path)
                self._load(path)
            except OSError as error:
                raise BadFile([RowProblem(0, f"{path} cannot be read: {error.strerror}")]) from None

    def current(self) -> T:
        if self._path is None:
            return self._value
        try:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return self._value
            self._stamp = stamp
            self._load(self._path)
        except OSError as error:
            if self._stamp is not None:
                self._stamp = None  # Logged once; the file is read again as soon as it reappears.
                self.problem = f"{self._path} cannot be read: {error.strerror}"
                log.error("config_file_missing", path=str(self._path), error=error.strerror, kept="previous version")
        except BadFile as bad:
            problems = [str(problem) for problem in bad.problems[:MAX_LOGGED_PROBLEMS]]
            self.problem = file_problem(self._path, bad)
            log.error("config_file_invalid", path=str(self._path), problems=problems, kept="previous version")
        else:
            self.problem = ""
            log.info("config_file_loaded", path=str(self._path))
        return self._value

    def version(self) -> str:
        """A hash of the content in use, equal in all processes; empty without a path."""
        self.current()
        return self._version

    def _load(self, path: Path) -> None:
        text = self._read(path)
        self._value = self._parse(text)
        self._version = content_version(text)


def file_problem(path: Path | None, bad: BadFile) -> str:
    """Return the file's name and its first problems in one line."""
    shown, more = bad.problems[:MAX_SHOWN_PROBLEMS], len(bad.problems) - MAX_SHOWN_PROBLEMS
    text = "; ".join(map(str, shown)) + (f"; and {more:,} more" if more > 0 else "")
    return text if str(path) in text else f"{path}: {text}"


def mapping_file(path: Path | None) -> WatchedFile[CategoryMapping]:
    """Raises BadFile."""
    return WatchedFile(path, parse_mapping, CategoryMapping())


def attribute_rules_file(path: Path | None) -> WatchedFile[AttributeRules]:
    """Raises BadFile."""
    return WatchedFile(path, parse_attribute_rules, AttributeRules())


def error_codes_file(path: Path | None) -> WatchedFile[ErrorCodes]:
    """The platform's error codes, overridden by those of an operator's file. Raises BadFile."""
    return WatchedFile(path, _parse_error_codes, platform_error_codes(), _read_text)


def facts_file(path: Path | None) -> WatchedFile[MeasuredFacts]:
    """The platform's behaviour: the fact table, overridden by an operator's measurements. Raises BadFile."""
    return WatchedFile(path, _parse_facts, MeasuredFacts(platform_facts()), _read_text)


def _parse_facts(text: str) -> MeasuredFacts:
    try:
        return parse_operator_facts(text, platform_facts())
    except BadFactsFile as bad:
        raise BadFile([RowProblem(0, str(bad))]) from None


def _parse_error_codes(text: str) -> ErrorCodes:
    try:
        return platform_error_codes().overridden_by(parse_error_codes(text))
    except BadErrorCodesFile as bad:
        raise BadFile([RowProblem(0, str(bad))]) from None


def _stamp(path: Path) -> Stamp:
    """A value that changes with every save, even if the file is replaced within the same clock tick."""
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read_table(path: Path) -> str:
    """Returns the first sheet of a CSV or XLSX file as CSV. Raises BadFile, OSError."""
    try:
        return as_csv(read_file(path)[0])
    except BadTable as problem:
        raise BadFile([RowProblem(problem.row, str(problem))]) from None


def _read_text(path: Path) -> str:
    """Raises BadFile, OSError."""
    with path.open("rb") as file:
        raw = file.read(MAX_TEXT_BYTES + 1)
    if len(raw) > MAX_TEXT_BYTES:
        raise BadFile([RowProblem(0, f"{path} is larger than {MAX_TEXT_BYTES:,} bytes")])
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadFile([RowProblem(0, f"{path} is not UTF-8")]) from None
