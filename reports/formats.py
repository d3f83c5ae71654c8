"""Writes a report as HTML, CSV or JSON, line by line."""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO, Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from record.entry import BadEntry
from record.report import ReportLine
from record.report_summary import MAX_SHOWN, ReportSummary
from worklist.cells import csv_cell, id_cell

COLUMNS = (
    *("shop_id", "product_id", "title", "state", "since", "state_reason", "waits_for", "result"),
    *("edited_at", "changes", "refusal", "undone_at"),
)
BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel takes a CSV file for the country's old encoding and garbles titles."""
TITLE = "<title>Relisting report"
MAX_NAMED = 1_000
"""Maximum number of damaged entries that a report lists; `bad_count` counts all."""
MAX_DAYS = 60


@dataclass(frozen=True, slots=True)
class About:
    scope: str
    """For example `run spring`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    count: int
    width: float
    """In percent of the longest bar."""


class CsvReport:
    """IDs keep a leading apostrophe, because spreadsheets round numbers of more than 15 digits."""

    def __init__(self, out: IO[str], about: About) -> None:
        out.write(BYTE_ORDER_MARK)
        self._csv = csv.writer(out, lineterminator="\n")
        self._csv.writerow(COLUMNS)

    def line(self, line: ReportLine, waits_for: Sequence[str]) -> None:
        self._csv.writerow([_cell(name, value) for name, value in _fields(line, waits_for).items()])

    def end(self, summary: ReportSummary, bad: Sequence[BadEntry], bad_count: int) -> None:
        for entry in bad:
            damaged = {"shop_id": entry.shop_id, "product_id": entry.product_id, "result": "damaged"}
            row = damaged | {"refusal": str(entry)}
            self._csv.writerow([_cell(name, row.get(name, "")) for name in COLUMNS])

    def close(self) -> None:
        """The caller closes the output."""


class JsonReport:
    """One object; its products are written one per line."""

    def __init__(self, out: IO[str], about: About) -> None:
        self._out, self._first = out, True
        head = orjson.dumps({"scope": about.scope, "at": about.at}).decode()
        out.write(f'{head[:-1]},"products":[\n')

    def line(self, line: ReportLine, waits_for: Sequence[str]) -> None:
        self._out.write(("" if self._first else ",\n") + orjson.dumps(_fields(line, waits_for)).decode())
        self._first = False

    def end(self, summary: ReportSummary, bad: Sequence[BadEntry], bad_count: int) -> None:
        rest = {
            "summary": summary.as_json(),
            "unreadable": [asdict(entry) for entry in bad],
            "unreadable_count": bad_count,
        }
        self._out.write(f"\n],{orjson.dumps(rest).decode()[1:]}\n")

    def close(self) -> None:
        """The output belongs to the caller."""


class HtmlReport:
    """The totals come first on the page but are known last, so lines wait in a compressed temporary file."""

    def __init__(self, out: IO[str], about: About) -> None:
        self._out, self._about = out, about
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._lines = gzip.GzipFile(fileobj=self._spool, mode="wb", compresslevel=1)

    def line(self, line: ReportLine, waits_for: Sequence[str]) -> None:
        self._lines.write(orjson.dumps(_fields(line, waits_for)) + b"\n")

    def end(self, summary: ReportSummary, bad: Sequence[BadEntry], bad_count: int) -> None:
        self._lines.close()
        self._spool.seek(0)
        environment = Environment(
            loader=PackageLoader("reports"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["number"] = "{:,}".format
        environment.filters["words"] = lambda name: str(name).replace("_", " ")
        environment.filters["moment"] = lambda at: str(at)[:16].replace("T", " ") if at else ""
        with gzip.GzipFile(fileobj=self._spool, mode="rb") as lines:
            for part in environment.get_template("report.html").generate(
                about=self._about,
                summary=summary,
                states=bars(summary.states),
                results=bars(summary.results),
                waits=bars(summary.waits_for),
                refusals=bars(dict(summary.refusals.most_common(MAX_SHOWN))),
                days=bars(dict(sorted(summary.days.items())[-MAX_DAYS:]), by_count=False),
                bad=bad,
                bad_count=bad_count,
                lines=_loaded(lines),
            ):
                self._out.write(part)

    def close(self) -> None:
        self._lines.close()
        self._spool.close()


FORMATS: Mapping[str, type[CsvReport] | type[JsonReport] | type[HtmlReport]] = {
    "html": HtmlReport,
    "csv": CsvReport,
    "json": JsonReport,
}


def is_report(beginning: bytes) -> bool:
    """Whether a file that begins like this is a report."""
    texts = (BYTE_ORDER_MARK + ",".join(COLUMNS), '{"scope":')
    return beginning.startswith(tuple(each.encode() for each in texts)) or TITLE.encode() in beginning


def bars(counts: Mapping[str, int], *, by_count: bool = True) -> list[Bar]:
    """Bars relative to the largest count, largest first, or in the given order without `by_count`."""
    largest = max(counts.values(), default=1) or 1
    ordered = sorted(counts.items(), key=lambda item: -item[1]) if by_count else list(counts.items())
    return [Bar(name, count, round(100 * count / largest, 2)) for name, count in ordered]


def _fields(line: ReportLine, waits_for: Sequence[str]) -> dict[str, Any]:
    # `asdict` copies every value, which takes a fifth of the CPU of a report.
    return {name: waits_for if name == "waits_for" else getattr(line, name) for name in COLUMNS}


def _cell(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = "; ".join(value) if isinstance(value, (list, tuple)) else str(value if value is not None else "")
    return id_cell(text) if name.endswith("_id") else csv_cell(text)


def _loaded(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    for text in lines:
        yield orjson.loads(text)
