"""Decides whether a product is proven to be on the v2 tree. Pure.

Get Product does not say which tree a product is on, and most leaves have the same id in both trees, so a v2 leaf id
is no proof. Proof is a search with `category_version` v2 that found the product, or a category-change webhook that
named its leaf: the platform sends that webhook for edits and for its upgrade, and it refuses edits on v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from model.job_state import CategoryChange
from relisting.old_category import old_category
from relisting.tree import CategoryTree

Proof = Literal["search", "webhook"]


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """The `category_version` with which a search found the product; None without such a search."""

    version: Literal["v1", "v2"] | None


@dataclass(frozen=True, slots=True)
class VersionConfirmed:
    category_id: str
    proof: Proof
    evidence: Mapping[str, Any] = field(default_factory=dict)


def confirmed_on_v2(
    product: Mapping[str, Any], tree: CategoryTree, known: KnownVersion, change: CategoryChange | None = None
) -> VersionConfirmed | None:
    leaf, _ = old_category(product)
    if not tree.is_leaf(leaf) or known.version == "v1":
        return None
    if known.version == "v2":
        return VersionConfirmed(leaf, "search", {"category_version": "v2"})
    if change and change.category_id == leaf:
        return VersionConfirmed(leaf, "webhook", {"current_category_id": leaf})
    return None


def changes_nothing(product: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an edit would leave leaf, attributes and brand unchanged, so that only the tree could change."""
    return (
        old_category(product)[0] == body.get("category_id")
        and str((product.get("brand") or {}).get("id") or "") == str(body.get("brand_id") or "")
        and _values(product.get("product_attributes") or ()) == _values(body.get("product_attributes") or ())
    )


def _values(attributes: Any) -> dict[str, set[str]]:
    """Attribute id -> names of values. Ids are ignored because a custom value has one only when read."""
    values: dict[str, set[str]] = {}
    for each in attributes:
        names = {str(value.get("name") or value.get("id")) for value in each.get("values") or ()}
        if names:
            values.setdefault(str(each.get("id")), set()).update(names)
    return values
