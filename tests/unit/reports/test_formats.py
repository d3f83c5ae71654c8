"""Lines of a report as HTML, CSV and JSON."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest

from console.filled_sheet import BEGINNING_BYTES
from record.entry import BadEntry
from record.report import ReportLine
from record.report_summary import MAX_REASONS, OTHER, ReportSummary
from reports.formats import BYTE_ORDER_MARK, FORMATS, About, bars, is_report

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
TITLE = '=HYPERLINK("http://evil.example") <b>& "quoted"'
LINE = ReportLine(
    "7494000000000000001",
    "1729000000000000001",
    TITLE,
    "relisted",
    NOON,
    result="moved",
    edited_at=NOON,
    changes=("category: 1 → 2", "brand: none → 7"),
)


def written(form: str, *lines: ReportLine, bad: tuple[BadEntry, ...] = ()) -> str:
    out, summary = StringIO(), ReportSummary()
    with closing(FORMATS[form](out, About("run <spring>", NOON))) as writer:
        for line in lines:
            summary.add(line, ("seller",))
            writer.line(line, ("seller",))
        writer.end(summary, bad, len(bad))
    return out.getvalue()


def test_html_escapes_text_of_sellers() -> None:
    page = written("html", LINE, bad=(BadEntry(3, "1", "2", "<i>torn</i>"),))
    assert "<b>" not in page
    assert "<i>" not in page
    assert "run &lt;spring&gt;" in page
    assert "damaged entries (1)" in page
    assert "<li>category: 1 → 2</li>" in page


def test_csv_cells_are_never_formulas() -> None:
    text = written("csv", LINE)
    assert text[0] == BYTE_ORDER_MARK, "Excel garbles titles without it"
    (row,) = csv.DictReader(StringIO(text[1:]))
    assert row["title"] == f"'{TITLE}"
    assert row["product_id"] == "'1729000000000000001"
    assert row["changes"] == "category: 1 → 2; brand: none → 7"
    assert row["since"] == "2026-11-27T12:00:00+00:00"
    assert row["undone_at"] == ""


def test_csv_cells_are_safe_under_every_separator() -> None:
    line = replace(LINE, title="Kettle;=cmd|' /C calc'!A0", changes=("title: a → b", "=1+1: x → y"))
    (row,) = csv.DictReader(StringIO(written("csv", line)[1:]))
    assert row["title"] == "Kettle;'=cmd|' /C calc'!A0"
    assert row["changes"] == "title: a → b; '=1+1: x → y"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_valid_for_any_number_of_lines(count: int) -> None:
    found = json.loads(written("json", *[LINE] * count))
    assert [each["title"] for each in found["products"]] == [TITLE] * count
    assert found["summary"]["products"] == count
    assert found["unreadable_count"] == 0


def test_bars_are_relative_to_the_largest() -> None:
    assert [(bar.name, bar.width) for bar in bars({"a": 1, "b": 4})] == [("b", 100.0), ("a", 25.0)]
    assert bars({}) == []


def test_summary_counts_a_bounded_number_of_reasons() -> None:
    summary = ReportSummary()
    for number in range(MAX_REASONS + 5):
        summary.add(ReportLine("1", str(number), result="refused", refusal=f"reason {number}"), ())
    assert len(summary.refusals) == MAX_REASONS + 1
    assert summary.refusals[OTHER] == 5


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_recognised_by_its_beginning(form: str) -> None:
    assert is_report(written(form, LINE).encode()[:BEGINNING_BYTES])
    assert not is_report(b"shop_id,product_id,question,answer\n")
