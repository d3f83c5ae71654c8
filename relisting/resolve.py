"""Which v2 leaf a product belongs under, with the rule and the evidence; never a silent guess. Pure.

In this order: the feeder's leaf; the operator's mapping; a category-change webhook; the product's own leaf while it is
one in the v2 tree, by its id or, where ids changed, by its whole path of names; a recommendation below the old
category; and where the v2 tree has no trace of that, a recommendation a second source agrees with. Anything else is a
person's to decide, with candidates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.outcome import Reason
from relisting.candidates import Candidate, ranked
from relisting.names import normalised
from relisting.tree import CategoryTree

Rule = Literal["feeder", "mapping", "webhook", "own_leaf", "same_path", "recommended", "agreed"]
CLOSED_CODES = {"prohibited": "12052220", "outside the shop's main category": "12052225"}
INVITED_ONLY_CODE = "12052221"


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
    category_id: str | None = None
    """The leaf it belongs under, where that is known and closed to the shop."""


def old_category(product: Mapping[str, Any]) -> tuple[str, str]:
    """Id and name of the category the product is under."""
    path = old_path(product)
    return path[-1] if path else ("", "")


def old_path(product: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Ids and names from the root to the category the product is under, whatever order they came in."""
    chain = [each for each in product.get("category_chains") or () if isinstance(each, Mapping)]
    leaves = [each for each in chain if each.get("is_leaf")] or chain[-1:]
    by_id = {str(each.get("id") or ""): each for each in chain}
    path: list[tuple[str, str]] = []
    step = leaves[-1] if leaves else None
    while step is not None and len(path) < len(chain):
        path.append((str(step.get("id") or ""), str(step.get("local_name") or "").strip()))
        step = by_id.get(str(step.get("parent_id") or ""))
    return tuple(reversed(path))


def resolve(
    product: Mapping[str, Any],
    tree: CategoryTree,
    hints: Hints,
    *,
    mapped: str = "",
    changed: str = "",
    recommended: Recommended | None = None,
    mapped_by: str = "",
    changed_from: str = "",
) -> Resolved | NeedsRecommendation | Unresolved:
    """`mapped` is the operator's mapping for this product, and `mapped_by` the row that says so.

    `changed` and `changed_from` are a category-change webhook's `current_category_id` and `previous_category_id`.
    """
    old_id, _ = old_category(product)
    evidence: dict[str, Any] = {"from": old_id}
    if hints.category_id:
        if mapped and mapped != hints.category_id:
            evidence["overruled"] = {"mapping": mapped}
        return _decided(product, tree, hints.category_id, "feeder", "the category the feeder gave", evidence)
    if mapped:
        if mapped_by:
            evidence["mapping"] = mapped_by
        return _decided(product, tree, mapped, "mapping", "the category of the mapping file", evidence)
    # A webhook of an earlier change says nothing about a product that has moved on since.
    is_event = changed == old_id or changed_from in ("", old_id)
    if changed and is_event and not tree.problem_with(changed):
        return Resolved(changed, "webhook", evidence)
    if tree.is_leaf(old_id):
        return _own_leaf(product, tree, old_id)
    namesakes = _namesakes(product, tree)
    if len(namesakes) == 1 and not tree.problem_with(namesakes[0]):
        others = [leaf for leaf in _own_recommendations(product) if leaf != namesakes[0] and tree.is_leaf(leaf)]
        if not others:
            return Resolved(namesakes[0], "same_path", {"from": old_id, "path": tree.path_text(namesakes[0])})
    if recommended is None:
        return NeedsRecommendation()
    return _from_recommendations(product, tree, namesakes, recommended)


def _decided(
    product: Mapping[str, Any],
    tree: CategoryTree,
    category_id: str,
    rule: Rule,
    what: str,
    evidence: Mapping[str, Any],
) -> Resolved | Unresolved:
    """A decision that cannot be followed is told, not passed over."""
    problem = tree.problem_with(category_id)
    if not problem:
        return Resolved(category_id, rule, evidence)
    candidates = [Candidate(leaf, f"lies under {category_id}") for leaf in tree.leaves_under(category_id)]
    return _undecided(product, tree, f"{what}, {category_id}, {problem}", [*candidates, *_by_itself(product, tree)])


def _own_leaf(product: Mapping[str, Any], tree: CategoryTree, old_id: str) -> Resolved | Unresolved:
    name = old_category(product)[1]
    if not tree.is_open(old_id):
        why = tree.closed_because(old_id)
        message = f"The category {tree.path_text(old_id)} is {why}: apply for it in Seller Center, or choose another."
        candidates = [leaf for leaf in _by_itself(product, tree) if leaf.category_id != old_id]
        code = CLOSED_CODES.get(why, INVITED_ONLY_CODE)
        reason = Reason(code, message, "seller", "category_id", None, ranked(candidates, product, tree))
        return Unresolved(reason, old_id)
    new_name = tree.path(old_id)[-1].name
    evidence: dict[str, Any] = {"path": tree.path_text(old_id)}
    if name and normalised(name) != normalised(new_name):
        namesakes = [each for each in _namesakes(product, tree) if each != old_id]
        if namesakes:
            message = (
                f"category {old_id} was {name} and is {new_name.strip()} in the v2 tree, where {name} has another id"
            )
            same_id = Candidate(old_id, "has the same id")
            return _undecided(product, tree, message, [same_id, *_by_itself(product, tree)])
        evidence["renamed_from"] = name
    if recommended := [leaf for leaf in _own_recommendations(product) if leaf != old_id]:
        evidence["recommended"] = recommended
    return Resolved(old_id, "own_leaf", evidence)


def _from_recommendations(
    product: Mapping[str, Any], tree: CategoryTree, namesakes: Sequence[str], recommended: Recommended
) -> Resolved | Unresolved:
    old_id, old_name = old_category(product)
    own = _own_recommendations(product)
    asked = [recommended.leaf_id] if recommended.leaf_id else []
    olds = (old_id,) if old_id in tree else tuple(namesakes)
    acceptable = {
        leaf
        for leaf in (*asked, *own)
        if not tree.problem_with(leaf) and any(leaf == old or tree.is_descendant(leaf, old) for old in olds)
    }
    if len(acceptable) == 1:
        (leaf,) = acceptable
        return Resolved(leaf, "recommended", {"from": old_id, "recommend_category": asked, "product": own})
    if not olds and (agreed := _agreed(recommended.leaf_id, own, old_name, tree)):
        evidence = {"from": old_id, "recommend_category": asked, "agrees": agreed}
        return Resolved(asked[0], "agreed", evidence)
    candidates = [*(Candidate(leaf, "Recommend Category names it") for leaf in asked), *_by_itself(product, tree)]
    why = "the recommendations disagree" if acceptable else "nothing recommended lies under the old category"
    message = f"{old_name or old_id or 'its category'} is no final category of the v2 tree, and {why}"
    return _undecided(product, tree, message, candidates)


def _agreed(asked: str | None, own: Sequence[str], old_name: str, tree: CategoryTree) -> str:
    """What else names the leaf that Recommend Category named; empty if nothing does."""
    if asked is None or tree.problem_with(asked):
        return ""
    if own[:1] == [asked]:
        return "the product's own recommendation"
    return "the only leaf of the old category's name" if tree.leaves_named(old_name) == [asked] else ""


def _by_itself(product: Mapping[str, Any], tree: CategoryTree) -> list[Candidate]:
    """What the product itself suggests."""
    old_id, old_name = old_category(product)
    namesakes = _namesakes(product, tree)
    below = [leaf for old in dict.fromkeys((old_id, *namesakes)) for leaf in tree.leaves_under(old)]
    return [
        *(Candidate(leaf, "the product's own recommendation") for leaf in _own_recommendations(product)),
        *(Candidate(leaf, "has the old category's path") for leaf in namesakes),
        *(Candidate(leaf, "lies under the old category") for leaf in below),
        *(Candidate(leaf, "has the old category's name") for leaf in tree.leaves_named(old_name)),
    ]


def _own_recommendations(product: Mapping[str, Any]) -> list[str]:
    given = product.get("recommended_categories") or ()
    return [str(each["id"]) for each in given if isinstance(each, Mapping) and each.get("id")]


def _namesakes(product: Mapping[str, Any], tree: CategoryTree) -> list[str]:
    """Where the whole old path of names leads in the v2 tree; one name alone is no path."""
    names = [name for _, name in old_path(product)]
    return tree.with_path(names) if len(names) > 1 and all(names) else []


def _undecided(
    product: Mapping[str, Any], tree: CategoryTree, message: str, candidates: Sequence[Candidate]
) -> Unresolved:
    text = message[:1].upper() + message[1:] + "."
    allowed = ranked(candidates, product, tree)
    return Unresolved(Reason("category_undecided", text, "operator", field="category_id", allowed_values=allowed))
