"""The first edit of a field in a leaf is read back; damage becomes one cause."""

from __future__ import annotations

from rollout import operator
from rollout.outcome import Admitted, Clean, Damaged, Held
from rollout.policy import OFF
from tests.support.rollout_book import RolloutBook, an_edit

VIDEO = ("title", "video")


def opened(*leaves: str, fields: tuple[str, ...] = ("title",)) -> RolloutBook:
    rollout = RolloutBook()
    rollout.open_windows(*(an_edit(leaf=leaf, fields=fields) for leaf in leaves))
    rollout.now += 1
    return rollout


def test_one_product_is_the_first_to_show_a_field() -> None:
    rollout = opened("1")
    first = rollout.ask(an_edit("a", leaf="1", fields=VIDEO))
    assert isinstance(first, Admitted)
    assert first.read_back
    assert first.permit.looks == ("video",)
    assert rollout.hold(an_edit("b", leaf="1", fields=VIDEO)).cause == "leaf/MX/1"
    assert not rollout.admit(an_edit("c", leaf="1")).looks
    rollout.report(first.permit, Clean())
    assert not rollout.admit(an_edit("b", leaf="1", fields=VIDEO)).looks


def test_damage_in_one_leaf_holds_the_field_there() -> None:
    rollout = opened("1", "2")
    rollout.report(rollout.admit(an_edit("a", leaf="1", fields=VIDEO)), Damaged(("video",)))
    assert rollout.stopped == ["field/video/MX/1"]
    held = rollout.hold(an_edit("b", leaf="1", fields=VIDEO))
    assert held.stopped
    assert held.cause == "field/video/MX/1"
    assert not rollout.admit(an_edit("c", leaf="1")).windows
    rollout.admit(an_edit("d", leaf="2", fields=VIDEO))


def test_damage_in_two_leaves_holds_the_field_everywhere() -> None:
    rollout = opened("1", "2", "3")
    permits = [rollout.admit(an_edit(leaf, leaf=leaf, fields=VIDEO)) for leaf in ("1", "2")]
    for permit in permits:
        rollout.report(permit, Damaged(("video",)))
    assert rollout.stopped == ["field/video"]
    assert rollout.fleet.causes["field/video/MX/1"].under == "field/video"
    assert rollout.hold(an_edit("x", leaf="3", fields=VIDEO)).cause == "field/video"
    rollout.admit(an_edit("y", leaf="3"))


def test_damage_where_it_was_clean_voids_confirmations() -> None:
    rollout = opened("1", "2", fields=VIDEO)
    permit = rollout.admit(an_edit("a", leaf="1", fields=VIDEO))
    assert not permit.looks
    rollout.now += 1_000
    rollout.report(permit, Damaged(("video",)))
    assert rollout.stopped == ["field/video"]
    assert rollout.hold(an_edit("b", leaf="2", fields=VIDEO)).cause == "field/video"


def test_fields_confirmed_after_the_change_continue() -> None:
    rollout = opened("1", "2", fields=VIDEO)
    damaged = rollout.admit(an_edit("a", leaf="1", fields=VIDEO))
    rollout.now += 1_000
    later = rollout.admit(an_edit("b", leaf="2", fields=VIDEO))
    rollout.report(damaged, Damaged(("video",)))
    rollout.hold(an_edit("c", leaf="2", fields=VIDEO))
    rollout.report(later, Clean())
    assert not rollout.admit(an_edit("c", leaf="2", fields=VIDEO)).looks
    assert rollout.hold(an_edit("d", leaf="1", fields=VIDEO)).cause == "field/video"


def test_three_stopped_fields_stop_the_release() -> None:
    fields = ("a", "b", "c")
    rollout = opened("1", "2", fields=fields)
    rollout.report(rollout.admit(an_edit("x", leaf="1", fields=fields)), Damaged(fields))
    assert rollout.stopped == ["release/r1"]
    assert rollout.hold(an_edit("y", leaf="9", fields=("other",))).cause == "release/r1"


def test_a_cause_shows_three_examples_at_most() -> None:
    rollout = opened("1", fields=VIDEO)
    permits = [rollout.admit(an_edit(number, leaf="1", fields=VIDEO)) for number in range(5)]
    for permit in permits:
        rollout.report(permit, Damaged(("video",)))
    assert rollout.fleet.causes["field/video"].examples == [f"s1/{number}: video" for number in range(3)]


def test_off_alerts_and_holds_nothing() -> None:
    rollout = RolloutBook(OFF)
    rollout.report(rollout.admit(an_edit(fields=VIDEO)), Damaged(("video",)))
    assert rollout.fleet.causes["field/video/MX/700001"].alert_only
    rollout.admit(an_edit(2, fields=VIDEO))


def test_an_alert_becomes_a_stop_once_rollouts_are_on() -> None:
    rollout = RolloutBook(OFF)
    rollout.report(rollout.admit(an_edit(fields=VIDEO)), Damaged(("video",)))
    rollout.policy = RolloutBook().policy
    rollout.open_windows(an_edit())
    rollout.now += 1
    rollout.report(rollout.admit(an_edit(2, fields=VIDEO)), Damaged(("video",)))
    assert isinstance(rollout.ask(an_edit(3, fields=VIDEO)), Held)


def test_a_probe_tries_one_product_of_each_leaf() -> None:
    rollout = opened("1", "2", "3", fields=VIDEO)
    rollout.report(rollout.admit(an_edit("a", leaf="1", fields=VIDEO)), Damaged(("video",)))
    operator.probe(rollout.book(an_edit()), "field/video")
    rollout.now += 1_000
    clean, bad = (rollout.admit(an_edit(leaf, leaf=leaf, fields=VIDEO)) for leaf in ("2", "3"))
    rollout.hold(an_edit("more", leaf="2", fields=VIDEO))
    rollout.report(clean, Clean())
    rollout.report(bad, Damaged(("video",)))
    assert not rollout.admit(an_edit("more", leaf="2", fields=VIDEO)).looks
    assert rollout.hold(an_edit("more", leaf="3", fields=VIDEO)).stopped
    assert rollout.hold(an_edit("more", leaf="1", fields=VIDEO)).stopped
