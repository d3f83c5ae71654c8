"""An operator's facts file: measured values outrank defaults, and a bad file is refused in one line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from facts.fact import BadFactsFile
from facts.load import platform_facts
from facts.operator_file import (
    LARGEST_FILE,
    MeasuredFact,
    MeasuredFacts,
    parse_operator_facts,
    read_operator_facts,
    render_operator_facts,
)

TABLE = platform_facts()
DAY = date(2026, 11, 27)
FILE = """
[measured.edit_during_audit]
value = true
market = "MX"
date = 2026-11-27
request_ids = ["20261127A", "20261127B"]
"""


def test_a_measured_value_counts_in_its_market() -> None:
    facts = parse_operator_facts(FILE, TABLE)
    assert facts.position("refuses_edit_during_audit", "MX") is True
    assert facts.position("refuses_edit_during_audit", "US") is False
    assert facts.measured[0].request_ids == ("20261127A", "20261127B")


def test_a_market_outranks_all_markets_and_the_later_date_counts() -> None:
    def measured(value: bool, market: str, day: int) -> MeasuredFact:
        return MeasuredFact("legacy_values", "accepts_legacy_values", value, market, date(2026, 11, day), ())

    facts = MeasuredFacts(TABLE, (measured(True, "*", 20), measured(True, "MX", 3), measured(False, "MX", 4)))
    assert facts.position("accepts_legacy_values", "MX") is False
    assert facts.position("accepts_legacy_values", "BR") is True
    assert [each.value for each in facts.differences()] == [True, True]


def test_without_measurements_the_defaults_count() -> None:
    facts = parse_operator_facts("", TABLE)
    assert facts.position("quota_code", "US") == 12052093
    with pytest.raises(KeyError):
        facts.position("no_such_switch", "US")


def test_a_written_file_reads_back_to_the_same_facts() -> None:
    measured = (
        MeasuredFact("edit_during_audit", "refuses_edit_during_audit", True, "MX", DAY, ('a"b\\c', "d\te\x7f")),
        MeasuredFact("edit_during_audit", "refuses_edit_during_audit", False, "*", DAY, ()),
        MeasuredFact("bad_token", "bad_token_code", 36009005, "TH", DAY, ("1",)),
    )
    assert parse_operator_facts(render_operator_facts(MeasuredFacts(TABLE, measured)), TABLE).measured == measured


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("edit_during_audit", "edit_during_lunch", "measured.edit_during_lunch: no fact has this id"),
        ("edit_during_audit", "search_window", "measured.search_window: this fact has no switch"),
        ("value = true", "value = 1", "measured.edit_during_audit: value must be one of false, true"),
        ("value = true", "", "measured.edit_during_audit: value must be one of"),
        ('"MX"', '"Mexico"', "measured.edit_during_audit: market must be a region code"),
        ("date = 2026-11-27", 'date = "2026-11-27"', "measured.edit_during_audit: date must be a date"),
        ("date = 2026-11-27", "date = 2026-11-27T10:00:00", "measured.edit_during_audit: date must be a date"),
        ('["20261127A", "20261127B"]', "[5]", "measured.edit_during_audit: request_ids must be a list of strings"),
        ("value = true", "value = true\nwhy = 1", "measured.edit_during_audit: unknown field why"),
        ("[measured.edit_during_audit]", "[other]", "unknown table other"),
        ("[measured.edit_during_audit]", "[measured", "not valid TOML"),
    ],
)
def test_a_bad_entry_is_named_in_one_line(old: str, new: str, message: str) -> None:
    with pytest.raises(BadFactsFile, match=re.escape(message)) as raised:
        parse_operator_facts(FILE.replace(old, new), TABLE)
    assert "\n" not in str(raised.value)


def test_the_entry_of_several_is_numbered() -> None:
    twice = FILE.replace("[measured.edit_during_audit]", "[[measured.edit_during_audit]]")
    with pytest.raises(BadFactsFile, match=r"measured\.edit_during_audit, entry 2: value"):
        parse_operator_facts(twice + twice.replace("value = true", "value = 3"), TABLE)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    for content, message in (
        (None, "No such file"),
        (b"\xff", "not UTF-8"),
        (b"#" * (LARGEST_FILE + 1), "larger than"),
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadFactsFile, match=message) as raised:
            read_operator_facts(path, TABLE)
        assert str(path) in str(raised.value)
    path.write_text(FILE)
    assert len(read_operator_facts(path, TABLE).measured) == 1
