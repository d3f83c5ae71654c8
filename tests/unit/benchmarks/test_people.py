"""Products that wait for people are counted by their reason, and those decided unasked apart."""

from __future__ import annotations

from benchmarks.people import asked


def test_waiting_and_filled_products_are_counted_apart() -> None:
    filled = {"outcome": "in_audit", "reasons": [], "warnings": ["Material is filled in unasked: Oak"]}
    waiting = {"outcome": "needs_input", "reasons": [{"code": "12052104"}], "warnings": ["Size is filled in unasked"]}
    moved = {"outcome": "in_audit", "reasons": [], "warnings": []}
    found = asked({("1", "1"): filled, ("1", "2"): waiting, ("1", "3"): moved})
    assert (found.products, dict(found.reasons), found.filled) == (1, {"12052104": 1}, 1)
