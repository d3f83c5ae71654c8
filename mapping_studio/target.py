"""Formats a leaf readably, such that `relisting.mapping` finds it in any language of the tree. Pure."""

from __future__ import annotations

from relisting.tree import CategoryTree


def target_text(tree: CategoryTree, category_id: str) -> str:
    """For example `Home > Kitchen > Jars [853000]`."""
    return f"{tree.path_text(category_id)} [{category_id}]"
