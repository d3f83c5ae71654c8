"""Reads the category a product is under now from its `category_chains`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def old_category(product: Mapping[str, Any]) -> tuple[str, str]:
    """Id and name of the product's category; two empty strings if it has none."""
    leaf = _leaf(product.get("category_chains") or ())
    return _id_and_name(leaf) if leaf is not None else ("", "")


def old_path(product: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Ids and names from the root to the product's category, whatever the order of the chain."""
    chain = [each for each in product.get("category_chains") or () if isinstance(each, dict)]
    by_id = {str(each.get("id") or ""): each for each in chain}
    path: list[tuple[str, str]] = []
    step = _leaf(chain)
    while step is not None and len(path) < len(chain):
        path.append(_id_and_name(step))
        step = by_id.get(str(step.get("parent_id") or ""))
    return tuple(reversed(path))


def _leaf(chain: Iterable[Any]) -> Mapping[str, Any] | None:
    """The last category that is a leaf, or else the last one."""
    last = leaf = None
    for each in chain:
        if isinstance(each, dict):
            last = each
            if each.get("is_leaf"):
                leaf = each
    return last if leaf is None else leaf


def _id_and_name(category: Mapping[str, Any]) -> tuple[str, str]:
    return str(category.get("id") or ""), str(category.get("local_name") or "").strip()
