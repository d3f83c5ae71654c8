"""Reads the categories of the seller's own platform: a table with a header, or a list with one path per line. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mapping_studio.own_columns import EXAMPLES, OwnColumns, columns_of
from relisting.mapping import ANY_SHOP, PATH_SEPARATOR
from relisting.names import normalised
from relisting.table_file import DELIMITERS, HEADER_ROWS, BadFile, RowProblem, TableRow, read_table

SHOP = "shop"
SEVERAL_SEPARATOR = re.compile(r"(?<!\\),\s*")
EXAMPLE_SEPARATOR = re.compile(r"\s*[|\n]\s*")
NUMBERED = re.compile(r"^(?:gid://\S+|\d+)\s*(?:-|:)\s+(?P<path>\S.*)$")
"""A line of Google's or Shopify's list: `469 - Health & Beauty`, `gid://shopify/TaxonomyCategory/hb : Health`."""
SLASH = re.compile(r"\s+/\s+|(?<=\w)/(?=\w)")
STEP = re.compile(r"[>»]|\w/\w|\s/\s")
FIRST_LINES, MAX_NAMED = 20, 10
MAX_ROWS, MAX_STEPS, LONGEST_PATH, MAX_EXAMPLES = 50_000, 20, 2_000, 20


Found = tuple[int, str, str, tuple[str, ...]]
"""Row number, shop, path and examples of a row."""


@dataclass(frozen=True, slots=True)
class OwnCategory:
    row: int
    shop_id: str
    """A shop's id, or `*`."""
    path: str
    """The path as written in the file."""
    steps: tuple[str, ...]
    """The levels from the root down; never empty."""
    examples: tuple[str, ...] = ()
    """Titles of products of this category."""


def parse_own_categories(text: str) -> tuple[OwnCategory, ...]:
    """The distinct categories, in file order; as in a mapping file, case and punctuation make no difference.

    Raises BadFile with every bad row.
    """
    text = text.removeprefix("\ufeff")
    found: dict[tuple[str, tuple[str, ...]], OwnCategory] = {}
    problems: list[RowProblem] = []
    for number, shop, path, examples in _rows(text):
        steps = steps_of(path)
        if not steps:
            problems.append(RowProblem(number, "the category path is empty"))
        elif len(path) > LONGEST_PATH or len(steps) > MAX_STEPS:
            problems.append(RowProblem(number, f"the path has more than {MAX_STEPS} levels or is too long"))
        elif (key := (shop, tuple(normalised(step) for step in steps))) not in found:
            found[key] = OwnCategory(number, shop, path, steps, examples)
        else:
            first = found[key]
            found[key] = replace(first, examples=(*first.examples, *examples)[:MAX_EXAMPLES])
    if len(found) > MAX_ROWS:
        problems.append(RowProblem(0, f"the file has more than {MAX_ROWS:,} categories"))
    if problems:
        raise BadFile(problems)
    if not found:
        raise BadFile([RowProblem(0, "the file has no categories")])
    return tuple(found.values())


def steps_of(path: str) -> tuple[str, ...]:
    """The levels of a path: separated by `>`, or by `/` if it has no `>`."""
    steps = PATH_SEPARATOR.split(path.strip())
    if len(steps) == 1:
        steps = SLASH.split(path.strip().strip("/"))
    return tuple(step.strip() for step in steps if step.strip(" >-"))


def _rows(text: str) -> list[Found]:
    """Raises BadFile if a table has no category column."""
    lines = _cells(text)
    place, columns = _header(lines)
    if columns is None:
        _check_list(lines)
        return _list(lines, 0)
    names = [name.strip().lower() for name in lines[place]]
    if len(names) == 1 and not columns.is_export:
        return _list(lines, place + 1)
    others = tuple(name for name in dict.fromkeys(names) if name and name not in (*columns.path, SHOP))
    table = read_table(text, columns.path, (SHOP, *others))
    if table.problems:
        raise BadFile(table.problems)
    rows = []
    for row in table.rows:
        titles = _titles(columns, row.cells.get(columns.titles, ""))
        rows += [
            (row.number, row.cells[SHOP] or ANY_SHOP, path, titles)
            for path in _paths(columns, row)
            if path or not columns.is_export
        ]
    return rows


def _cells(text: str) -> list[list[str]]:
    """The lines of the file as cells, without empty ones at their ends."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    lines = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            cells = [cell.strip() for cell in line]
            while cells and not cells[-1]:
                cells.pop()
            lines.append(cells)
    except csv.Error as error:
        raise BadFile([RowProblem(len(lines) + 1, f"the file is not CSV: {error}")]) from None
    return lines


def _header(lines: Sequence[Sequence[str]]) -> tuple[int, OwnColumns | None]:
    """The index and the columns of the header, which may follow empty lines and titles of one cell."""
    for place, line in enumerate(lines[:HEADER_ROWS]):
        columns = columns_of([name.lower() for name in line])
        is_first = not any(lines[:place])
        if columns is not None and (is_first or len(line) > 1):
            return place, columns
        if len(line) > 1 and not line[0].startswith("#"):
            break
    return 0, None


def _paths(columns: OwnColumns, row: TableRow) -> list[str]:
    cells = [row.cells[name] for name in columns.path]
    if columns.has_several:
        return [path.replace("\\,", ",") for path in SEVERAL_SEPARATOR.split(cells[0])]
    return [" > ".join(cell for cell in cells if cell)]


def _titles(columns: OwnColumns, cell: str) -> tuple[str, ...]:
    if columns.titles not in EXAMPLES:
        return (cell,) if cell else ()
    return tuple(filter(None, EXAMPLE_SEPARATOR.split(cell)))[:MAX_EXAMPLES]


def _list(lines: Sequence[Sequence[str]], first: int) -> list[Found]:
    """One path per line. A comma in a name has split it into cells."""
    rows: list[Found] = []
    for number, cells in enumerate(lines[first:], first + 1):
        path = ", ".join(cells).strip(",; ")
        if not path or path.startswith("#"):
            continue
        numbered = NUMBERED.match(path)
        rows.append((number, ANY_SHOP, numbered["path"] if numbered else path, ()))
    return rows


def _check_list(lines: Sequence[Sequence[str]]) -> None:
    """Raises BadFile for a table whose header names no category: otherwise each row would be read as a path."""
    filled = [line for line in lines if any(line) and not line[0].startswith("#")][:FIRST_LINES]
    sizes = {len(line) for line in filled}
    if len(filled) < 2 or len(sizes) > 1 or sizes == {1}:
        return
    if not STEP.search(", ".join(filled[0])):
        found = ", ".join(f"`{name}`" for name in filled[0][:MAX_NAMED])
        raise BadFile([RowProblem(1, f"no category column was recognised among {found}: name one `category`")])
