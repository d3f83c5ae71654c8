"""Edits that undo a cause are not held by it, start slowly, and are not evidence about others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout.edit import Decision, Edit, InvalidEdit
from rollout.outcome import Admitted, Clean, Damaged
from rollout.records import StopCause
from tests.support.rollout_book import RolloutBook, an_edit

KEY = "field/video/MX/700001"
UNDO = Decision("undo", "abc", "field", "video")


def undo(product: int | str) -> Edit:
    edit = an_edit(product, shop=f"s{product}", decisions=(UNDO,), fields=("title", "video"))
    return replace(edit, undoes=KEY)


def damaged() -> RolloutBook:
    rollout = RolloutBook()
    rollout.open_windows(an_edit())
    rollout.now += 1
    rollout.report(rollout.admit(an_edit(fields=("title", "video"))), Damaged(("video",)))
    assert rollout.stopped == [KEY]
    return rollout


def test_an_undo_is_not_held_by_its_cause() -> None:
    rollout = damaged()
    answer = rollout.ask(undo(1))
    assert isinstance(answer, Admitted)
    assert answer.read_back
    assert rollout.hold(an_edit(2, fields=("title", "video"))).cause == KEY


def test_an_undo_starts_slowly() -> None:
    rollout = damaged()
    for number in range(12):
        rollout.admit(undo(number))
    assert not rollout.hold(undo("next")).stopped


def test_a_clean_undo_releases_nothing() -> None:
    rollout = damaged()
    rollout.now += 1_000
    rollout.report(rollout.admit(undo(1)), Clean())
    assert rollout.hold(an_edit(2, fields=("title", "video"))).cause == KEY


def test_a_damaged_undo_stops_the_undo() -> None:
    rollout = damaged()
    rollout.report(rollout.admit(undo(1)), Damaged(("video",)))
    assert rollout.hold(undo(2)).cause == "decision/MX/undo/field>video/abc"


def test_an_undo_is_held_by_other_causes() -> None:
    rollout = damaged()
    other = replace(undo(3), undoes="field/brand")
    assert rollout.hold(other).cause == KEY


def test_an_undo_of_a_cause_is_not_held_by_what_that_cause_explains() -> None:
    """A field is stopped in a leaf, then everywhere, and then with its release."""
    rollout = damaged()
    fleet = rollout.fleet
    for key, under in (("field/video", "release/r1"), ("release/r1", "")):
        fleet.causes[key] = StopCause(key, rollout.now, "damage", "read-back", under=under)
    fleet.causes[KEY].under = "field/video"
    assert isinstance(rollout.ask(replace(undo(1), undoes="release/r1")), Admitted)
    assert rollout.hold(replace(undo(2), undoes="field/brand")).cause == "release/r1"


def test_an_undo_names_its_decision() -> None:
    with pytest.raises(InvalidEdit, match="rule `undo`"):
        replace(an_edit(), undoes=KEY)
