"""The sheet of suggestions: one row per own category. `relisting.mapping` reads it as a mapping file. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from mapping_studio.own_categories import OwnCategory
from mapping_studio.requirements import Requirements
from mapping_studio.suggestion import Suggestion
from mapping_studio.target import target_text
from relisting.mapping import COLUMNS, MAX_SUGGESTED, SUGGESTION_COLUMNS
from relisting.tree import CategoryTree

SHEET_COLUMNS = (*COLUMNS, *SUGGESTION_COLUMNS)


def sheet_row(
    own: OwnCategory, suggestion: Suggestion, tree: CategoryTree, required: Mapping[str, Requirements]
) -> list[str]:
    """The cells in the order of SHEET_COLUMNS. `to` is filled only if the path is decided."""
    to = target_text(tree, suggestion.decided) if suggestion.decided else ""
    decision = f"decided: {suggestion.why}" if suggestion.decided else f"choose: {suggestion.why}"
    cells = [own.shop_id, own.path, to, decision, " | ".join(own.examples)]
    for leaf in suggestion.leaves:
        known = required.get(leaf.category_id)
        cells += [
            target_text(tree, leaf.category_id),
            f"{leaf.score:.2f}",
            _required_text(tree, leaf.category_id, known),
        ]
    return cells + [""] * (3 * (MAX_SUGGESTED - len(suggestion.leaves)))


def _required_text(tree: CategoryTree, leaf: str, required: Requirements | None) -> str:
    """The leaf's requirements, preceded by the reason if it is closed to the shop."""
    closed = "" if tree.is_open(leaf) else tree.closed_because(leaf)
    needs = required.texts() if required else ()
    return "; ".join(filter(None, (closed, *needs)))
