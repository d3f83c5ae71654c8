"""Reads the category a product is under now from its `category_chains`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def old_category(product: Mapping[str, Any]) -> tuple[str, str]:
    """Id and name of the product's category; two empty strings if it has none."""
    path = old_path(product)
    return path[-1] if path else ("", "")


def old_path(product: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Ids and names from the root to the product's category, whatever the order of the chain."""
    chain = [each for each in product.get("category_chains") or () if isinstance(each, Mapping)]
    leaves = [each for each in chain if each.get("is_leaf")] or chain[-1:]
    by_id = {str(each.get("id") or ""): each for each in chain}
    path: list[tuple[str, str]] = []
    step = leaves[-1] if leaves else None
    while step is not None and len(path) < len(chain):
        path.append((str(step.get("id") or ""), str(step.get("local_name") or "").strip()))
        step = by_id.get(str(step.get("parent_id") or ""))
    return tuple(reversed(path))
