"""Reads the categories of the seller's own platform: a table with a header, or a list with one path per line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from relisting.mapping import ANY_SHOP, PATH_SEPARATOR
from relisting.table_file import DELIMITERS, BadFile, RowProblem, read_table

PATH_COLUMNS = ("category", "path", "from", "own category", "category path", "full_name", "product_type")
OPTIONAL = ("shop", "examples")
EXAMPLE_SEPARATOR = re.compile(r"\s*[|\n]\s*")
NUMBERED = re.compile(r"^(?:gid://\S+|\d+)\s*(?:-|:)\s+(?P<path>\S.*)$")
"""A line of Google's or Shopify's list: `469 - Health & Beauty`, `gid://shopify/TaxonomyCategory/hb : Health`."""
SLASH = re.compile(r"\s+/\s+|(?<=\w)/(?=\w)")
MOST_ROWS, MOST_STEPS, LONGEST_PATH, MOST_EXAMPLES = 50_000, 20, 2_000, 20


@dataclass(frozen=True, slots=True)
class OwnCategory:
    row: int
    shop_id: str
    """A shop's id, or `*`."""
    path: str
    """As written in the file."""
    steps: tuple[str, ...]
    """From the root down; never empty."""
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
        elif len(path) > LONGEST_PATH or len(steps) > MOST_STEPS:
            problems.append(RowProblem(number, f"the path has more than {MOST_STEPS} levels or is too long"))
        elif (shop, steps) not in found:
            found[shop, steps] = OwnCategory(number, shop, path, steps, examples)
        else:
            first = found[shop, steps]
            titles = (*first.examples, *examples)[:MOST_EXAMPLES]
            found[shop, steps] = OwnCategory(first.row, shop, first.path, steps, titles)
    if len(found) > MOST_ROWS:
        problems.append(RowProblem(0, f"the file has more than {MOST_ROWS:,} categories"))
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
    """Row number, shop, path and examples of each row."""
    header = text.partition("\n")[0]
    names = [name.strip().strip('"').lower() for name in re.split(f"[{DELIMITERS}]", header)]
    column = next((name for name in PATH_COLUMNS if name in names), "")
    if not column:
        return _lines(text)
    others = tuple(name for name in dict.fromkeys(names) if name and name not in (column, *OPTIONAL))
    table = read_table(text, (column,), (*OPTIONAL, *others))
    if table.problems:
        raise BadFile(table.problems)
    return [
        (
            row.number,
            row.cells["shop"] or ANY_SHOP,
            row.cells[column],
            tuple(filter(None, EXAMPLE_SEPARATOR.split(row.cells["examples"])))[:MOST_EXAMPLES],
        )
        for row in table.rows
    ]


def _lines(text: str) -> list[tuple[int, str, str, tuple[str, ...]]]:
    rows: list[tuple[int, str, str, tuple[str, ...]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        path = line.strip().strip('",;')
        if not path or path.startswith("#"):
            continue
        numbered = NUMBERED.match(path)
        rows.append((number, ANY_SHOP, numbered["path"] if numbered else path, ()))
    return rows
