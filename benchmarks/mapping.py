"""Maps one taxonomy to another: how often the right leaf is first or among five, and how many rows are decided.

    python -m benchmarks.mapping                                        # a small generated pair
    python -m benchmarks.mapping --tree TREE.jsonl.gz --rows ROWS.jsonl.gz

A line of the tree is `{"id", "parent", "name", "leaf"}`. A line of the rows is `{"path": [names], "leaves": [ids]}`; it
may have `examples`, titles of products. A row with several right leaves counts as right if one of them is suggested,
and as wrong if it is decided. Nothing is learned from the rows.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks.json_lines import read_lines
from mapping_studio.path_index import PathIndex
from mapping_studio.suggestion import MAX_LEAVES, suggest
from mapping_studio.words import words_of
from proposals.risk import needed_tests, upper_bound
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Category

RISK = 0.01


@dataclass(frozen=True, slots=True)
class Row:
    path: tuple[str, ...]
    leaves: frozenset[str]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    leaves: Sequence[str]
    decided: str = ""


@dataclass(slots=True)
class Score:
    name: str
    rows: int = 0
    first: int = 0
    five: int = 0
    decided: int = 0
    wrong: int = 0
    several_decided: int = 0
    cpu_seconds: float = 0.0

    def add(self, row: Row, answer: Answer) -> None:
        self.rows += 1
        self.first += bool(answer.leaves) and answer.leaves[0] in row.leaves
        self.five += bool(row.leaves.intersection(answer.leaves[:MAX_LEAVES]))
        if answer.decided:
            several = len(row.leaves) > 1
            self.decided += 1
            self.several_decided += several
            self.wrong += several or answer.decided not in row.leaves

    def cells(self) -> list[str]:
        bound = upper_bound(self.decided, self.wrong)
        needed = max(0, needed_tests(RISK, self.wrong) - self.decided)
        certified = "yes" if not needed else f"{needed:,} more answers needed"
        decided = [f"{self.decided / self.rows:.1%}", str(self.wrong), str(self.several_decided), f"{bound:.2%}"]
        return [
            *(self.name, f"{self.rows:,}", f"{self.first / self.rows:.1%}", f"{self.five / self.rows:.1%}"),
            *(decided if self.decided else ["none", "", "", ""]),
            certified if self.decided else "",
            f"{1000 * self.cpu_seconds / self.rows:.1f}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, help="JSON lines, may be compressed with gzip")
    parser.add_argument("--rows", type=Path, help="JSON lines, may be compressed with gzip")
    parser.add_argument("--most-rows", type=int, default=0, help="judge a random sample of this size")
    given = parser.parse_args()
    if (given.tree is None) != (given.rows is None):
        parser.error("--tree and --rows belong together")
    tree, rows = (read_tree(given.tree), read_rows(given.rows)) if given.tree else generated()
    known = [row for row in (_within(row, tree) for row in rows) if row.leaves]
    if given.most_rows:
        known = Random(1).sample(known, min(given.most_rows, len(known)))
    console = Console()
    console.print(
        f"{len(tree.ids()):,} categories; {len(known):,} rows, {len(rows) - len(known):,} without a leaf here"
    )
    console.print(table_of([*measure(tree, known)]))


def measure(tree: CategoryTree, rows: Sequence[Row]) -> Iterator[Score]:
    commonest = [leaf for leaf, _ in Counter(leaf for row in rows for leaf in sorted(row.leaves)).most_common(5)]
    yield _scored("commonest leaves", rows, lambda row: Answer(commonest))
    overlap = Overlap(tree)
    yield _scored("token overlap", rows, lambda row: Answer(overlap.best(row.path)))
    index = PathIndex(tree)
    yield _scored("mapping studio", rows, lambda row: _ours(index, row))
    single = [row for row in rows if len(row.leaves) == 1]
    if len(single) < len(rows):
        yield _scored("mapping studio, rows with one right leaf", single, lambda row: _ours(index, row))


def _ours(index: PathIndex, row: Row) -> Answer:
    found = suggest(index, row.path, row.examples)
    return Answer([each.category_id for each in found.leaves], found.decided)


class Overlap:
    """Baseline: leaves by the share of words common to their path and the row (Jaccard)."""

    def __init__(self, tree: CategoryTree) -> None:
        leaves = [each for each in tree.ids() if tree.is_leaf(each)]
        self._words = {leaf: _words([step.name for step in tree.path(leaf)]) for leaf in leaves}

    def best(self, path: Sequence[str]) -> list[str]:
        words = _words(path)
        scores = {leaf: len(words & own) / len(words | own) for leaf, own in self._words.items() if words & own}
        return sorted(scores, key=lambda leaf: (-scores[leaf], leaf))[:MAX_LEAVES]


def table_of(scores: Sequence[Score]) -> Table:
    columns = (
        "",
        "rows",
        "first",
        "first five",
        "decided",
        "wrong",
        "several",
        "95 % bound",
        "1 % certified",
        "CPU ms",
    )
    table = Table(*columns)
    for score in scores:
        table.add_row(*score.cells())
    return table


def read_tree(path: Path) -> CategoryTree:
    return CategoryTree(
        Category(str(each["id"]), str(each.get("parent") or "0"), str(each["name"]), bool(each["leaf"]))
        for each in read_lines(path)
    )


def read_rows(path: Path) -> list[Row]:
    """Also accepts the names `v1_path` and `candidates` for `path` and `leaves`."""
    return [
        Row(
            tuple(map(str, each.get("path") or each["v1_path"])),
            frozenset(map(str, each.get("leaves") or each["candidates"])),
            tuple(map(str, each.get("examples") or ())),
        )
        for each in read_lines(path)
    ]


def generated(seed: int = 1) -> tuple[CategoryTree, list[Row]]:
    """A tree, and rows of another platform: the same paths, with different words, fewer levels, and broader
    categories.
    """
    random = Random(seed)
    areas = {"Home": "Household", "Garden": "Outdoor living", "Kitchen": "Cookware", "Fashion": "Clothing"}
    kinds = {"Lamps": "Lighting", "Jars": "Jar", "Boxes": "Box", "Covers": "Cover sheets", "Racks": "Shelf racks"}
    looks = ("Wooden", "Glass", "Steel", "Folding", "Hanging", "Mini")
    nodes, rows = {}, []
    for area, own_area in areas.items():
        nodes[area] = Category(area, "0", area, False)
        for kind, own_kind in kinds.items():
            parent = f"{area}/{kind}"
            nodes[parent] = Category(parent, area, f"{area} {kind}", False)
            below = [f"{parent}/{look}" for look in random.sample(looks, 4)]
            for leaf in below:
                name = f"{leaf.rpartition('/')[2]} {kind}"
                nodes[leaf] = Category(leaf, parent, name, True)
                variants = ((area, f"{area} {kind}", name), (own_area, f"{name.split()[0]} {own_kind}"), (area, name))
                rows.append(Row(random.choice(variants), frozenset({leaf})))
            rows.append(Row((area, f"{area} {kind}"), frozenset(below)))
    return CategoryTree(nodes.values()), rows


def _scored(name: str, rows: Sequence[Row], answer: Callable[[Row], Answer]) -> Score:
    score, before = Score(name), time.process_time()
    for row in rows:
        score.add(row, answer(row))
    score.cpu_seconds = time.process_time() - before
    return score


def _within(row: Row, tree: CategoryTree) -> Row:
    return Row(row.path, frozenset(leaf for leaf in row.leaves if tree.is_leaf(leaf)), row.examples)


def _words(path: Sequence[str]) -> frozenset[str]:
    return frozenset(word for step in path for word in words_of(step))


if __name__ == "__main__":
    main()
