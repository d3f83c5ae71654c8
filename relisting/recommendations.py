"""Uses the platform's recommendations if the v2 tree has no leaf for the old category. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relisting.candidates import LeafCandidate, own_recommendations, product_candidates, same_path_categories, undecided
from relisting.closed_leaf import closed_leaf, is_closed_leaf
from relisting.old_category import old_category
from relisting.resolution import Recommended, Resolved, Unresolved
from relisting.second_opinion import opinion
from relisting.tree import CategoryTree


def resolve_by_recommendation(
    product: Mapping[str, Any], tree: CategoryTree, recommended: Recommended
) -> Resolved | Unresolved:
    """Accepts a recommended leaf if it is the only one below the old category, and the title does not contradict it.

    A title that is inconclusive suffices only where recommendations are proven (recommender.py). If the v2 tree has no
    trace of the old category, a second source must name the same leaf. Recommendations that disagree are never decided
    here, even if only one of them is open to the shop or lies below the old category.
    """
    old_id, old_name = old_category(product)
    asked = [recommended.leaf_id] if recommended.leaf_id and tree.is_leaf(recommended.leaf_id) else []
    own = [leaf for leaf in own_recommendations(product) if tree.is_leaf(leaf)]
    olds = (old_id,) if old_id in tree else tuple(same_path_categories(product, tree))
    below = {leaf for leaf in (*asked, *own) if any(leaf == old or tree.is_descendant(leaf, old) for old in olds)}
    disagree = len(below) > 1 or bool(asked and own and asked[0] not in own)
    evidence = {"from": old_id, "recommend_category": asked, "product": own}
    if len(below) == 1 and not disagree:
        (leaf,) = below
        if is_closed_leaf(tree, leaf):
            return closed_leaf(product, tree, leaf)
        rivals = [each for old in olds for each in tree.leaves_under(old)]
        words = opinion(product, leaf, rivals, tree)
        if recommended.recommender.is_followed(words):
            return Resolved(leaf, "recommended", {**evidence, "title": words})
        message = f"{_statement(product, tree)}, and {recommended.recommender.why_not(words)}"
        named = [LeafCandidate(leaf, "Recommend Category names it")] if asked else []
        return undecided(product, tree, message, [*named, *product_candidates(product, tree)])
    if not olds and not disagree and (agreed := _second_source(asked, own, old_name, tree)):
        evidence = {"from": old_id, "recommend_category": asked, "agrees": agreed}
        closed = is_closed_leaf(tree, asked[0])
        return closed_leaf(product, tree, asked[0]) if closed else Resolved(asked[0], "agreed", evidence)
    message = f"{_statement(product, tree)}, and {_why(asked, own, disagree=disagree, has_old=bool(olds))}"
    named = [LeafCandidate(leaf, "Recommend Category names it") for leaf in asked]
    return undecided(product, tree, message, [*named, *product_candidates(product, tree)])


def _second_source(asked: Sequence[str], own: Sequence[str], old_name: str, tree: CategoryTree) -> str:
    """Describes the second source for the recommended leaf; empty if there is none."""
    if not asked:
        return ""
    if list(own[:1]) == list(asked):
        return "the product's own recommendation"
    return "the only leaf of the old category's name" if tree.leaves_named(old_name) == list(asked) else ""


def _statement(product: Mapping[str, Any], tree: CategoryTree) -> str:
    old_id, old_name = old_category(product)
    if not old_id:
        return "the product has no category"
    label = f"{old_name} ({old_id})" if old_name else old_id
    if old_id in tree:
        return f"{label} has subcategories in the v2 tree"
    return f"the v2 tree has no category with the id of {label}"


def _why(asked: Sequence[str], own: Sequence[str], *, disagree: bool, has_old: bool) -> str:
    if disagree:
        return "the platform's recommendations disagree"
    if not asked and not own:
        return "the platform recommends no category"
    return "nothing recommended lies under it" if has_old else "no second source confirms the recommendation"
