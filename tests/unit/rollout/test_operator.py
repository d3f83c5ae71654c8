"""Operators release, accept, stop, undo and probe causes."""

from __future__ import annotations

import pytest

from rollout import operator
from rollout.edit import InvalidEdit
from rollout.operator import NotAllowed, UnknownCause
from rollout.outcome import Damaged
from rollout.records import MAX_RUNS, Book, LevelRecord
from tests.support.rollout_book import MAPPING, RolloutBook, an_edit

KEY = "decision/MX/mapping/600001>700001/abc"


def stopped_row() -> RolloutBook:
    rollout = RolloutBook()
    rollout.open_windows(an_edit())
    for number in range(5):
        rollout.audit(rollout.admit(an_edit(number, shop=f"s{number}", decisions=(MAPPING,))), rejected=True)
    assert rollout.stopped == [KEY]
    return rollout


def book_of(rollout: RolloutBook, key: str) -> Book:
    keys = operator.keys_to_change(key)
    return Book(rollout.fleet, {each: rollout.groups.setdefault(each, LevelRecord()) for each in keys})


def test_release_starts_the_decision_slowly_again() -> None:
    rollout = stopped_row()
    operator.release(book_of(rollout, KEY), KEY)
    for number in range(12):
        rollout.admit(an_edit(f"again{number}", shop=f"a{number}", decisions=(MAPPING,)))
    assert not rollout.hold(an_edit("more", shop="b", decisions=(MAPPING,))).stopped


def test_accept_makes_the_observed_rate_the_baseline() -> None:
    rollout = stopped_row()
    operator.accept(book_of(rollout, KEY), KEY, rollout.now)
    assert rollout.groups[KEY].accepted == 1.0
    for number in range(20):
        rollout.audit(rollout.admit(an_edit(number, shop=f"s{number}", decisions=(MAPPING,))), rejected=number % 2 == 0)
        rollout.groups[KEY].auditing.clear()
    assert rollout.stopped == []


def test_an_accepted_field_is_never_damage_again() -> None:
    rollout = RolloutBook()
    rollout.open_windows(an_edit())
    rollout.report(rollout.admit(an_edit(fields=("title", "video"))), Damaged(("video",)))
    key = "field/video/MX/700001"
    operator.accept(book_of(rollout, key), key, rollout.now)
    for number in range(3):
        rollout.report(rollout.admit(an_edit(number, fields=("title", "video"))), Damaged(("video",)))
    assert rollout.stopped == []


def test_release_of_a_wide_cause_releases_the_causes_it_explains() -> None:
    rollout = RolloutBook()
    rollout.open_windows(an_edit(leaf="1"), an_edit(leaf="2"))
    permits = [rollout.admit(an_edit(leaf, leaf=leaf, fields=("title", "video"))) for leaf in ("1", "2")]
    for permit in permits:
        rollout.report(permit, Damaged(("video",)))
    operator.release(book_of(rollout, "field/video"), "field/video")
    assert not rollout.fleet.causes
    assert rollout.admit(an_edit("next", leaf="1", fields=("title", "video"))).looks == ("video",)


@pytest.mark.parametrize("key", ["market/MX", "rule/MX/mapping", "leaf/MX/700001", "release/r1", KEY, "field/title"])
def test_an_operator_can_stop_any_level(key: str) -> None:
    rollout = RolloutBook()
    rollout.open_windows(an_edit())
    rollout.now += 1
    operator.stop(book_of(rollout, key), key, "sellers complain", rollout.now)
    held = rollout.hold(an_edit(decisions=(MAPPING,)))
    assert (held.cause, held.why, held.stopped) == (key, "sellers complain", True)


def test_undo_marks_a_cause_and_keeps_it() -> None:
    rollout = stopped_row()
    assert operator.ask_undo(book_of(rollout, KEY), KEY, 7).undo_asked == 7
    assert rollout.stopped == [KEY]


def test_only_fields_are_probed() -> None:
    rollout = stopped_row()
    with pytest.raises(NotAllowed, match="only fields are probed"):
        operator.probe(book_of(rollout, KEY), KEY)


@pytest.mark.parametrize("act", [operator.release, operator.probe])
def test_operations_on_running_levels_are_refused(act) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownCause, match="relist rollout list"):
        act(book_of(RolloutBook(), "market/MX"), "market/MX")


@pytest.mark.parametrize(
    "key", ["", "market", "planet/MX", "leaf/MX", "field/a/b", "market/M X", "market/" + "x" * 300]
)
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidEdit, match="is not a level"):
        operator.keys_to_change(key)


@pytest.mark.parametrize("key", ["market/us", "market/USA", "market/US'--"])
def test_a_cause_without_a_real_market_is_refused(key: str) -> None:
    with pytest.raises(InvalidEdit, match="is not a market"):
        operator.stop(book_of(RolloutBook(), key), key, "", 1)


def test_a_run_has_its_own_policy_and_runs_are_bounded() -> None:
    book = book_of(RolloutBook(), "market/MX")
    for number in range(MAX_RUNS + 1):
        operator.set_run_policy(book, f"run{number}", "careful")
    assert len(book.fleet.runs) == MAX_RUNS
    assert "run0" not in book.fleet.runs
    operator.set_run_policy(book, "run1", None)
    assert "run1" not in book.fleet.runs
