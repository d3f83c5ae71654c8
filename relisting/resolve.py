"""Decides which v2 leaf a product belongs under, and returns the rule and the evidence. It never guesses. Pure.

The rules in order: the feeder's leaf; the operator's mapping; a category-change webhook; the product's leaf if it is a
leaf of the v2 tree; if ids changed, the leaf with the same complete path of names; a proposed leaf whose risk the
operator accepts; a recommendation below the old category; and, if the v2 tree has no trace of the old category, a
recommendation that a second source confirms.
Otherwise a person chooses among candidates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.job_state import CategoryChange
from relisting.candidates import LeafCandidate, own_recommendations, product_candidates, same_path_categories, undecided
from relisting.closed_leaf import closed_leaf, is_closed_leaf
from relisting.mapping import problem_with_target, target_leaf
from relisting.names import normalised
from relisting.old_category import old_category
from relisting.recommendations import resolve_by_recommendation
from relisting.resolution import (
    CategorySources,
    NeedsRecommendation,
    ProposedLeaf,
    Resolved,
    Rule,
    Unresolved,
)
from relisting.tree import CategoryTree

NO_SOURCES = CategorySources()


def resolve(
    product: Mapping[str, Any], tree: CategoryTree, sources: CategorySources = NO_SOURCES
) -> Resolved | NeedsRecommendation | Unresolved:
    old_id, _ = old_category(product)
    mapping = sources.mapping
    if sources.feeder:
        evidence: dict[str, Any] = {"from": old_id}
        if mapping and target_leaf(mapping.leaf_id, tree) != sources.feeder:
            evidence["overruled"] = {"mapping": mapping.leaf_id}
        return _decided(product, tree, Resolved(sources.feeder, "feeder", evidence), "the category the feeder gave")
    if mapping:
        decision = Resolved(target_leaf(mapping.leaf_id, tree), "mapping", {"from": old_id, "mapping": str(mapping)})
        return _decided(product, tree, decision, "the category of the mapping file")
    if sources.change and _applies(sources.change, old_id) and not tree.problem_with(sources.change.category_id):
        return Resolved(sources.change.category_id, "webhook", {"from": old_id})
    if tree.is_leaf(old_id):
        return _own_leaf(product, tree, old_id)
    if leaf := _same_path(product, tree):
        if is_closed_leaf(tree, leaf):
            return closed_leaf(product, tree, leaf)
        return Resolved(leaf, "same_path", {"from": old_id, "path": tree.path_text(leaf)})
    if sources.proposed is not None:
        return _proposed(tree, old_id, sources.proposed)
    if sources.recommended is None:
        return NeedsRecommendation()
    return resolve_by_recommendation(product, tree, sources.recommended)


def looks_at_one_leaf(rule: Rule) -> bool:
    """Whether the rule depends on a single leaf, so that permissions of other leaves cannot change its result."""
    return rule in ("feeder", "mapping", "webhook", "own_leaf")


def _applies(change: CategoryChange, old_id: str) -> bool:
    """Whether the change concerns the product's current category; the product may have moved since."""
    return bool(change.category_id) and (change.category_id == old_id or change.previous in ("", old_id))


def _decided(product: Mapping[str, Any], tree: CategoryTree, decision: Resolved, source: str) -> Resolved | Unresolved:
    """Returns the decision, or Unresolved if its leaf cannot be used, instead of trying the next rule."""
    category_id = decision.category_id
    problem = problem_with_target(category_id, tree)
    if not problem:
        return decision
    if is_closed_leaf(tree, category_id):
        return closed_leaf(product, tree, category_id)
    candidates = [LeafCandidate(leaf, f"lies under {category_id}") for leaf in tree.leaves_under(category_id)]
    message = f"{source}, {category_id}, {problem}"
    return undecided(product, tree, message, [*candidates, *product_candidates(product, tree)])


def _proposed(tree: CategoryTree, old_id: str, proposed: ProposedLeaf) -> Resolved:
    evidence = {
        "from": old_id,
        "score": round(proposed.score, 4),
        "bound": round(proposed.bound, 4),
        "tests": proposed.tests,
        "sources": list(proposed.sources),
    }
    chosen, bound = tree.path_text(proposed.leaf), f"{proposed.bound:.2%}"
    warning = f"The category {chosen} was chosen without asking: at most {bound} are wrong"
    return Resolved(proposed.leaf, "proposal", evidence, (warning,))


def _own_leaf(product: Mapping[str, Any], tree: CategoryTree, old_id: str) -> Resolved | Unresolved:
    if not tree.is_open(old_id):
        return closed_leaf(product, tree, old_id)
    name = old_category(product)[1]
    new_name = tree.path(old_id)[-1].name
    evidence: dict[str, Any] = {"path": tree.path_text(old_id)}
    if name and normalised(name) != normalised(new_name):
        if [each for each in same_path_categories(product, tree) if each != old_id]:
            message = (
                f"category {old_id} was {name} and is {new_name.strip()} in the v2 tree, where {name} has another id"
            )
            same_id = LeafCandidate(old_id, "has the same id")
            return undecided(product, tree, message, [same_id, *product_candidates(product, tree)])
        evidence["renamed_from"] = name
    if recommended := [leaf for leaf in own_recommendations(product) if leaf != old_id]:
        evidence["recommended"] = recommended
    return Resolved(old_id, "own_leaf", evidence)


def _same_path(product: Mapping[str, Any], tree: CategoryTree) -> str:
    """The only leaf with the complete old path of names; empty if none, or if the product recommends another."""
    namesakes = same_path_categories(product, tree)
    if len(namesakes) != 1 or not tree.is_leaf(namesakes[0]):
        return ""
    (leaf,) = namesakes
    return "" if any(each != leaf and tree.is_leaf(each) for each in own_recommendations(product)) else leaf
