"""Reads the products of `relist enqueue file`: JSON lines, CSV or XLSX. Bad rows are reported; the others become
jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
import orjson

from model.job import Job
from producers.feed_entry import ALLOWED_FIELDS, BadJob, parse_job
from tables.encoding import decode
from tables.model import BadTable
from tables.reader import read_content
from tables.records import records

REQUIRED = ("shop_id", "product_id")
OPTIONAL = tuple(sorted(ALLOWED_FIELDS["relist"] - set(REQUIRED)))
ID_COLUMNS = ("shop_id", "product_id", "category_id", "brand_id")
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Jobs = tuple[list[tuple[str, Job]], list[str]]
"""The jobs of the valid rows with their position, and the problems of the others."""


def read_jobs(content: bytes) -> Jobs:
    """Raises ClickException if the file is not a list of products."""
    try:
        if not content.startswith(b"PK") and (text := decode(content)).lstrip().startswith("{"):
            return parse_rows(_json_rows(text))
        sheet = read_content(content)[0]
        found = records(sheet, REQUIRED, OPTIONAL, ids=ID_COLUMNS)
    except BadTable as problem:
        raise click.ClickException(f"{problem}; a file of products is CSV, XLSX or JSON lines") from None
    if found.unknown:
        known = ", ".join((*REQUIRED, *OPTIONAL))
        raise click.ClickException(f"the column {found.unknown[0]!r} is not known; columns are {known}")
    jobs, problems = parse_rows((row.where, _fields(row.cells)) for row in found.records)
    return jobs, [*map(str, found.problems), *problems]


def parse_rows(rows: Iterable[tuple[str, Any]]) -> Jobs:
    """Parse (position, fields) pairs; the fields may be a BadJob."""
    jobs, problems = [], []
    for where, row in rows:
        try:
            if isinstance(row, BadJob):
                raise row
            jobs.append((where, parse_job(row)))
        except BadJob as problem:
            problems.append(f"{where}: {problem}")
    return jobs, problems


def _json_rows(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield f"row {number}", orjson.loads(line)
        except (orjson.JSONDecodeError, UnicodeEncodeError) as problem:
            yield f"row {number}", BadJob(f"not JSON ({problem})")


def _fields(cells: Mapping[str, str]) -> dict[str, Any] | BadJob:
    """Return the fields of a job, with the types of the intake stream."""
    fields: dict[str, Any] = {name: cell for name, cell in cells.items() if cell}
    if "dry_run" in fields:
        fields["dry_run"] = TRUTH.get(fields["dry_run"].casefold(), fields["dry_run"])
    if "attributes" in fields:
        try:
            fields["attributes"] = orjson.loads(fields["attributes"])
        except orjson.JSONDecodeError as problem:
            return BadJob(f"attributes: not JSON ({problem})")
    return fields
