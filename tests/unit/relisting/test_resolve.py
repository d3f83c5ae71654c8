"""Which leaf a product gets, by which rule and evidence, and when a person decides."""

from __future__ import annotations

from typing import Any

import pytest

from model.job_state import CategoryChange
from relisting.mapping import MappingRow
from relisting.old_category import old_category, old_path
from relisting.recommender import NEEDED, Agreement, Recommender
from relisting.resolution import (
    CategorySources,
    NeedsRecommendation,
    Recommended,
    Resolved,
    Unresolved,
)
from relisting.resolve import resolve
from relisting.tree import CategoryTree
from tests.support.catalogue_builders import TREE, under

JARS = under(("1", "Home"), ("5", "Jars"))
BOWLS = under(("1", "Home"), ("6", "Bowls"))
GONE = under(("1", "Home"), ("404", "Vanished"))
PROVEN = Recommender({"silent": Agreement(right=NEEDED)})
ROW = MappingRow(7, "*", "5", "62")


def resolved(product: dict[str, Any], **sources: Any) -> Resolved | NeedsRecommendation | Unresolved:
    return resolve(product, TREE, CategorySources(**sources))


def recommended(product: dict[str, Any], leaf_id: str | None) -> Resolved | NeedsRecommendation | Unresolved:
    """In a market where recommendations are proven."""
    return resolved(product, recommended=Recommended(leaf_id, PROVEN))


def leaf_and_rule(resolution: object) -> tuple[str, str]:
    assert isinstance(resolution, Resolved), resolution
    return resolution.category_id, resolution.rule


def candidates(resolution: object) -> list[str]:
    """The leaf ids offered to a person."""
    assert isinstance(resolution, Unresolved), resolution
    return [value.id for value in resolution.reason.allowed_values]


def test_feeder_wins_and_overruled_mapping_is_evidence() -> None:
    resolution = resolved(JARS, feeder="61", mapping=ROW, change=CategoryChange("811"))
    assert resolution == Resolved("61", "feeder", {"from": "5", "overruled": {"mapping": "62"}})


def test_mapping_wins_over_webhook_and_names_its_row() -> None:
    resolution = resolved(JARS, mapping=ROW, change=CategoryChange("811"))
    assert resolution == Resolved("62", "mapping", {"from": "5", "mapping": "row 7: *, 5 -> 62"})


def test_category_change_webhook_wins_over_own_leaf() -> None:
    assert leaf_and_rule(resolved(JARS, change=CategoryChange("61"))) == ("61", "webhook")
    assert leaf_and_rule(resolved(JARS, change=CategoryChange("61", "5"))) == ("61", "webhook")


def test_outdated_category_change_is_ignored() -> None:
    assert leaf_and_rule(resolved(JARS, change=CategoryChange("61", "62"))) == ("5", "own_leaf")
    assert leaf_and_rule(resolved(JARS, change=CategoryChange("5", "62"))) == ("5", "webhook")
    assert leaf_and_rule(resolved(JARS, change=CategoryChange("404"))) == ("5", "own_leaf")


def test_own_leaf_needs_no_recommendation() -> None:
    assert resolved(JARS) == Resolved("5", "own_leaf", {"path": "Home > Jars"})


def test_renamed_or_not_recommended_own_leaf_is_evidence() -> None:
    resolution = resolved(under(("1", "Home"), ("5", "Containers"), recommended=("61",)))
    assert isinstance(resolution, Resolved)
    assert resolution.evidence == {"path": "Home > Jars", "renamed_from": "Containers", "recommended": ["61"]}


def test_reused_id_of_another_category_is_asked() -> None:
    # 5 was Garden > Jars and is Home > Jars now; Garden > Jars is 82.
    offered = candidates(resolved(under(("8", "Garden"), ("61", "Jars"))))
    assert offered[0] == "82"
    assert "61" in offered


def test_same_path_under_another_id() -> None:
    resolution = resolved(under(("1000", "garden"), ("1001", "JARS")))
    assert leaf_and_rule(resolution) == ("82", "same_path")
    deeper = resolved(under(("1000", "Garden"), ("1001", "Flower Pots")))
    assert leaf_and_rule(deeper) == ("811", "same_path"), "a level was added in between"


def test_single_name_is_not_a_path() -> None:
    assert resolved(under(("1001", "Flower pots"))) == NeedsRecommendation()


def test_recommendation_against_the_same_path_is_asked() -> None:
    product = under(("1000", "Garden"), ("1001", "Jars"), recommended=("61",))
    assert resolved(product) == NeedsRecommendation()
    assert candidates(recommended(product, "61"))[:1] == ["61"]
    assert {"61", "82"} <= set(candidates(recommended(product, "82"))), "the two recommendations disagree"


def test_recommendation_below_the_old_category() -> None:
    assert resolved(BOWLS) == NeedsRecommendation()
    resolution = recommended(BOWLS, "61")
    evidence = {"from": "6", "recommend_category": ["61"], "product": [], "title": "silent"}
    assert resolution == Resolved("61", "recommended", evidence)


def test_products_own_recommendation_counts() -> None:
    product = under(("1", "Home"), ("6", "Bowls"), recommended=("62",))
    assert leaf_and_rule(recommended(product, None)) == ("62", "recommended")


@pytest.mark.parametrize(
    ("own", "recommend_category"),
    [((), "5"), ((), None), (("62",), "61"), ((), "404"), ((), "6"), (("811",), "811")],
    ids=["elsewhere", "none", "the two disagree", "unknown", "not a leaf", "both agree on a leaf elsewhere"],
)
def test_anything_else_is_asked_with_candidates(own: tuple[str, ...], recommend_category: str | None) -> None:
    product = under(("1", "Home"), ("6", "Bowls"), recommended=own)
    assert {"61", "62"} <= set(candidates(recommended(product, recommend_category)))


def test_vanished_category_needs_two_agreeing_sources() -> None:
    twice = under(("1", "Home"), ("404", "Vanished"), recommended=("811",))
    assert leaf_and_rule(recommended(twice, "811")) == ("811", "agreed")
    named = under(("1", "Home"), ("404", "Flower pots"))
    assert leaf_and_rule(recommended(named, "811")) == ("811", "agreed")
    assert candidates(recommended(GONE, "811")) == ["811"]
    two_jars = under(("1000", "Kitchen"), ("404", "Jars"))
    assert candidates(recommended(two_jars, "82"))[0] == "82", "two leaves are named Jars"


@pytest.mark.parametrize(("leaf", "why"), [("404", "not in the v2 tree"), ("6", "not a final")])
def test_unusable_decision_is_reported(leaf: str, why: str) -> None:
    for resolution in (resolved(JARS, feeder=leaf), resolved(JARS, mapping=MappingRow(2, "*", "5", leaf))):
        assert isinstance(resolution, Unresolved)
        assert (leaf in resolution.reason.message, why in resolution.reason.message) == (True, True)
        assert resolution.reason.actor == "operator"
        assert resolution.category_id is None


def closed(*leaves: str) -> CategoryTree:
    return TREE.restricted_to_shop(dict.fromkeys(leaves, ("INVITE_ONLY",)))


def code_and_leaf(resolution: object) -> tuple[str, str | None]:
    assert isinstance(resolution, Unresolved), resolution
    return resolution.reason.code, resolution.category_id


def test_closed_decision_keeps_its_code() -> None:
    for sources in (CategorySources("61"), CategorySources(mapping=MappingRow(2, "*", "5", "61"))):
        resolution = resolve(JARS, closed("61"), sources)
        assert code_and_leaf(resolution) == ("12052221", "61")
        assert isinstance(resolution, Unresolved)
        assert "Wooden bowls (61) is open to invited sellers only: ask for an invitation" in resolution.reason.message


def test_closed_recommended_leaf_is_named() -> None:
    sources = CategorySources(recommended=Recommended("61"))
    assert code_and_leaf(resolve(BOWLS, closed("61"), sources)) == ("12052221", "61")
    with_open_one = under(("1", "Home"), ("6", "Bowls"), recommended=("62",))
    assert code_and_leaf(resolve(with_open_one, closed("61"), sources)) == ("category_undecided", None)
    same_path = under(("1000", "Garden"), ("1001", "Flower pots"))
    assert code_and_leaf(resolve(same_path, closed("811"))) == ("12052221", "811")
    twice = under(("1", "Home"), ("404", "Vanished"), recommended=("811",))
    agreed = resolve(twice, closed("811"), CategorySources(recommended=Recommended("811")))
    assert code_and_leaf(agreed) == ("12052221", "811")


def test_disagreement_with_a_leaf_elsewhere_is_asked() -> None:
    product = under(("1", "Home"), ("6", "Bowls"), recommended=("62",))
    assert code_and_leaf(recommended(product, "811")) == ("category_undecided", None)


@pytest.mark.parametrize(
    ("product", "leaf", "message"),
    [
        (BOWLS, None, "Bowls (6) has subcategories in the v2 tree, and the platform recommends no category."),
        (BOWLS, "811", "Bowls (6) has subcategories in the v2 tree, and nothing recommended lies under it."),
        (GONE, "811", "The v2 tree has no category with the id of Vanished (404), and no second source confirms the"),
        ({}, "811", "The product has no category, and no second source confirms the recommendation."),
    ],
)
def test_question_states_the_true_cause(product: dict[str, Any], leaf: str | None, message: str) -> None:
    resolution = recommended(product, leaf)
    assert isinstance(resolution, Unresolved)
    assert resolution.reason.message.startswith(message)


def test_prohibited_category_is_not_applied_for() -> None:
    resolution = resolved(under(("1", "Home"), ("9", "Forbidden")))
    assert isinstance(resolution, Unresolved)
    assert "apply" not in resolution.reason.message


@pytest.mark.parametrize(("leaf", "code"), [("7", "12052221"), ("9", "12052220"), ("10", "12052225")])
def test_closed_own_leaf_is_for_the_seller_to_open(leaf: str, code: str) -> None:
    resolution = resolved(under(("1", "Home"), (leaf, TREE.path(leaf)[-1].name)))
    assert isinstance(resolution, Unresolved)
    assert (resolution.category_id, resolution.reason.code, resolution.reason.actor) == (leaf, code, "seller")


def test_candidates_are_ranked_by_sources_then_title() -> None:
    product = under(("1", "Home"), ("6", "Bowls"), title="A bowl made of glass", recommended=("5",))
    resolution = recommended(product, "5")
    assert isinstance(resolution, Unresolved)
    named = {value.id: value.name for value in resolution.reason.allowed_values}
    assert list(named) == ["5", "62", "61"]
    assert named["5"] == "Home > Jars (Recommend Category names it; the product's own recommendation)"
    assert named["62"] == "Home > Bowls > Glass bowls (lies under the old category)"


def test_product_without_category_is_asked() -> None:
    assert resolved({}) == NeedsRecommendation()
    assert candidates(recommended({}, "5")) == ["5"]


def test_old_path_ignores_the_order_of_the_chain() -> None:
    product = under(("1", " Home"), ("6", "Bowls"), ("61", "Wooden\n"))
    product["category_chains"].reverse()
    assert old_path(product) == (("1", "Home"), ("6", "Bowls"), ("61", "Wooden"))
    assert old_category(product) == ("61", "Wooden")
    looped = {"category_chains": [{"id": "1", "parent_id": "2"}, {"id": "2", "parent_id": "1", "is_leaf": True}]}
    assert [category_id for category_id, _ in old_path(looped)] == ["1", "2"]
