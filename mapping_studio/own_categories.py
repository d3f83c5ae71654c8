"""Reads the categories of the seller's own platform: a table with a header, or a list with one path per line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mapping_studio.own_columns import OwnColumns, columns_of
from relisting.mapping import ANY_SHOP, PATH_SEPARATOR
from relisting.table_file import DELIMITERS, BadFile, RowProblem, TableRow, read_table

SHOP, EXAMPLES = "shop", "examples"
SEVERAL_SEPARATOR = re.compile(r"(?<!\\),\s*")
EXAMPLE_SEPARATOR = re.compile(r"\s*[|\n]\s*")
NUMBERED = re.compile(r"^(?:gid://\S+|\d+)\s*(?:-|:)\s+(?P<path>\S.*)$")
"""A line of Google's or Shopify's list: `469 - Health & Beauty`, `gid://shopify/TaxonomyCategory/hb : Health`."""
SLASH = re.compile(r"\s+/\s+|(?<=\w)/(?=\w)")
STEP = re.compile(r"[>»]|\w/\w|\s/\s")
FIRST_LINES, MAX_NAMED = 20, 10
MAX_ROWS, MAX_STEPS, LONGEST_PATH, MAX_EXAMPLES = 50_000, 20, 2_000, 20


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
    """The distinct categories, in file order. Raises BadFile with every bad row."""
    text = text.removeprefix("\ufeff")
    found: dict[tuple[str, tuple[str, ...]], OwnCategory] = {}
    problems: list[RowProblem] = []
    for number, shop, path, examples in _rows(text):
        steps = steps_of(path)
        if not steps:
            problems.append(RowProblem(number, "the category path is empty"))
        elif len(path) > LONGEST_PATH or len(steps) > MAX_STEPS:
            problems.append(RowProblem(number, f"the path has more than {MAX_STEPS} levels or is too long"))
        elif (shop, steps) not in found:
            found[shop, steps] = OwnCategory(number, shop, path, steps, examples)
        else:
            first = found[shop, steps]
            titles = (*first.examples, *examples)[:MAX_EXAMPLES]
            found[shop, steps] = OwnCategory(first.row, shop, first.path, steps, titles)
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


def _rows(text: str) -> list[tuple[int, str, str, tuple[str, ...]]]:
    """Row number, shop, path and examples of each row. Raises BadFile if a table has no category column."""
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=header.count)
    names = [name.strip().strip('"').lower() for name in header.split(delimiter)]
    columns = columns_of(names)
    if columns is None:
        return _lines(text)
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


def _paths(columns: OwnColumns, row: TableRow) -> list[str]:
    cells = [row.cells[name] for name in columns.path]
    if columns.has_several:
        return [path.replace("\\,", ",") for path in SEVERAL_SEPARATOR.split(cells[0])]
    return [" > ".join(cell for cell in cells if cell)]


def _titles(columns: OwnColumns, cell: str) -> tuple[str, ...]:
    if columns.titles != EXAMPLES:
        return (cell,) if cell else ()
    return tuple(filter(None, EXAMPLE_SEPARATOR.split(cell)))[:MAX_EXAMPLES]


def _lines(text: str) -> list[tuple[int, str, str, tuple[str, ...]]]:
    rows: list[tuple[int, str, str, tuple[str, ...]]] = []
    _check_list(text)
    for number, line in enumerate(text.splitlines(), 1):
        path = line.strip().strip('",;')
        if not path or path.startswith("#"):
            continue
        numbered = NUMBERED.match(path)
        rows.append((number, ANY_SHOP, numbered["path"] if numbered else path, ()))
    return rows


def _check_list(text: str) -> None:
    """Raises BadFile for a table whose header names no category: otherwise each row would be read as a path."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")][:FIRST_LINES]
    is_path = [bool(STEP.search(line)) for line in lines]
    for delimiter in ";\t,":
        counts = {line.count(delimiter) for line in lines}
        if (
            len(lines) > 1
            and len(counts) == 1
            and counts != {0}
            and (not is_path[0] and (delimiter != "," or any(is_path)))
        ):
            found = ", ".join(f"`{name.strip()}`" for name in lines[0].split(delimiter)[:MAX_NAMED])
            raise BadFile([RowProblem(1, f"no category column was recognised among {found}: name one `category`")])
