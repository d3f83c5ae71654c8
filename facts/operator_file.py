"""An operator's facts file: values measured on the operator's own shop, which outrank the defaults of the table.

    [measured.edit_during_audit]
    value = true                  # a position of the fact's switch
    market = "MX"                 # a region code, or "*" for all markets
    date = 2026-11-27
    request_ids = ["2026112709..."]

`relist calibrate` writes such a file. A fact may be measured in several markets: `[[measured.edit_during_audit]]`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from facts.fact import BadFactsFile, Fact, FactTable, Position, shown
from facts.load import same_position

EVERY_MARKET = "*"
LARGEST_FILE = 1024 * 1024
"""Bytes; ten times the size of a file with every fact measured in every market."""
FIELDS = frozenset({"value", "market", "date", "request_ids"})
_MARKET = re.compile(r"[A-Z]{2}|\*")


@dataclass(frozen=True, slots=True)
class MeasuredFact:
    fact_id: str
    switch_name: str
    value: Position
    market: str
    """A region code such as MX, or `*`."""
    date: date
    request_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFacts:
    """An operator's measurements on top of the table's defaults. Compared by identity, which makes it a cheap key."""

    table: FactTable
    measured: tuple[MeasuredFact, ...] = ()

    def position(self, switch_name: str, market: str) -> Position:
        """The value measured in this market, or else for every market, or else the table's default.

        Of two measurements of one market the later counts. Raises KeyError for an unknown switch.
        """
        measured = self.measured_position(switch_name, market)
        return self.table.default(switch_name) if measured is None else measured

    def measured_position(self, switch_name: str, market: str) -> Position | None:
        """As `position`, but None where nothing was measured."""
        if not self.measured:
            return None
        own = [each for each in self.measured if each.switch_name == switch_name]
        for wanted in (market, EVERY_MARKET):
            found = [each for each in own if each.market == wanted]
            if found:
                return max(found, key=lambda each: each.date).value
        return None

    def differences(self) -> tuple[MeasuredFact, ...]:
        """The measurements that differ from the table's default."""
        return tuple(
            each for each in self.measured if not same_position(each.value, self.table.default(each.switch_name))
        )


def read_operator_facts(path: Path, table: FactTable) -> MeasuredFacts:
    """Raises BadFactsFile with a one-line message that names the entry."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadFactsFile(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST_FILE:
        raise BadFactsFile(f"{path}: larger than {LARGEST_FILE} bytes")
    try:
        return parse_operator_facts(raw.decode(), table)
    except UnicodeDecodeError:
        raise BadFactsFile(f"{path}: not UTF-8") from None
    except BadFactsFile as error:
        raise BadFactsFile(f"{path}: {error}") from None


def parse_operator_facts(text: str, table: FactTable) -> MeasuredFacts:
    """Raises BadFactsFile."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadFactsFile(f"not valid TOML: {error}") from None
    if unknown := sorted(content.keys() - {"measured"}):
        raise BadFactsFile(f"unknown table {unknown[0]}: only [measured.FACT] is allowed")
    measured = content.get("measured", {})
    if not isinstance(measured, dict):
        raise BadFactsFile("measured must be a table: write [measured.FACT]")
    return MeasuredFacts(table, tuple(_entries(measured, table)))


def render_operator_facts(measured: MeasuredFacts) -> str:
    """Return a file that `parse_operator_facts` parses to the same facts."""
    lines = ["# Facts measured on the operator's own shop. Read by the service, written by `relist calibrate`.", ""]
    for each in measured.measured:
        value = shown(each.value) if isinstance(each.value, bool) else _quoted(each.value)
        lines += [
            f"[[measured.{each.fact_id}]]",
            f"value = {value}",
            f"market = {_quoted(each.market)}",
            f"date = {each.date.isoformat()}",
            f"request_ids = [{', '.join(map(_quoted, each.request_ids))}]",
            "",
        ]
    return "\n".join(lines)


def _entries(measured: Mapping[str, Any], table: FactTable) -> Iterator[MeasuredFact]:
    for fact_id, content in measured.items():
        fact = table.facts.get(fact_id)
        if fact is None:
            raise BadFactsFile(f"measured.{fact_id}: no fact has this id (docs/platform-facts.md lists them)")
        entries = content if isinstance(content, list) else [content]
        for number, entry in enumerate(entries, 1):
            where = f"measured.{fact_id}" if len(entries) == 1 else f"measured.{fact_id}, entry {number}"
            yield _measured(entry, fact, where)


def _measured(entry: Any, fact: Fact, where: str) -> MeasuredFact:
    if fact.switch is None:
        raise BadFactsFile(f"{where}: this fact has no switch, so nothing can be set")
    if not isinstance(entry, dict):
        raise BadFactsFile(f"{where}: must be a table with value, market, date and request_ids")
    if unknown := sorted(entry.keys() - FIELDS):
        raise BadFactsFile(f"{where}: unknown field {unknown[0]}")
    if "value" not in entry or not any(same_position(entry["value"], each) for each in fact.switch.positions):
        allowed = ", ".join(
            str(each).lower() if isinstance(each, bool) else str(each) for each in fact.switch.positions
        )
        raise BadFactsFile(f"{where}: value must be one of {allowed}")
    market = entry.get("market", EVERY_MARKET)
    if not isinstance(market, str) or not _MARKET.fullmatch(market):
        raise BadFactsFile(f"{where}: market must be a region code such as MX, or *")
    day = entry.get("date")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise BadFactsFile(f"{where}: date must be a date such as 2026-11-27")
    request_ids = entry.get("request_ids", [])
    if not isinstance(request_ids, list) or not all(isinstance(each, str) for each in request_ids):
        raise BadFactsFile(f"{where}: request_ids must be a list of strings")
    return MeasuredFact(fact.id, fact.switch.name, entry["value"], market, day, tuple(request_ids))


def _quoted(value: int | str) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(f"\\u{ord(each):04x}" if ord(each) < 32 or ord(each) == 127 else each for each in escaped) + '"'
    )
