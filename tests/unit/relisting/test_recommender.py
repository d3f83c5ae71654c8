"""The platform's recommendation is followed only as far as titles and measurements support it."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.recommender import NEEDED, Agreement, Recommender, further_tests, is_proven, is_refuted
from relisting.resolution import CategorySources, Recommended, Resolved, Unresolved
from relisting.resolve import resolve
from relisting.second_opinion import Opinion, opinion
from tests.support.catalogue_builders import TREE, under


def moved(title: str, recommender: Recommender, leaf: str = "61") -> str:
    """The leaf to which a product of the split category moves; empty if a person is asked."""
    product = under(("1", "Home"), ("6", "Bowls"), title=title)
    resolution = resolve(product, TREE, CategorySources(recommended=Recommended(leaf, recommender)))
    if isinstance(resolution, Unresolved):
        assert leaf in [value.id for value in resolution.reason.allowed_values]
        return ""
    assert isinstance(resolution, Resolved)
    return resolution.category_id


UNKNOWN = Recommender()
PROVEN = Recommender({"silent": Agreement(right=NEEDED)})


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Wooden bowl for salad", "for"),
        ("Bowl, wooden", "for"),
        ("Glass bowl", "against"),
        ("Salad bowl", "silent"),
        ("Bowl of glass and wooden lid", "silent"),
        ("", "silent"),
    ],
)
def test_the_title_gives_a_second_opinion(title: str, expected: Opinion) -> None:
    assert opinion({"title": title}, "61", ("61", "62"), TREE) == expected


def test_a_title_for_the_leaf_is_enough_until_measurements_refute_it() -> None:
    assert moved("Wooden bowl", UNKNOWN) == "61"
    assert moved("Wooden bowl", Recommender({"for": Agreement(right=95, wrong=5)})) == ""


def test_an_inconclusive_title_needs_a_proof() -> None:
    assert moved("Salad bowl", UNKNOWN) == ""
    assert moved("Salad bowl", PROVEN) == "61"
    assert moved("Salad bowl", Recommender({"silent": Agreement(right=85 * NEEDED, wrong=15 * NEEDED)})) == ""


def test_a_title_against_the_recommendation_is_never_decided() -> None:
    assert moved("Glass bowl", PROVEN) == ""


@pytest.mark.parametrize(
    ("measured", "proven", "refuted"),
    [
        (Agreement(NEEDED, 0), True, False),
        (Agreement(NEEDED - 1, 0), False, False),
        (Agreement(NEEDED, 1), False, False),
        (Agreement(947, 1), True, False),
        (Agreement(5, 1), False, True),
        (Agreement(400, 2), False, False),
        (Agreement(0, 0), False, False),
    ],
)
def test_half_a_percent_needs_598_tests_without_an_error(measured: Agreement, *, proven: bool, refuted: bool) -> None:
    assert (is_proven(measured), is_refuted(measured)) == (proven, refuted)


def under_jars(title: str) -> dict[str, Any]:
    return under(("1", "Home"), ("5", "Jars"), title=title, recommended=("61",))


def test_a_product_that_keeps_its_leaf_ignores_the_recommender() -> None:
    resolution = resolve(under_jars("Wooden bowl"), TREE, CategorySources())
    assert isinstance(resolution, Resolved)
    assert (resolution.category_id, resolution.rule) == ("5", "own_leaf")


def test_further_tests_that_a_proof_needs() -> None:
    assert further_tests(Agreement()) == NEEDED
    assert further_tests(Agreement(500)) == NEEDED - 500
    assert further_tests(Agreement(NEEDED)) == 0
    after_an_error = Agreement(NEEDED - 1, 1)
    assert is_proven(Agreement(after_an_error.right + further_tests(after_an_error), 1))
