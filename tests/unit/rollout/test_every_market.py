"""A decision that is wrong in several markets is one cause, and its markets share one gate."""

from __future__ import annotations

import pytest

from rollout import operator
from rollout.edit import Decision, Edit, shared_key
from rollout.outcome import Permit
from rollout.policy import CAREFUL, NORMAL, RolloutPolicy
from rollout.records import Book
from tests.support.rollout_book import MAPPING, RolloutBook, an_edit

MARKETS = ("MX", "BR", "US")
SHARED = "decision/*/mapping/600001>700001/abc"
RULE = Decision("attribute_rule", "x", "color")


def narrow(market: str) -> str:
    return f"decision/{market}/mapping/600001>700001/abc"


def mapped(product: int, market: str, *more: Decision) -> Edit:
    return an_edit(product, shop=f"{market}{product}", market=market, decisions=(MAPPING, *more))


def opened(policy: RolloutPolicy = NORMAL) -> RolloutBook:
    rollout = RolloutBook(policy)
    rollout.open_windows(*(an_edit(market=market) for market in MARKETS))
    return rollout


def ended(rollout: RolloutBook, market: str, *results: bool, decisions: tuple[Decision, ...] = (MAPPING,)) -> None:
    """The ends of audits of edits in a market; True is a rejection."""
    for number, rejected in enumerate(results):
        edit = an_edit(number, shop=f"{market}{number}", market=market, decisions=decisions)
        rollout.audit(Permit(edit, rollout.now), rejected=rejected)


@pytest.mark.parametrize(("policy", "most"), [(NORMAL, 12), (CAREFUL, 6)])
def test_all_markets_together_have_few_edits_of_a_decision_in_audit(policy: RolloutPolicy, most: int) -> None:
    rollout = opened(policy)
    for number in range(most):
        rollout.admit(mapped(number, MARKETS[number % 3]))
    assert rollout.hold(mapped(99, "US")).cause == SHARED


def test_a_row_that_is_right_in_one_market_is_still_tried_slowly_in_another() -> None:
    rollout = opened()
    for number in range(9):
        rollout.audit(rollout.admit(mapped(number, "MX")))
    assert not rollout.admit(mapped(20, "MX")).windows
    assert rollout.admit(mapped(21, "BR")).windows == (narrow("BR"),)


def test_a_row_that_every_market_rejects_is_one_cause() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number, MARKETS[number % 3])) for number in range(12)]
    for permit in permits:
        rollout.audit(permit, rejected=True)
    assert rollout.stopped == [SHARED]
    assert rollout.fleet.causes[SHARED].why == "5 of 5 audits rejected"
    assert rollout.hold(mapped(99, "US")).cause == SHARED


def test_stops_in_two_markets_become_one_cause_that_holds_the_third() -> None:
    rollout = opened()
    ended(rollout, "MX", *[True] * 5)
    assert rollout.stopped == [narrow("MX")]
    ended(rollout, "BR", *[False] * 40, *[True] * 5)
    assert rollout.stopped == [SHARED]
    assert {each.under for each in rollout.fleet.causes.values()} == {"", SHARED}
    assert rollout.hold(mapped(99, "US")).stopped


def test_one_market_that_rejects_a_row_does_not_hold_it_elsewhere() -> None:
    rollout = opened()
    ended(rollout, "US", *[False] * 9)
    ended(rollout, "MX", *[True] * 12)
    assert rollout.stopped == [narrow("MX")]
    rollout.admit(mapped(1, "US"))


def test_single_rejections_elsewhere_do_not_make_a_bad_market_a_bad_row() -> None:
    rollout = opened()
    ended(rollout, "BR", True)
    ended(rollout, "US", True)
    ended(rollout, "MX", *[True] * 12)
    assert rollout.stopped == [narrow("MX")]


def test_another_decision_of_the_same_products_is_not_blamed() -> None:
    rollout = opened()
    for market in MARKETS:
        ended(rollout, market, *[False] * 4, decisions=(RULE,))
    for market in MARKETS:
        ended(rollout, market, True, True, decisions=(MAPPING,))
        ended(rollout, market, True, True, decisions=(MAPPING, RULE))
    assert rollout.stopped == [SHARED]


def test_a_release_starts_the_decision_again_in_every_market() -> None:
    rollout = opened()
    for market in MARKETS[:2]:
        ended(rollout, market, *[True] * 5)
    book = Book(rollout.fleet, rollout.groups)
    operator.release(book, SHARED)
    assert not rollout.fleet.causes
    for key in (SHARED, narrow("MX"), narrow("BR")):
        assert rollout.groups[key].score == 0.0
        assert not rollout.groups[key].auditing
    ended(rollout, "MX", True, True)
    assert not rollout.stopped


def test_an_accepted_rate_holds_in_every_market() -> None:
    rollout = opened()
    for market in MARKETS[:2]:
        ended(rollout, market, *[False, True, True] * 5)
    assert rollout.stopped == [SHARED]
    operator.accept(Book(rollout.fleet, rollout.groups), SHARED, rollout.now)
    for market in MARKETS:
        ended(rollout, market, *[False, True, True] * 10)
    assert not rollout.stopped


def test_an_undo_belongs_to_its_market_only() -> None:
    undo = Decision("undo", "abc", "field>video")
    assert an_edit(decisions=(undo,)).shared_keys == {}
    assert shared_key("decision/MX/undo/field>video/abc") is None
    assert shared_key(SHARED) is None
    assert shared_key("leaf/MX/700001") is None
    assert operator.keys_to_change(narrow("MX")) == (narrow("MX"), SHARED)
    assert operator.keys_to_change(SHARED) == (SHARED,)


def test_a_release_in_one_market_starts_the_shared_test_again() -> None:
    rollout = opened()
    ended(rollout, "MX", *[True] * 5)
    operator.release(Book(rollout.fleet, rollout.groups), narrow("MX"))
    assert rollout.groups[SHARED].score == 0.0
    assert rollout.groups[SHARED].against == {}
