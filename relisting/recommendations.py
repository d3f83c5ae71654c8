"""Decides by the platform's recommendations where the v2 tree has no leaf for the old category. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relisting.candidates import Candidate, own_recommendations, product_candidates, same_path_categories, undecided
from relisting.old_category import old_category
from relisting.resolution import Recommended, Resolved, Unresolved
from relisting.tree import CategoryTree


def resolve_by_recommendation(
    product: Mapping[str, Any], tree: CategoryTree, recommended: Recommended
) -> Resolved | Unresolved:
    """Accepts the one recommended leaf below the old category.

    If the v2 tree has no trace of the old category, a second source must name the same leaf.
    """
    old_id, old_name = old_category(product)
    own = own_recommendations(product)
    asked = [recommended.leaf_id] if recommended.leaf_id else []
    olds = (old_id,) if old_id in tree else tuple(same_path_categories(product, tree))
    acceptable = {
        leaf
        for leaf in (*asked, *own)
        if not tree.problem_with(leaf) and any(leaf == old or tree.is_descendant(leaf, old) for old in olds)
    }
    if len(acceptable) == 1:
        (leaf,) = acceptable
        return Resolved(leaf, "recommended", {"from": old_id, "recommend_category": asked, "product": own})
    if not olds and (agreed := _second_source(recommended.leaf_id, own, old_name, tree)):
        return Resolved(asked[0], "agreed", {"from": old_id, "recommend_category": asked, "agrees": agreed})
    candidates = [*(Candidate(leaf, "Recommend Category names it") for leaf in asked)]
    why = "the recommendations disagree" if acceptable else "nothing recommended lies under the old category"
    message = f"{old_name or old_id or 'its category'} is not a final category of the v2 tree, and {why}"
    return undecided(product, tree, message, [*candidates, *product_candidates(product, tree)])


def _second_source(asked: str | None, own: Sequence[str], old_name: str, tree: CategoryTree) -> str:
    """Describes the other source that names the leaf Recommend Category named; or empty."""
    if asked is None or tree.problem_with(asked):
        return ""
    if own[:1] == [asked]:
        return "the product's own recommendation"
    return "the only leaf of the old category's name" if tree.leaves_named(old_name) == [asked] else ""
