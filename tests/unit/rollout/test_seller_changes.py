"""A seller's change between an edit and its read-back stops nothing; the same change by the platform does."""

from __future__ import annotations

from random import Random

from rollout.admission import LOOK_PATIENCE_MS
from rollout.outcome import Admitted, Changed, Clean
from tests.support.rollout_book import RolloutBook, an_edit

FIELDS = ("title", "video")


def looked(rollout: RolloutBook, product: str, leaf: str, *changed: str) -> None:
    rollout.now += 10
    answer = rollout.ask(an_edit(product, leaf=leaf, fields=FIELDS, shop=f"s{product[:1]}"))
    assert isinstance(answer, Admitted), answer
    rollout.report(answer.permit, Changed(changed) if changed else Clean())


def opened(*leaves: str) -> RolloutBook:
    rollout = RolloutBook()
    rollout.open_windows(*(an_edit(leaf=leaf, fields=FIELDS) for leaf in leaves))
    return rollout


def test_one_change_stops_nothing_and_confirms_nothing() -> None:
    rollout = RolloutBook()
    looked(rollout, "1", "11", "title")
    assert rollout.stopped == []
    again = rollout.admit(an_edit("2", leaf="11", fields=FIELDS))
    assert again.looks, "the field still waits for a clean look"
    assert not again.windows or rollout.groups["leaf/MX/11"].clean == 0


def test_three_changes_in_succession_stop_the_field_in_the_leaf() -> None:
    rollout = RolloutBook()
    for product in "12":
        looked(rollout, product, "11", "title")
    assert rollout.stopped == []
    looked(rollout, "3", "11", "title")
    assert rollout.stopped == ["field/title/MX/11"]
    assert rollout.hold(an_edit("4", leaf="11", fields=FIELDS)).stopped


def test_a_field_that_sellers_add_stops_nothing() -> None:
    rollout = RolloutBook()
    for product in "123456":
        looked(rollout, product, f"1{int(product) % 2}", "size_chart")
    assert rollout.stopped == []


def test_a_clean_look_between_changes_starts_the_count_again() -> None:
    rollout = opened("12")
    for product, changed in (("1", ["title"]), ("2", ["title"]), ("3", []), ("4", ["title"]), ("5", ["title"])):
        looked(rollout, product, "11", *changed)
        for other in range(5):
            looked(rollout, f"{product}{other}", "12")
    assert rollout.stopped == []


def test_four_changes_in_different_leaves_stop_the_field_everywhere() -> None:
    rollout = RolloutBook()
    for product in "123":
        looked(rollout, product, f"1{product}", "title")
    assert rollout.stopped == []
    looked(rollout, "4", "14", "title")
    assert rollout.stopped == ["field/title"]
    assert rollout.fleet.causes["field/title"].by == "read-back"


def test_changes_in_one_known_leaf_stop_the_field_everywhere() -> None:
    rollout = opened("11")
    for product in "123":
        looked(rollout, product, "11", "title")
    assert rollout.stopped == ["field/title"]


def test_busy_sellers_stop_nothing() -> None:
    """In one look of a hundred the seller has just changed the title, for 20,000 looks in 500 leaves."""
    random, rollout = Random(0), RolloutBook()
    for number in range(20_000):
        leaf = str(random.randrange(500))
        changed = ["title"] if random.random() < 0.01 else []
        looked(rollout, f"{random.randrange(9)}{number}", leaf, *changed)
    assert rollout.stopped == []


def test_a_changed_look_keeps_its_place_in_a_new_release_for_two_minutes() -> None:
    """The first edits of a release that changes a field are no more than its window."""
    rollout = RolloutBook()
    permits = [rollout.admit(an_edit(number, leaf=f"1{number}")) for number in range(16)]
    rollout.report(permits[0], Changed(("title",)))
    assert rollout.hold(an_edit(16, leaf="200")).cause == "release/r1"
    rollout.report(permits[1], Clean())
    rollout.admit(an_edit(16, leaf="200"))
    rollout.now += LOOK_PATIENCE_MS
    rollout.admit(an_edit(17, leaf="201"))
