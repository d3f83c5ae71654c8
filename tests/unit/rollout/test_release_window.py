"""The first edits of a release are few, and all of them are read back."""

from __future__ import annotations

import pytest

from rollout.admission import LOOK_PATIENCE_MS
from rollout.outcome import Admitted, Clean, Damaged, Held, NotSeen, NotSent
from rollout.policy import CAREFUL, NORMAL, OFF, RolloutPolicy
from tests.support.rollout_book import RolloutBook, an_edit


def edits(count: int, start: int = 0) -> list:  # type: ignore[type-arg]
    return [an_edit(number, leaf=f"70{number}") for number in range(start, start + count)]


@pytest.mark.parametrize(("policy", "most"), [(NORMAL, 16), (CAREFUL, 8)])
def test_a_new_release_sends_only_its_window(policy: RolloutPolicy, most: int) -> None:
    rollout = RolloutBook(policy)
    answers = [rollout.ask(edit) for edit in edits(40)]
    assert sum(isinstance(answer, Admitted) for answer in answers) == most
    assert all(answer.read_back for answer in answers if isinstance(answer, Admitted))
    held = [answer for answer in answers if isinstance(answer, Held)]
    assert {answer.cause for answer in held} == {"release/r1"}
    assert not any(answer.stopped for answer in held)


def test_the_window_doubles_with_each_clean_round() -> None:
    assert [NORMAL.window(clean) for clean in (0, 15, 16, 47, 48, 111, 112)] == [16, 16, 32, 32, 64, 64, 128]


def test_the_window_opens_after_its_clean_looks() -> None:
    rollout, sent = RolloutBook(), 0
    for edit in edits(NORMAL.release_looks):
        rollout.report(rollout.admit(edit), Clean())
        sent += 1
    assert sent == NORMAL.release_looks
    known = an_edit("later", leaf="700")
    second = rollout.admit(an_edit("second", leaf="700"))
    rollout.report(second, Clean())
    answer = rollout.ask(known)
    assert isinstance(answer, Admitted)
    assert not answer.permit.windows
    assert not answer.read_back


def test_markets_share_the_window_of_a_release() -> None:
    rollout = RolloutBook()
    for number in range(16):
        rollout.admit(an_edit(number, leaf=f"70{number}", market=f"M{number}"))
    assert rollout.hold(an_edit("next", market="other")).cause == "release/r1"


def test_another_release_starts_its_own_window() -> None:
    rollout = RolloutBook()
    rollout.open_windows(an_edit())
    assert not rollout.admit(an_edit()).windows
    other = an_edit().__class__("s1", "2", "MX", "r2", "700001", (), frozenset({"title"}))
    assert rollout.admit(other).windows == ("release/r2", "release/r2/MX")


def test_a_clean_look_is_counted_once() -> None:
    rollout = RolloutBook()
    permit = rollout.admit(an_edit())
    rollout.report(permit, Clean())
    rollout.report(permit, Clean())
    assert rollout.groups["release/r1"].clean == 1
    assert rollout.groups["leaf/MX/700001"].clean == 1


@pytest.mark.parametrize("result", [NotSeen(), NotSent(), Damaged(("title",))])
def test_only_a_clean_look_counts(result: NotSeen | NotSent | Damaged) -> None:
    rollout = RolloutBook()
    rollout.report(rollout.admit(an_edit()), result)
    assert rollout.groups["release/r1"].clean == 0
    assert not rollout.groups["release/r1"].looking


def test_a_lost_worker_releases_its_slot() -> None:
    rollout = RolloutBook()
    for edit in edits(16):
        rollout.admit(edit)
    rollout.hold(an_edit("next"))
    rollout.now += LOOK_PATIENCE_MS
    rollout.admit(an_edit("next"))
    assert list(rollout.groups["release/r1"].looking) == ["s1/next"]


def test_a_product_admitted_again_keeps_its_slot() -> None:
    rollout = RolloutBook()
    for edit in edits(16):
        rollout.admit(edit)
    again = rollout.admit(an_edit(3, leaf="703"))
    assert len(rollout.groups["release/r1"].looking) == 16
    assert "release/r1" in again.windows


def test_off_holds_nothing() -> None:
    rollout = RolloutBook(OFF)
    answers = [rollout.ask(edit) for edit in edits(100)]
    assert all(isinstance(answer, Admitted) and not answer.permit.windows for answer in answers)
