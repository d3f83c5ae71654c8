"""Results that all products of a leaf share."""

from __future__ import annotations

import pytest

from relisting import shared_by_products as module
from relisting.shared_by_products import shared_by_products


def test_one_result_serves_every_call_with_the_same_tuple() -> None:
    derived: list[tuple[str, ...]] = []

    @shared_by_products
    def first(things: tuple[str, ...]) -> str:
        derived.append(things)
        return things[0]

    things = tuple("ab")
    assert [first(things), first(things)] == ["a", "a"]
    assert derived == [things]


def test_equal_tuples_are_told_apart_and_the_oldest_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 2)
    derived: list[int] = []

    @shared_by_products
    def size(things: tuple[int, ...]) -> int:
        derived.append(id(things))
        return len(things)

    kept = [(number,) for number in range(3)]
    assert [size(each) for each in kept] == [1, 1, 1]
    assert size(kept[2]) == 1
    assert len(derived) == 3
    assert size(kept[0]) == 1
    assert len(derived) == 4
