"""Counts products that wait for people by reason, and separately those that were decided automatically. Answers too."""

from __future__ import annotations

from typing import Any

from benchmarks.people import asked


def waiting(*reasons: dict[str, Any]) -> dict[str, Any]:
    return {"outcome": "needs_input", "category_id": "600001", "reasons": list(reasons), "warnings": []}


def material(score: float) -> dict[str, Any]:
    return {
        "code": "12052104",
        "attribute_id": "100000",
        "message": "Material is required in this category.",
        "allowed_values": [{"id": "1", "score": score}],
    }


def test_waiting_and_filled_products_are_counted_apart() -> None:
    filled = {"outcome": "in_audit", "reasons": [], "warnings": ["Material is filled in without asking: Oak"]}
    moved = {"outcome": "in_audit", "reasons": [], "warnings": []}
    found = asked({("1", "1"): filled, ("1", "2"): waiting(material(0.5)), ("1", "3"): moved})
    assert (found.products, dict(found.reasons), found.filled) == (1, {"12052104": 1}, 1)


def test_likely_proposals_are_accepted_with_one_answer() -> None:
    found = asked({("1", str(at)): waiting(material(score)) for at, score in enumerate((0.99, 0.96, 0.7))})
    assert (found.answers, found.answers_after_accepting) == (3, 2)


def test_one_answer_serves_all_products_that_are_refused_for_the_same_leaf() -> None:
    refused = {
        "code": "12052221",
        "field": "category_id",
        "message": "The category Jars is open to invited sellers only.",
    }
    found = asked({("1", "1"): waiting(refused), ("1", "2"): waiting(refused), ("2", "1"): waiting(refused)})
    assert (found.answers, found.answers_after_accepting) == (2, 2)


def test_one_answer_serves_the_products_of_a_removed_category_with_the_same_candidates() -> None:
    removed = {
        "code": "category_undecided",
        "field": "category_id",
        "message": "The v2 tree has no category with the id of Jars (600062), and no second source confirms it.",
        "allowed_values": [{"id": "1"}, {"id": "2"}],
    }
    other = {**removed, "allowed_values": [{"id": "3"}]}
    split = {**removed, "message": "Jars (600063) has subcategories in the v2 tree."}
    found = asked({("1", str(at)): waiting(each) for at, each in enumerate((removed, removed, other, split, split))})
    assert found.answers == 4
