"""Which v2 leaf a product belongs under, with the rule and the evidence; never a silent guess. Pure.

In this order: the feeder's leaf, the operator's mapping, a category-change webhook, the product's own leaf while it is
one in the v2 tree, a recommendation below the old category. Anything else is a person's to decide, with candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from shop_queue.outcome import AllowedValue, Reason
from worker.relist.tree import CategoryTree

Rule = Literal["feeder", "mapping", "webhook", "own_leaf", "recommended"]
MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Hints:
    """What somebody has decided for this product beforehand."""

    category_id: str = ""
    brand_id: str = ""
    attributes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Recommended:
    """What Recommend Category said; `leaf_id` None when it had no answer."""

    leaf_id: str | None


@dataclass(frozen=True, slots=True)
class Resolved:
    category_id: str
    rule: Rule
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeedsRecommendation:
    """Ask Recommend Category, then resolve again with its answer."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    reason: Reason


def old_category(product: Mapping[str, Any]) -> tuple[str, str]:
    """Id and name of the category the product is under."""
    chain = [each for each in product.get("category_chains") or () if isinstance(each, Mapping)]
    leaves = [each for each in chain if each.get("is_leaf")] or chain[-1:]
    return (str(leaves[-1].get("id") or ""), str(leaves[-1].get("local_name") or "")) if leaves else ("", "")


def resolve(
    product: Mapping[str, Any],
    tree: CategoryTree,
    hints: Hints,
    *,
    mapped: str = "",
    changed: str = "",
    recommended: Recommended | None = None,
) -> Resolved | NeedsRecommendation | Unresolved:
    """`mapped` is the operator's mapping for this product, `changed` a webhook's `current_category_id`."""
    old_id, old_name = old_category(product)
    decided: tuple[tuple[str, Rule, str], ...] = (
        (hints.category_id, "feeder", "the category the feeder gave"),
        (mapped, "mapping", "the category of the mapping file"),
    )
    for category_id, rule, what in decided:
        if category_id:
            problem = _unusable(tree, category_id)
            if problem:
                return _unresolved(tree, f"{what}, {category_id}, {problem}", [], actor="operator")
            return Resolved(category_id, rule, {"from": old_id})
    if changed and not _unusable(tree, changed):
        return Resolved(changed, "webhook", {"from": old_id})
    if tree.is_leaf(old_id):
        if tree.is_open(old_id):
            return Resolved(old_id, "own_leaf", {"path": tree.path_text(old_id)})
        others = [(leaf, "has the same name") for leaf in tree.leaves_named(old_name) if leaf != old_id]
        return _unresolved(tree, "the category is open to invited sellers only", others, actor="seller")
    if recommended is None:
        return NeedsRecommendation()
    return _from_recommendations(product, tree, old_id, old_name, recommended)


def _from_recommendations(
    product: Mapping[str, Any], tree: CategoryTree, old_id: str, old_name: str, recommended: Recommended
) -> Resolved | Unresolved:
    own = [str(each.get("id")) for each in product.get("recommended_categories") or () if isinstance(each, Mapping)]
    asked = [recommended.leaf_id] if recommended.leaf_id else []
    acceptable = {leaf for leaf in (*asked, *own) if not _unusable(tree, leaf) and tree.is_descendant(leaf, old_id)}
    if len(acceptable) == 1:
        (leaf,) = acceptable
        return Resolved(leaf, "recommended", {"from": old_id, "recommend_category": asked, "product": own})
    candidates = [
        *((leaf, "the platform recommends it") for leaf in asked),
        *((leaf, "the product's own recommendation") for leaf in own),
        *((leaf, "lies under the old category") for leaf in tree.leaves_under(old_id)),
        *((leaf, "has the old category's name") for leaf in tree.leaves_named(old_name)),
    ]
    why = "the recommendations disagree" if acceptable else "nothing recommended lies under the old category"
    return _unresolved(tree, f"{old_name or old_id} is no final category any more, and {why}", candidates)


def _unusable(tree: CategoryTree, category_id: str) -> str:
    if category_id not in tree:
        return "is not in the v2 tree"
    if not tree.is_leaf(category_id):
        return "is not a final category"
    if not tree.is_open(category_id):
        return "is open to invited sellers only"
    return ""


def _unresolved(
    tree: CategoryTree,
    message: str,
    candidates: Sequence[tuple[str, str]],
    actor: Literal["seller", "operator"] = "operator",
) -> Unresolved:
    seen: dict[str, str] = {}
    for category_id, why in candidates:
        if tree.is_leaf(category_id) and tree.is_open(category_id):
            seen.setdefault(category_id, why)
    allowed = tuple(
        AllowedValue(category_id, f"{tree.path_text(category_id)} ({why})")
        for category_id, why in list(seen.items())[:MOST_CANDIDATES]
    )
    return Unresolved(Reason("category_undecided", message, actor, field="category_id", allowed_values=allowed))
