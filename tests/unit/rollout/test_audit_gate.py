"""Decisions that can be wrong wait for audits; the test stops them, and names one cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout.cohort import COHORT, DEFAULT_PATIENCE_MS, SHORTEST_PATIENCE_MS
from rollout.edit import Decision, Edit
from rollout.outcome import Admitted, NotSent, Permit
from rollout.policy import CAREFUL, NORMAL, Gate, RolloutPolicy
from rollout.records import MAX_OVERDUE
from tests.support.rollout_book import MAPPING, RolloutBook, an_edit

KEY = "decision/MX/mapping/600001>700001/abc"
SHARED = "decision/*/mapping/600001>700001/abc"


def mapped(product: int | str, shop: str | None = None, decision: Decision = MAPPING) -> Edit:
    return an_edit(product, shop=shop or f"s{product}", decisions=(decision,))


def opened(policy: RolloutPolicy = NORMAL) -> RolloutBook:
    rollout = RolloutBook(policy)
    rollout.open_windows(an_edit())
    return rollout


def sent_while_passing(rollout: RolloutBook, going: list[Permit], sent: int) -> int:
    """Lets these audits pass, and those of the edits that are sent in their places. Returns the number of all edits."""
    while going:
        rollout.now += 1_000
        rollout.audit(going.pop())
        if isinstance(answer := rollout.ask(mapped(sent)), Admitted):
            going.append(answer.permit)
            sent += 1
    return sent


@pytest.mark.parametrize(("policy", "most"), [(NORMAL, 12), (CAREFUL, 6)])
def test_a_mapping_row_has_few_edits_in_audit(policy: RolloutPolicy, most: int) -> None:
    rollout = opened(policy)
    for number in range(most):
        rollout.admit(mapped(number))
    held = rollout.hold(mapped("next"))
    assert held.cause == KEY
    assert not held.stopped


def test_own_leaf_edits_do_not_wait_for_audits() -> None:
    rollout = opened()
    assert all(not rollout.admit(an_edit(number)).windows for number in range(100))


def test_careful_gates_own_leaf_edits_as_well() -> None:
    rollout = opened(CAREFUL)
    permits = [rollout.admit(an_edit(number, shop=f"s{number}")) for number in range(20)]
    assert rollout.hold(an_edit("next", shop="other")).cause == "leaf/MX/700001"
    for permit in permits:
        rollout.audit(permit)
    assert not rollout.admit(an_edit("next")).windows


def test_careful_limits_own_leaf_edits_of_all_leaves() -> None:
    rollout = RolloutBook(CAREFUL)
    permits = []
    for leaf in range(50):
        rollout.open_windows(an_edit(leaf=str(leaf)))
        permits += [rollout.admit(an_edit(f"{leaf}.{n}", leaf=str(leaf), shop=f"s{n}")) for n in range(20)]
    rollout.open_windows(an_edit(leaf="50"))
    held = rollout.hold(an_edit("next", leaf="50"))
    assert held.cause == "leaf/MX/50"
    assert "many leaves" in held.why
    rollout.audit(permits[0])
    for number in range(10):
        rollout.admit(an_edit(f"next{number}", leaf="50", shop=f"s{number}"))
    assert "many leaves" in rollout.hold(an_edit("last", leaf="50", shop="last")).why


def test_an_edit_asks_less_often_about_the_limit_of_all_leaves_the_longer_audits_take() -> None:
    rollout = RolloutBook(replace(CAREFUL, own_leaf_fleet=Gate(2, 1, 0)))
    for leaf in range(3):
        rollout.open_windows(an_edit(leaf=str(leaf)))
    for leaf in range(2):
        rollout.admit(an_edit(leaf, leaf=str(leaf)))
    rollout.book(an_edit()).groups["market/MX"].cohort.median = 86_400_000
    waits = []
    for hours in (0, 1, 9, 20):
        rollout.now += hours * 3_600_000
        waits.append(rollout.hold(an_edit("next", leaf="2")).retry_after)
    assert waits == [2.0, 180.0, 1_800.0, 3_600.0], "a twentieth of the oldest audit's age, at most an hour"


def test_audits_that_never_end_leave_the_limit_of_all_leaves() -> None:
    rollout = RolloutBook(CAREFUL)
    for leaf in range(50):
        rollout.open_windows(an_edit(leaf=str(leaf)))
        for number in range(20):
            rollout.admit(an_edit(f"{leaf}.{number}", leaf=str(leaf), shop=f"s{number}"))
    rollout.open_windows(an_edit(leaf="50"))
    rollout.hold(an_edit("next", leaf="50"))
    rollout.now += DEFAULT_PATIENCE_MS + 1
    rollout.admit(an_edit("next", leaf="50"))


def test_passes_open_the_gate() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(9)]
    for permit in permits:
        rollout.audit(permit)
    assert not rollout.admit(mapped("next")).windows


def test_passes_that_come_before_rejections_do_not_open_the_gate() -> None:
    """Eight of the first twelve stay in audit, because the platform takes longer to reject than to approve."""
    rollout, sent = opened(), 12
    permits = [rollout.admit(mapped(number)) for number in range(sent)]
    assert sent_while_passing(rollout, permits[8:], sent) == 16
    assert rollout.hold(mapped("next")).cause == KEY
    for permit in permits[:4]:
        rollout.audit(permit, rejected=True)
    assert rollout.stopped == []
    rollout.audit(permits[4], rejected=True)
    assert rollout.stopped == [KEY]


def test_careful_sends_eight_edits_until_most_of_the_first_six_have_ended() -> None:
    rollout, sent = opened(CAREFUL), 6
    permits = [rollout.admit(mapped(number)) for number in range(sent)]
    assert sent_while_passing(rollout, permits[4:], sent) == 8


@pytest.mark.parametrize("rejections", [0, 1])
def test_more_edits_are_in_audit_while_the_first_speak_for_the_decision(rejections: int) -> None:
    """Nine passes and one rejection are two passes towards the opening, with eight places each."""
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(12)]
    for number, permit in enumerate(permits[:10]):
        rollout.audit(permit, rejected=number < rejections)
    rollout.now += 1_000
    sent = 0
    while sent < 100 and isinstance(rollout.ask(mapped(f"later{sent}")), Admitted):
        sent += 1
    assert sent == (100 if rejections == 0 else 12 + 2 * 8 - 2)


def test_no_more_edits_are_in_audit_while_the_first_speak_against_the_decision() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(12)]
    for number, permit in enumerate(permits[:10]):
        rollout.audit(permit, rejected=number < 2)
    rollout.now += 1_000
    sent = 0
    while isinstance(rollout.ask(mapped(f"later{sent}")), Admitted):
        sent += 1
    assert sent == 12 - 2 - 2, "two rejections keep their places, and two of the first are in audit"


def test_the_gate_opens_when_most_of_the_first_edits_have_ended() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(12)]
    for permit in permits[5:]:
        rollout.audit(permit)
    rollout.now += 1_000
    for number in (12, 13):
        rollout.audit(rollout.admit(mapped(number)))
    assert rollout.admit(mapped(14)).windows == (KEY, SHARED)
    rollout.audit(permits[4])
    assert not rollout.admit(mapped(15)).windows


def test_a_rejection_weighs_seven_passes() -> None:
    rollout = opened()
    for number in range(16):
        rollout.audit(rollout.admit(mapped(number)), rejected=number == 0)
    assert rollout.admit(mapped("next")).windows == (KEY, SHARED)
    rollout.audit(rollout.admit(mapped("next")))
    assert not rollout.admit(mapped("open")).windows


def test_a_rejection_keeps_its_slot_until_the_test_recovers() -> None:
    rollout = opened()
    rejected = rollout.admit(mapped("rejected"))
    rollout.audit(rejected, rejected=True)
    assert "srejected/rejected" in rollout.groups[KEY].auditing
    for number in range(8):
        rollout.audit(rollout.admit(mapped(number)))
    assert not rollout.groups[KEY].auditing


def test_a_wrong_row_is_stopped_and_named() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(12)]
    for permit in permits:
        rollout.audit(permit, rejected=True)
    assert rollout.stopped == [KEY]
    assert rollout.fleet.causes[KEY].why == "5 of 5 audits rejected"
    held = rollout.hold(mapped("next"))
    assert held.stopped
    assert held.cause == KEY
    rollout.admit(an_edit("other"))


def test_an_edited_row_is_a_new_group() -> None:
    rollout = opened()
    for number in range(5):
        rollout.audit(rollout.admit(mapped(number)), rejected=True)
    rollout.hold(mapped("next"))
    changed = Decision("mapping", "def", "600001", "700002")
    rollout.admit(mapped("next", decision=changed))


def test_the_end_of_a_stopped_decision_counts_nowhere() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(12)]
    for permit in permits:
        rollout.audit(permit, rejected=True)
    assert rollout.groups["market/MX"].score == 0
    assert rollout.groups[KEY].rejections == 5
    assert rollout.groups["leaf/MX/700001"].rejections == 0


def test_an_endless_audit_releases_its_slot() -> None:
    rollout = opened()
    rollout.book(mapped(0)).groups["market/MX"].cohort.median = SHORTEST_PATIENCE_MS
    for number in range(12):
        rollout.admit(mapped(number))
    rollout.hold(mapped("next"))
    rollout.now += 2 * SHORTEST_PATIENCE_MS + 1
    rollout.admit(mapped("next"))
    assert rollout.groups[KEY].unknown == 12
    assert rollout.groups[KEY].passes == 0


def test_audits_that_did_not_end_in_time_count_against_the_gate() -> None:
    """Rejections may take longer than two medians."""
    rollout = opened()
    rollout.book(mapped(0)).groups["market/MX"].cohort.median = SHORTEST_PATIENCE_MS
    for number in range(60):
        permit = rollout.admit(mapped(number))
        if number % 2:
            rollout.audit(permit)
        else:
            rollout.now += 2 * SHORTEST_PATIENCE_MS + 1
    assert rollout.groups[KEY].passes == 30
    assert rollout.admit(mapped("next")).windows == (KEY, SHARED)


def overdue(shops: int, policy: RolloutPolicy = NORMAL, first: int = 12) -> tuple[RolloutBook, list[Permit]]:
    """The first edits, of this many shops, have not ended in time."""
    rollout = opened(policy)
    rollout.book(mapped(0)).groups["market/MX"].cohort.median = SHORTEST_PATIENCE_MS
    permits = [rollout.admit(mapped(number, f"s{number % shops}")) for number in range(first)]
    rollout.now += 2 * SHORTEST_PATIENCE_MS + 1
    return rollout, permits


def test_an_audit_that_passes_late_is_known_again() -> None:
    """Otherwise a good decision waits for another pass for each audit that takes longer than two medians."""
    rollout, permits = overdue(12)
    later = rollout.admit(mapped("later"))
    for number, permit in enumerate(permits[:10]):
        assert rollout.groups[KEY].unknown == 12 - number
        rollout.audit(permit)
    rollout.audit(later)
    assert rollout.groups[KEY].best == 11 - 2
    assert not rollout.admit(mapped("next")).windows
    rollout.audit(permits[0])
    assert rollout.groups[KEY].unknown == 2, "an audit that is reported twice is known once"


def test_an_audit_that_rejects_late_still_counts_against_the_gate() -> None:
    rollout, permits = overdue(12)
    rollout.admit(mapped("later"))
    rollout.audit(permits[0], rejected=True)
    assert (rollout.groups[KEY].unknown, rollout.groups[KEY].rejections) == (12, 1)


def test_an_overdue_edit_that_is_sent_again_or_was_never_sent_is_not_unknown() -> None:
    rollout, permits = overdue(12)
    rollout.admit(mapped("later"))
    rollout.admit(mapped(0))
    rollout.report(permits[1], NotSent())
    assert rollout.groups[KEY].unknown == 10


def test_one_shop_whose_audits_never_end_does_not_take_the_places_of_others() -> None:
    rollout = opened()
    rollout.book(mapped(0)).groups["market/MX"].cohort.median = SHORTEST_PATIENCE_MS
    for number in range(6):
        rollout.admit(mapped(number, shop="stuck"))
    for number in range(6, 12):
        rollout.audit(rollout.admit(mapped(number)))
    rollout.now += 2 * SHORTEST_PATIENCE_MS + 1
    for number in range(12, 24):
        rollout.admit(mapped(number))
    assert rollout.groups[KEY].unknown == 6


def test_the_gate_remembers_a_limited_number_of_overdue_audits() -> None:
    rollout = opened()
    rollout.book(mapped(0)).groups["market/MX"].cohort.median = SHORTEST_PATIENCE_MS
    for number in range(MAX_OVERDUE + 3):
        rollout.admit(mapped(number))
        rollout.now += 2 * SHORTEST_PATIENCE_MS + 1
    rollout.admit(mapped("last"))
    assert rollout.groups[KEY].unknown == MAX_OVERDUE + 3
    assert len(rollout.groups[KEY].overdue) == MAX_OVERDUE


def test_the_gate_has_few_places_while_rejections_exceed_half_of_the_passes() -> None:
    rollout = opened()
    permits = [rollout.admit(mapped(number)) for number in range(10)]
    for number, permit in enumerate(permits):
        rollout.audit(permit, rejected=number in (0, 3, 6, 9))
    assert rollout.stopped == []
    for number in range(3):
        rollout.admit(mapped(f"later{number}"))
    assert rollout.hold(mapped("next")).cause == KEY


@pytest.mark.parametrize(("policy", "first", "later"), [(NORMAL, 12, 3), (CAREFUL, 6, 2)])
def test_the_gate_has_few_places_after_audits_that_did_not_end_in_time(
    policy: RolloutPolicy, first: int, later: int
) -> None:
    """They may end as rejections. With half of the places a row that is rejected late sends 27 edits on average."""
    rollout, _ = overdue(first, policy, first)
    for number in range(first, first + later):
        rollout.admit(mapped(number))
    assert rollout.hold(mapped("next")).cause == KEY


def test_one_shop_takes_at_most_half_of_a_gate() -> None:
    rollout = opened()
    for number in range(6):
        rollout.admit(mapped(number, shop="stuck"))
    rollout.hold(mapped("next", shop="stuck"))
    for number in range(6):
        rollout.admit(mapped(f"other{number}"))


def test_an_unsent_edit_releases_its_slot() -> None:
    rollout = opened()
    permit = rollout.admit(mapped(1))
    rollout.report(permit, NotSent())
    assert not rollout.groups[KEY].auditing


def test_a_rejecting_market_is_one_cause() -> None:
    rollout = opened()
    for number in range(60):
        rollout.audit(rollout_permit(rollout, number), rejected=number % 2 == 0)
    assert rollout.stopped == ["market/MX"]


def test_a_market_takes_over_the_stops_before_it() -> None:
    rollout = opened()
    for source in ("600002", "600003"):
        decision = Decision("mapping", "abc", source, "700001")
        for number in range(5):
            rollout.audit(Permit(an_edit(number, decisions=(decision,)), rollout.now), rejected=True)
    assert len(rollout.stopped) == 2
    rollout.now += 1_000
    for number in range(60):
        rollout.audit(rollout_permit(rollout, number), rejected=number % 2 == 0)
    assert rollout.stopped == ["market/MX"]


def test_a_rejecting_market_of_few_leaves_is_one_cause() -> None:
    """Three rejections of each group count for the market, so that four groups cannot bring its test to the limit."""
    rollout = opened()
    for number in range(60):
        leaf, decisions = str(number % 4), (MAPPING,) if number % 4 == 0 else ()
        permit = Permit(an_edit(number, leaf=leaf, decisions=decisions), rollout.now)
        rollout.audit(permit, rejected=number % 10 != 0)
    assert rollout.stopped == ["market/MX"]


@pytest.mark.parametrize(
    ("rules", "stopped"), [(("mapping",), ["rule/MX/mapping"]), (("mapping", "split"), ["market/MX"])]
)
def test_a_market_that_rejects_several_rules_is_one_cause(rules: tuple[str, ...], stopped: list[str]) -> None:
    """Audits of edits sent before the market began to reject pass all the while, so that its own score stays low."""
    rollout = opened()
    for number in range(15 * len(rules)):
        row = Decision(rules[number % len(rules)], "abc", f"60{number % 10}", "700001")
        rollout.audit(Permit(an_edit(number, decisions=(row,)), rollout.now), rejected=True)
        for other in range(20):
            rollout.audit(Permit(an_edit(other, leaf=str(other)), rollout.now))
    assert rollout.stopped == stopped


def test_three_bad_leaves_among_good_ones_are_three_causes() -> None:
    rollout = opened()
    for number in range(120):
        rollout.audit(Permit(an_edit(number, leaf=str(number % 12)), rollout.now), rejected=number % 12 < 3)
    assert rollout.stopped == ["leaf/MX/0", "leaf/MX/1", "leaf/MX/2"]


def test_three_wrong_rows_are_three_causes() -> None:
    rollout = opened()
    for number in range(30):
        row = Decision("mapping", "abc", str(600001 + number % 3), "700001")
        rollout.audit(Permit(an_edit(number, decisions=(row,)), rollout.now), rejected=True)
    assert len(rollout.stopped) == 3
    assert all(key.startswith("decision/MX/mapping/") for key in rollout.stopped)


def rollout_permit(rollout: RolloutBook, number: int) -> Permit:
    """The permit of an edit sent before anything was stopped, in one of fifty leaves."""
    return Permit(an_edit(number, leaf=str(number % 50)), rollout.now)


def test_one_bad_leaf_does_not_stop_its_market() -> None:
    rollout = opened()
    for number in range(100):
        rollout.audit(Permit(an_edit(number), rollout.now), rejected=True)
    assert rollout.stopped == ["leaf/MX/700001"]


def test_rejections_of_another_decision_are_withdrawn() -> None:
    rollout = opened()
    shared = Decision("attribute_rule", "x", "color")
    for number in range(5):
        rollout.audit(Permit(an_edit(number, decisions=(MAPPING,)), 1), rejected=number > 1)
    for number in range(2):
        rollout.audit(Permit(an_edit(f"b{number}", decisions=(MAPPING, shared)), 1), rejected=True)
    assert rollout.stopped == [KEY]
    assert rollout.groups["decision/MX/attribute_rule/color>*/x"].score < 0.1


def test_the_median_is_that_of_a_whole_cohort() -> None:
    rollout = opened()
    permits = [rollout.admit(an_edit(number, leaf=f"new{number}")) for number in range(COHORT)]
    rollout.now += 1_000_000
    for permit in permits[: COHORT // 2 - 1]:
        rollout.audit(permit)
    assert rollout.groups["market/MX"].cohort.median == 0
    rollout.now += 1_000_000
    rollout.audit(permits[-1])
    assert rollout.groups["market/MX"].cohort.median == 2_000_000
