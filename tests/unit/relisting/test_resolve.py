"""Which leaf a product goes to, by which rule, on what evidence, and when a person is asked."""

from __future__ import annotations

import pytest

from relisting.resolve import (
    Hints,
    NeedsRecommendation,
    Recommended,
    Resolved,
    Unresolved,
    old_category,
    old_path,
    resolve,
)
from tests.support.catalogue_builders import TREE, under

JARS = under(("1", "Home"), ("5", "Jars"))
BOWLS = under(("1", "Home"), ("6", "Bowls"))
GONE = under(("1", "Home"), ("404", "Vanished"))


def leaf_and_rule(resolution: object) -> tuple[str, str]:
    assert isinstance(resolution, Resolved), resolution
    return resolution.category_id, resolution.rule


def asked(resolution: object) -> list[str]:
    """The candidates a person is offered."""
    assert isinstance(resolution, Unresolved), resolution
    return [value.id for value in resolution.reason.allowed_values]


def test_the_feeder_comes_first_and_what_it_overruled_is_evidence() -> None:
    resolution = resolve(JARS, TREE, Hints(category_id="61"), mapped="62", changed="811")
    assert resolution == Resolved("61", "feeder", {"from": "5", "overruled": {"mapping": "62"}})


def test_then_the_mapping_with_the_row_that_says_so() -> None:
    resolution = resolve(JARS, TREE, Hints(), mapped="62", mapped_by="row 7: *, 5 -> 62", changed="811")
    assert resolution == Resolved("62", "mapping", {"from": "5", "mapping": "row 7: *, 5 -> 62"})


def test_then_a_category_change_the_platform_told_of() -> None:
    assert leaf_and_rule(resolve(JARS, TREE, Hints(), changed="61")) == ("61", "webhook")
    assert leaf_and_rule(resolve(JARS, TREE, Hints(), changed="61", changed_from="5")) == ("61", "webhook")


def test_but_not_of_a_change_before_the_product_moved_on() -> None:
    assert leaf_and_rule(resolve(JARS, TREE, Hints(), changed="61", changed_from="62")) == ("5", "own_leaf")
    assert leaf_and_rule(resolve(JARS, TREE, Hints(), changed="5", changed_from="62")) == ("5", "webhook")
    assert leaf_and_rule(resolve(JARS, TREE, Hints(), changed="404")) == ("5", "own_leaf")


def test_then_its_own_leaf_without_asking_the_platform() -> None:
    resolution = resolve(JARS, TREE, Hints())
    assert resolution == Resolved("5", "own_leaf", {"path": "Home > Jars"})


def test_an_own_leaf_that_was_renamed_or_is_not_what_is_recommended_says_so() -> None:
    resolution = resolve(under(("1", "Home"), ("5", "Containers"), recommended=("61",)), TREE, Hints())
    assert isinstance(resolution, Resolved)
    assert resolution.evidence == {"path": "Home > Jars", "renamed_from": "Containers", "recommended": ["61"]}


def test_an_id_that_names_another_category_in_the_v2_tree_is_no_evidence() -> None:
    # 5 was Garden > Jars and is Home > Jars now; Garden > Jars is 82.
    candidates = asked(resolve(under(("8", "Garden"), ("61", "Jars")), TREE, Hints()))
    assert candidates[0] == "82"
    assert "61" in candidates


def test_then_the_same_path_of_names_under_another_id() -> None:
    resolution = resolve(under(("1000", "garden"), ("1001", "JARS")), TREE, Hints())
    assert leaf_and_rule(resolution) == ("82", "same_path")
    deeper = resolve(under(("1000", "Garden"), ("1001", "Flower Pots")), TREE, Hints())
    assert leaf_and_rule(deeper) == ("811", "same_path"), "a level came in between"


def test_one_name_alone_is_no_path() -> None:
    assert resolve(under(("1001", "Flower pots")), TREE, Hints()) == NeedsRecommendation()


def test_a_recommendation_that_contradicts_the_same_path_is_a_persons_to_weigh() -> None:
    product = under(("1000", "Garden"), ("1001", "Jars"), recommended=("61",))
    assert resolve(product, TREE, Hints()) == NeedsRecommendation()
    assert asked(resolve(product, TREE, Hints(), recommended=Recommended("61")))[:1] == ["61"]
    agreed = resolve(product, TREE, Hints(), recommended=Recommended("82"))
    assert leaf_and_rule(agreed) == ("82", "recommended")


def test_then_a_recommendation_below_the_old_category() -> None:
    assert resolve(BOWLS, TREE, Hints()) == NeedsRecommendation()
    resolution = resolve(BOWLS, TREE, Hints(), recommended=Recommended("61"))
    assert resolution == Resolved("61", "recommended", {"from": "6", "recommend_category": ["61"], "product": []})


def test_the_products_own_recommendation_is_one_too() -> None:
    product = under(("1", "Home"), ("6", "Bowls"), recommended=("62",))
    assert leaf_and_rule(resolve(product, TREE, Hints(), recommended=Recommended(None))) == ("62", "recommended")


@pytest.mark.parametrize(
    ("own", "recommend_category"),
    [((), "5"), ((), None), (("62",), "61"), ((), "404"), ((), "6"), (("811",), "811")],
    ids=["elsewhere", "none", "the two disagree", "unknown", "not a leaf", "both agree on a leaf elsewhere"],
)
def test_anything_else_is_asked_with_candidates(own: tuple[str, ...], recommend_category: str | None) -> None:
    product = under(("1", "Home"), ("6", "Bowls"), recommended=own)
    assert {"61", "62"} <= set(asked(resolve(product, TREE, Hints(), recommended=Recommended(recommend_category))))


def test_where_the_old_category_left_no_trace_two_sources_must_agree() -> None:
    twice = under(("1", "Home"), ("404", "Vanished"), recommended=("811",))
    assert leaf_and_rule(resolve(twice, TREE, Hints(), recommended=Recommended("811"))) == ("811", "agreed")
    named = under(("1", "Home"), ("404", "Flower pots"))
    assert leaf_and_rule(resolve(named, TREE, Hints(), recommended=Recommended("811"))) == ("811", "agreed")
    assert asked(resolve(GONE, TREE, Hints(), recommended=Recommended("811"))) == ["811"]
    two_jars = under(("1000", "Kitchen"), ("404", "Jars"))
    assert asked(resolve(two_jars, TREE, Hints(), recommended=Recommended("82")))[0] == "82", "two leaves are Jars"


@pytest.mark.parametrize(("leaf", "why"), [("404", "not in the v2 tree"), ("6", "not a final"), ("7", "invited")])
def test_a_decision_that_can_not_be_followed_is_told_and_not_passed_over(leaf: str, why: str) -> None:
    for resolution in (resolve(JARS, TREE, Hints(category_id=leaf)), resolve(JARS, TREE, Hints(), mapped=leaf)):
        assert isinstance(resolution, Unresolved)
        assert (leaf in resolution.reason.message, why in resolution.reason.message) == (True, True)
        assert resolution.reason.actor == "operator"
        assert resolution.category_id is None


@pytest.mark.parametrize(("leaf", "code"), [("7", "12052221"), ("9", "12052220"), ("10", "12052225")])
def test_its_own_leaf_closed_to_the_shop_is_the_sellers_to_open(leaf: str, code: str) -> None:
    resolution = resolve(under(("1", "Home"), (leaf, TREE.path(leaf)[-1].name)), TREE, Hints())
    assert isinstance(resolution, Unresolved)
    assert (resolution.category_id, resolution.reason.code, resolution.reason.actor) == (leaf, code, "seller")


def test_candidates_are_ranked_by_their_sources_then_by_the_title_and_say_why() -> None:
    product = under(("1", "Home"), ("6", "Bowls"), title="A bowl made of glass", recommended=("5",))
    resolution = resolve(product, TREE, Hints(), recommended=Recommended("5"))
    assert isinstance(resolution, Unresolved)
    named = {value.id: value.name for value in resolution.reason.allowed_values}
    assert list(named) == ["5", "62", "61"]
    assert named["5"] == "Home > Jars (Recommend Category names it; the product's own recommendation)"
    assert named["62"] == "Home > Bowls > Glass bowls (lies under the old category)"


def test_a_product_without_a_category_is_asked_too() -> None:
    assert resolve({}, TREE, Hints()) == NeedsRecommendation()
    assert asked(resolve({}, TREE, Hints(), recommended=Recommended("5"))) == ["5"]


def test_the_old_path_is_read_whatever_the_order_of_the_chain() -> None:
    product = under(("1", " Home"), ("6", "Bowls"), ("61", "Wooden\n"))
    product["category_chains"].reverse()
    assert old_path(product) == (("1", "Home"), ("6", "Bowls"), ("61", "Wooden"))
    assert old_category(product) == ("61", "Wooden")
    looped = {"category_chains": [{"id": "1", "parent_id": "2"}, {"id": "2", "parent_id": "1", "is_leaf": True}]}
    assert [identity for identity, _ in old_path(looped)] == ["1", "2"]
