"""The operator's mapping from old categories to v2 leaves. Pure.

A CSV file (docs/how-to/mapping-file.md) with the columns `shop` (an id, or `*` for all shops), `from` (an old category
id, or a path on the seller's own platform such as `Home > Kitchen > Jars`) and `to` (a v2 leaf id).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from relisting.names import normalised
from relisting.table_file import BadFile, Row, RowProblem, read_table
from relisting.tree import CategoryTree

COLUMNS = ("shop", "from", "to")
ANY_SHOP = "*"
PATH_SEPARATOR = re.compile(r"\s*(?:>+|›|»|→)\s*")

Key = tuple[str, str]
"""Pair of shop (or `*`) and the old category's id or normalised path."""


@dataclass(frozen=True, slots=True)
class MappingRow:
    row: int
    shop_id: str
    origin: str
    """The old category as written in the file."""
    leaf_id: str

    @property
    def key(self) -> Key:
        return self.shop_id, origin_key(self.origin)

    def __str__(self) -> str:
        return f"row {self.row}: {self.shop_id}, {self.origin} -> {self.leaf_id}"


@dataclass(frozen=True, slots=True)
class CategoryMapping:
    rows: tuple[MappingRow, ...] = ()
    _by_key: dict[Key, MappingRow] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {row.key: row for row in self.rows})

    def find(self, shop_id: str, category_id: str, origin_path: str = "") -> MappingRow | None:
        """The row for a category. Rows of the shop take precedence over `*`, and ids over paths."""
        origins = [origin_key(origin) for origin in (category_id, origin_path) if origin]
        for shop in (shop_id, ANY_SHOP):
            for origin in origins:
                if (row := self._by_key.get((shop, origin))) is not None:
                    return row
        return None


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of products that one shop has in one old category."""

    shop_id: str
    category_id: str
    products: int
    origin_path: str = ""


@dataclass(frozen=True, slots=True)
class RowHits:
    row: MappingRow
    products: int
    shops: int


def origin_key(origin: str) -> str:
    """The lookup key: an unchanged id, or the normalised steps of a path."""
    steps = PATH_SEPARATOR.split(origin.strip())
    if len(steps) == 1 and origin.strip().isdigit():
        return origin.strip()
    return ">".join(normalised(step) for step in steps)


def parse_mapping(text: str) -> CategoryMapping:
    """Raises BadFile with every bad row."""
    rows: list[MappingRow] = []
    first_rows: dict[Key, MappingRow] = {}
    table = read_table(text, COLUMNS)
    problems = list(table.problems)
    for each in table.rows:
        if problem := _row_problem(each):
            problems.append(RowProblem(each.number, problem))
            continue
        row = MappingRow(each.number, each.cells["shop"], each.cells["from"], each.cells["to"])
        first = first_rows.setdefault(row.key, row)
        if first is not row:
            verb = "duplicates" if first.leaf_id == row.leaf_id else "contradicts"
            problems.append(RowProblem(row.row, f"{verb} row {first.row}: {row.origin} for shop {row.shop_id}"))
        rows.append(row)
    if problems:
        raise BadFile(problems)
    return CategoryMapping(tuple(rows))


def check_mapping(mapping: CategoryMapping, tree: CategoryTree, shop_id: str | None = None) -> list[RowProblem]:
    """Rows whose leaf cannot be used in this tree. With `shop_id`, the tree's owner, only rows that apply to it."""
    return [
        RowProblem(row.row, f"{row.leaf_id} {problem}")
        for row in mapping.rows
        if shop_id is None or row.shop_id in (ANY_SHOP, shop_id)
        if (problem := tree.problem_with(row.leaf_id))
    ]


def mapping_hits(mapping: CategoryMapping, counted: Iterable[Counted]) -> tuple[list[RowHits], list[Counted]]:
    """The number of products each row decides, in file order, and the counts that no row covers."""
    products: dict[int, int] = {}
    shops: dict[int, set[str]] = {}
    unmapped = []
    for each in counted:
        row = mapping.find(each.shop_id, each.category_id, each.origin_path)
        if row is None:
            unmapped.append(each)
            continue
        products[row.row] = products.get(row.row, 0) + each.products
        shops.setdefault(row.row, set()).add(each.shop_id)
    hits = [RowHits(row, products.get(row.row, 0), len(shops.get(row.row, ()))) for row in mapping.rows]
    return hits, unmapped


def _row_problem(row: Row) -> str:
    """Empty if the row is well formed."""
    shop, origin, leaf = (row.cells[name] for name in COLUMNS)
    if shop != ANY_SHOP and not _is_id(shop):
        return f"shop {shop!r} is neither a shop id nor *"
    if not origin:
        return "from is empty"
    if not origin_key(origin).strip(">"):
        return f"from {origin!r} is neither a category id nor a path"
    if not _is_id(leaf):
        rounded = " (a spreadsheet has rounded it)" if "E+" in leaf.upper() else ""
        return f"to {leaf!r} is not a category id{rounded}"
    return ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()
