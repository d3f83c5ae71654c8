"""Back to a before-image, as far as the platform allows: what can not be restored is named. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.resolve import old_category
from relisting.tree import CategoryTree


def restored_product(before: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The product to put back, and warnings.

    SKUs are those of today, since a deleted one can not come back and a new one must not go; each is as it was before
    where there was one.
    """
    warnings = []
    old_skus = {str(sku.get("id")): sku for sku in before.get("skus") or ()}
    skus = [old_skus.pop(str(sku.get("id")), sku) for sku in current.get("skus") or ()]
    for sku in old_skus.values():
        warnings.append(f"variant {sku.get('seller_sku') or sku.get('id')} was deleted since and can not be restored")
    return {**before, "skus": skus}, tuple(warnings)


def restored_category(
    before: Mapping[str, Any], current: Mapping[str, Any], tree: CategoryTree
) -> tuple[str, tuple[str, ...]]:
    """The leaf to go back to: the old one while it is a v2 leaf, else today's."""
    old_id, old_name = old_category(before)
    if tree.is_leaf(old_id) and tree.is_open(old_id):
        return old_id, ()
    now_id, _ = old_category(current)
    gone = f"the category {old_name or old_id} ({old_id}) is not on the v2 tree: the product stays under {now_id}"
    return now_id, (gone,)
