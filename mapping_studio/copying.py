"""Copies a mapping to another region's tree, in which ids and names may differ. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mapping_studio.path_index import PathIndex
from mapping_studio.suggestion import suggest
from mapping_studio.target import target_text
from relisting.mapping import CategoryMapping, MappingRow, problem_with_target, target_leaf
from relisting.tree import CategoryTree


@dataclass(frozen=True, slots=True)
class CopiedRow:
    row: MappingRow
    to: str
    """The leaf in the other region; empty if a person must choose."""
    note: str
    suggested: tuple[str, ...] = ()


def copy_mapping(mapping: CategoryMapping, source: CategoryTree, index: PathIndex) -> list[CopiedRow]:
    """`index` is that of the other region's tree, in the language of `source`."""
    return [_copied(row, source, index) for row in mapping.rows]


def _copied(row: MappingRow, source: CategoryTree, index: PathIndex) -> CopiedRow:
    target = index.tree
    leaf = target_leaf(row.leaf_id, source)
    if not source.is_leaf(leaf):
        return CopiedRow(row, "", f"in the region it is copied from, {leaf} {problem_with_target(leaf, source)}")
    steps = [category.name for category in source.path(leaf)]
    if target.is_leaf(leaf) and _same_names(source, target, leaf):
        problem = target.problem_with(leaf)
        return CopiedRow(row, "" if problem else target_text(target, leaf), problem or "same leaf")
    found = suggest(index, steps)
    suggested = tuple(target_text(target, each.category_id) for each in found.leaves)
    if found.decided:
        return CopiedRow(row, target_text(target, found.decided), f"other id: {found.why}", suggested)
    missing = "has other names" if target.is_leaf(leaf) else "does not exist"
    return CopiedRow(row, "", f"{source.path_text(leaf)} {missing} there: {found.why}", suggested)


def _same_names(source: CategoryTree, target: CategoryTree, leaf: str) -> bool:
    from_names = [category.name.strip().casefold() for category in source.path(leaf)]
    return from_names == [category.name.strip().casefold() for category in target.path(leaf)]
