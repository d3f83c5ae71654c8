"""Whether a product is on the v2 tree already, and whether anything is left to do for it. Pure.

Get Product does not say which tree a product is on, and most leaves keep their id in both trees: that its leaf is one
of the v2 tree proves nothing. Proof is what a search with `category_version` v2 found, a category-change webhook that
named this leaf (it fires for edits and for the platform's own upgrade, and edits on v1 are refused), or a leaf that
the v1 tree never had.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from relisting.resolve import old_category
from relisting.tree import CategoryTree

Proof = Literal["search", "webhook", "only_in_v2"]


@dataclass(frozen=True, slots=True)
class VersionConfirmed:
    category_id: str
    proof: Proof
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VersionUnknown:
    """`warning` says what speaks for v2, and why that is not enough; empty when nothing does."""

    warning: str = ""


def already_on_v2(
    product: Mapping[str, Any],
    tree: CategoryTree,
    known_version: str | None,
    *,
    changed: str = "",
    v1_categories: Container[str] | None = None,
) -> VersionConfirmed | VersionUnknown:
    """`known_version` is the `category_version` a search found the product with, None when no search was told one.

    `changed` is the `current_category_id` of a category-change webhook; `v1_categories` the ids of the v1 tree, None
    when it is not known, as in every region that refuses v1.
    """
    leaf, name = old_category(product)
    if not tree.is_leaf(leaf):
        return VersionUnknown()
    if known_version == "v2":
        return VersionConfirmed(leaf, "search", {"category_version": "v2"})
    if known_version == "v1":
        return VersionUnknown()
    if changed and changed == leaf:
        return VersionConfirmed(leaf, "webhook", {"current_category_id": changed})
    if v1_categories is not None and leaf not in v1_categories:
        return VersionConfirmed(leaf, "only_in_v2", {"category_id": leaf})
    return VersionUnknown(
        f"{name or leaf} is a v2 leaf, but it may be on v1 under the same id: it is edited to be sure"
    )


def changes_nothing(product: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an edit would leave leaf, attributes and brand as they are: all it could change is the tree."""
    return (
        old_category(product)[0] == body.get("category_id")
        and str((product.get("brand") or {}).get("id") or "") == str(body.get("brand_id") or "")
        and _values(product.get("product_attributes") or ()) == _values(body.get("product_attributes") or ())
    )


def _values(attributes: Any) -> dict[str, set[str]]:
    """By attribute id; a value of one's own has an id when read and none when written, so names are compared."""
    return {
        str(each.get("id")): {str(value.get("name") or value.get("id")) for value in each.get("values") or ()}
        for each in attributes
        if each.get("values")
    }
