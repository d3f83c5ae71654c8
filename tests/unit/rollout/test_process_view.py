"""Edits admitted from memory, and edits that are sampled."""

from __future__ import annotations

from random import Random

from rollout.outcome import Admitted, Damaged, Held
from rollout.policy import CAREFUL, NORMAL, OFF
from rollout.sampling import Sampler
from rollout.view import View
from tests.support.rollout_book import MAPPING, RolloutBook, an_edit


def test_nothing_is_admitted_from_memory_at_first() -> None:
    assert View().admit(an_edit(), NORMAL, 1) is None
    assert View().admit(an_edit(), OFF, 1) is None


def test_open_levels_are_admitted_from_memory() -> None:
    rollout, view = RolloutBook(), View()
    rollout.open_windows(an_edit())
    view.learn(1, rollout.book(an_edit()), NORMAL)
    answer = view.admit(an_edit(2), NORMAL, 5)
    assert isinstance(answer, Admitted)
    assert answer.permit.admitted == 5
    assert not answer.permit.windows


def test_unknown_levels_are_asked_for() -> None:
    rollout, view = RolloutBook(), View()
    rollout.open_windows(an_edit())
    view.learn(1, rollout.book(an_edit()), NORMAL)
    assert view.admit(an_edit(leaf="other"), NORMAL, 5) is None
    assert view.admit(an_edit(fields=("new",)), NORMAL, 5) is None
    assert view.admit(an_edit(decisions=(MAPPING,)), NORMAL, 5) is None
    assert view.admit(an_edit(), CAREFUL, 5) is None


def test_a_known_stop_holds_without_asking() -> None:
    rollout, view = RolloutBook(), View()
    rollout.open_windows(an_edit())
    rollout.report(rollout.admit(an_edit()), Damaged(("title",)))
    view.learn(1, rollout.book(an_edit()), NORMAL)
    answer = view.admit(an_edit(2), NORMAL, 5)
    assert isinstance(answer, Held)
    assert answer.cause == "field/title"


def test_a_new_epoch_forgets_what_was_open() -> None:
    rollout, view = RolloutBook(), View()
    rollout.open_windows(an_edit(), an_edit(leaf="2"))
    view.learn(1, rollout.book(an_edit()), NORMAL)
    view.learn(2, rollout.book(an_edit(leaf="2")), NORMAL)
    assert view.admit(an_edit(), NORMAL, 5) is None
    assert view.admit(an_edit(leaf="2"), NORMAL, 5) is not None


def test_one_edit_of_a_hundred_is_sampled() -> None:
    sampler = Sampler(Random(1).random)
    taken = sum(sampler.take(an_edit(number, fields=()), 100) for number in range(10_000))
    assert 99 <= taken <= 101


def test_a_rare_field_is_sampled_as_often_as_a_common_one() -> None:
    sampler = Sampler(Random(1).random)
    since, longest = 0, 0
    for number in range(30_000):
        rare = number % 50 == 0
        sampled = sampler.take(an_edit(number, fields=("title", "rare") if rare else ("title",)), 100)
        if rare:
            since = 0 if sampled else since + 1
            longest = max(longest, since)
    assert longest <= 150
