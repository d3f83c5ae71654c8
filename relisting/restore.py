"""Restores a before-image as far as the platform allows, with a warning for each part that cannot return. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.old_category import old_category
from relisting.tree import CategoryTree


def restored_product(before: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the product to put back, and warnings.

    It has the SKUs of `current`, because a deleted SKU cannot return and a new one must not be deleted. Each SKU that
    existed before has its old content.
    """
    warnings = []
    old_skus = {str(sku.get("id")): sku for sku in before.get("skus") or ()}
    skus = [old_skus.pop(str(sku.get("id")), sku) for sku in current.get("skus") or ()]
    for sku in old_skus.values():
        warnings.append(f"variant {sku.get('seller_sku') or sku.get('id')} was deleted since and cannot be restored")
    return {**before, "skus": skus}, tuple(warnings)


def restored_category(
    before: Mapping[str, Any], current: Mapping[str, Any], tree: CategoryTree
) -> tuple[str, tuple[str, ...]]:
    """Return the leaf to go back to, and warnings: the old leaf if it is an open v2 leaf, else the current one."""
    old_id, old_name = old_category(before)
    if tree.is_leaf(old_id) and tree.is_open(old_id):
        return old_id, ()
    current_id, _ = old_category(current)
    warning = f"the category {old_name or old_id} ({old_id}) is not on the v2 tree: the product stays in {current_id}"
    return current_id, (warning,)
