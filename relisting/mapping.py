"""The operator's mapping from old categories to v2 leaves. Pure.

A CSV file (docs/how-to/mapping-file.md) with the columns `shop` (an id, or `*` for all shops), `from` (an old category
id, or a path on the seller's own platform such as `Home > Kitchen > Jars`) and `to` (a v2 leaf: its id, its path of
names, or both as `Home > Jars [853000]`). In a sheet of `relist mapping suggest`, rows without `to` are undecided and
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from relisting.names import normalised
from relisting.table_file import BadFile, RowProblem, TableRow, read_table
from relisting.tree import CategoryTree

COLUMNS = ("shop", "from", "to")
MAX_SUGGESTED = 5
SUGGESTION_COLUMNS = (
    *("decision", "examples"),
    *(f"{name} {place}" for place in range(1, MAX_SUGGESTED + 1) for name in ("leaf", "score", "required")),
)
"""The other columns of a sheet of suggestions, which are for people and ignored here."""
_ID_AT_END = re.compile(r"\[(\d+)\]\s*$")
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
    """The v2 leaf's id, or its path of names as written in the file."""

    @property
    def key(self) -> Key:
        return self.shop_id, origin_key(self.origin)

    def __str__(self) -> str:
        return f"row {self.row}: {self.shop_id}, {self.origin} -> {self.leaf_id}"


@dataclass(frozen=True, slots=True)
class CategoryMapping:
    rows: tuple[MappingRow, ...] = ()
    still_open: int = 0
    """Rows of a sheet of suggestions for which nobody has chosen a leaf yet."""
    _by_key: dict[Key, MappingRow] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {row.key: row for row in self.rows})

    def find(self, shop_id: str, category_id: str, origin_path: str = "") -> MappingRow | None:
        """The row for a category. Rows of the shop take precedence over `*`, and ids over paths."""
        if not self._by_key:
            return None
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
    table = read_table(text, COLUMNS, SUGGESTION_COLUMNS)
    is_suggestion = any(each.cells["decision"] for each in table.rows)
    problems, still_open = list(table.problems), 0
    for each in table.rows:
        if is_suggestion and not each.cells["to"]:
            still_open += 1
            continue
        if problem := _row_problem(each):
            problems.append(RowProblem(each.number, problem))
            continue
        row = MappingRow(each.number, each.cells["shop"], each.cells["from"], _target(each.cells["to"]))
        first = first_rows.setdefault(row.key, row)
        if first is not row:
            verb = "duplicates" if first.leaf_id == row.leaf_id else "contradicts"
            problems.append(RowProblem(row.row, f"{verb} row {first.row}: {row.origin} for shop {row.shop_id}"))
        rows.append(row)
    if problems:
        raise BadFile(problems)
    return CategoryMapping(tuple(rows), still_open)


def check_mapping(mapping: CategoryMapping, tree: CategoryTree, shop_id: str | None = None) -> list[RowProblem]:
    """Rows whose leaf cannot be used in this tree. With `shop_id`, the tree's owner, only rows that apply to it."""
    return [
        RowProblem(row.row, f"{row.leaf_id} {problem}")
        for row in mapping.rows
        if shop_id is None or row.shop_id in (ANY_SHOP, shop_id)
        if (problem := problem_with_target(row.leaf_id, tree))
    ]


def target_leaf(target: str, tree: CategoryTree) -> str:
    """The id of a leaf that is given as an id or as a path; the text itself if no leaf, or several, have that path."""
    if _is_id(target):
        return target
    leaves = leaves_with_path(target, tree)
    return leaves[0] if len(leaves) == 1 else target


def leaves_with_path(path: str, tree: CategoryTree) -> list[str]:
    """The leaves with this complete path; if there is none, those whose path has these names in order."""
    steps = [step for step in PATH_SEPARATOR.split(path.strip()) if step]
    leaves = [each for each in tree.with_path(steps) if tree.is_leaf(each)] if steps else []
    complete = [each for each in leaves if len(tree.path(each)) == len(steps)]
    return complete or leaves


def problem_with_target(target: str, tree: CategoryTree) -> str:
    """The reason why a row's leaf cannot be used, as a predicate; empty if it can."""
    if not _is_id(target) and len(several := leaves_with_path(target, tree)) > 1:
        return f"is the path of {len(several)} leaves: {', '.join(several)}"
    leaf = target_leaf(target, tree)
    if leaf not in tree and not _is_id(leaf) and tree.with_path(PATH_SEPARATOR.split(leaf.strip())):
        return "is not a final category"
    return tree.problem_with(leaf)


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


def _row_problem(row: TableRow) -> str:
    """Empty if the row is well formed."""
    shop, origin, leaf = (row.cells[name] for name in COLUMNS)
    if shop != ANY_SHOP and not _is_id(shop):
        return f"shop {shop!r} is neither a shop id nor *"
    if not origin:
        return "from is empty"
    if not origin_key(origin).strip(">"):
        return f"from {origin!r} is neither a category id nor a path"
    if re.fullmatch(r"[\d.,]+E\+\d+", leaf, re.IGNORECASE):
        return f"to {leaf!r} is not a category id (a spreadsheet has rounded it)"
    if not _is_id(_target(leaf)) and not (PATH_SEPARATOR.search(leaf) and origin_key(leaf).strip(">")):
        return f"to {leaf!r} is neither a category id nor a path with > between its levels"
    return ""


def _target(text: str) -> str:
    """The id at the end of `path [id]`, or the text."""
    found = _ID_AT_END.search(text)
    return found[1] if found else text


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()
