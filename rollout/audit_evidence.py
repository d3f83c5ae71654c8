"""Updates tests and causes after audits. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rollout.admission import count_gated
from rollout.audit_counts import add_example, count, count_against, drop_overdue, forget, stop_by_audits, withdraw
from rollout.edit import Edit
from rollout.every_market import count_in_all_markets, stop_in_all_markets, withdraw_in_all_markets
from rollout.outcome import Permit
from rollout.policy import RolloutPolicy
from rollout.records import Book, LevelRecord, StopCause
from rollout.sequential import (
    DECISION_STOP,
    OWN_LEAF_STOP,
    WIDE_STOP,
    Weights,
    expected_rate,
    group_weights,
    wide_weights,
)
from rollout.stops import CAUSES_OF_A_MARKET, causes_of_market, fold, stop

REJECTIONS_OF_A_GROUP = 3
"""At most this many rejections per group count against its market and rule: one bad row is not a bad market."""
GROUPS_OF_A_WIDE_STOP = 3
OWN_LEAVES_OF_A_MARKET, PASSES_OF_A_BAD_MARKET = 2, 20
"""If three groups of a market, with two separate leaves, are stopped while at most this many audits pass, the
market is at fault.
"""
RULES_OF_A_MARKET = 2
MAX_RISES = 16


def audit_ended(book: Book, permit: Permit, rejected: bool, policy: RolloutPolicy, now: int) -> None:
    """Counts the result of an audit for its narrowest decisions; does not count it while a cause covers the edit."""
    edit, causes = permit.edit, book.fleet.causes
    if permit.cohort:
        book.change(edit.market_key).cohort.ended(permit.cohort, now - permit.admitted)
    covered = any(key in causes and not causes[key].alert_only for key in edit.keys)
    _leave_windows(book, permit, rejected, covered, now)
    if covered:
        return
    market = book.change(edit.market_key)
    p0 = expected_rate(market.passes, market.rejections)
    narrow = edit.decision_keys or (edit.leaf_key,)
    for key in narrow:
        group = book.change(key)
        count(group, rejected, group_weights(p0, _accepted(book, edit, key)), now)
        _note_rise(market, key, group)
        if rejected:
            add_example(group, edit.product)
            for other in narrow:
                if other != key:
                    count_against(group, other)
    count_in_all_markets(book, edit, rejected, p0, now)
    stopped = rejected and _stop_narrow(book, edit, p0, policy, now)
    stopped = (rejected and stop_in_all_markets(book, edit, p0, policy, now)) or stopped
    for key in (edit.market_key, *edit.rule_keys):
        group = book.change(key)
        by = wide_weights(p0, group.accepted)
        if stopped:  # The stop explains their rejections.
            for each in narrow:
                forget(group, each, by)
        elif not rejected:
            count(group, False, by, now)
        elif not _count_wide_rejection(group, narrow, edit.product, by, now):
            continue
        if _stop_wide(book, permit, key, stopped, policy, now):
            _stop_market_of_rules(book, permit, policy, now)
            break  # The market's stop explains those of its rules.


def _leave_windows(book: Book, permit: Permit, rejected: bool, covered: bool, now: int) -> None:
    """Frees the product's places; a rejection keeps them until the score of its test is zero again."""
    edit, product = permit.edit, permit.edit.product
    for key in permit.windows:
        held = book.group(key).auditing.get(product)
        if held is None:
            if not rejected and product in book.group(key).overdue:
                drop_overdue(book.change(key), product)
            continue
        if rejected and not covered:
            book.change(key).auditing[product].rejected = True
        else:
            del book.change(key).auditing[product]
        if key == edit.leaf_key:
            count_gated(book, edit, now)
            book.change(edit.release_key).passes += not rejected


def _count_wide_rejection(group: LevelRecord, narrow: Sequence[str], product: str, by: Weights, now: int) -> bool:
    """Counts a rejection for a market or rule, unless its decisions were counted often enough."""
    name = min(narrow, key=lambda each: group.against.get(each, 0))
    if group.against.get(name, 0) >= REJECTIONS_OF_A_GROUP:
        return False
    count(group, True, by, now)
    count_against(group, name)
    add_example(group, product)
    return True


def _stop_wide(book: Book, permit: Permit, key: str, stopped: bool, policy: RolloutPolicy, now: int) -> bool:
    """Stops a market or rule whose test has reached its limit, or that has too many narrower causes."""
    group, market = book.group(key), book.group(permit.edit.market_key)
    rule = "" if key == permit.edit.market_key else key.rsplit("/", 1)[1]
    narrower = causes_of_market(book.fleet, permit.edit.market, rule)
    risen = group.score >= WIDE_STOP and len(group.against) >= GROUPS_OF_A_WIDE_STOP
    many = len(narrower) >= CAUSES_OF_A_MARKET or (not rule and _rejects_most(group, narrower))
    if not risen and not (stopped and many):
        return False
    stop(book, stop_by_audits(key, group, now), policy)
    # A stop withdraws its rejections and may lower this score to zero, so the rise can begin after it.
    began = min(group.since, now - market.cohort.patience)
    fold(book, book.fleet.causes[key], [each for each in narrower if each.since >= began])
    return True


def _stop_market_of_rules(book: Book, permit: Permit, policy: RolloutPolicy, now: int) -> None:
    """Stops a market in which several rules were stopped within two medians.

    With long audits the passes of edits sent before the market began to reject arrive together with the rejections,
    and keep its own test below the limit. Gated edits are sent later, so the tests of their rules reach it.
    """
    market_key = permit.edit.market_key
    market, began = book.group(market_key), now - book.group(market_key).cohort.patience
    narrower = [each for each in causes_of_market(book.fleet, permit.edit.market) if each.since >= began]
    if sum(each.key.startswith("rule/") for each in narrower) >= RULES_OF_A_MARKET:
        stop(book, stop_by_audits(market_key, market, now), policy)
        fold(book, book.fleet.causes[market_key], narrower)


def _rejects_most(market: LevelRecord, narrower: Sequence[StopCause]) -> bool:
    """Whether the market rejects the edits of a few groups, which alone cannot bring its own test to the limit.

    The last stops must include separate leaves, since three wrong decisions are three causes, and few audits may
    have passed since the first of these groups began to be rejected.
    """
    last = [each.key for each in narrower if each.key in market.rises][-GROUPS_OF_A_WIDE_STOP:]
    own = sum(key.startswith("leaf/") for key in last)
    if len(last) < GROUPS_OF_A_WIDE_STOP or own < OWN_LEAVES_OF_A_MARKET:
        return False
    return market.passes - min(market.rises[key] for key in last) <= PASSES_OF_A_BAD_MARKET


def _note_rise(market: LevelRecord, key: str, group: LevelRecord) -> None:
    """Keeps the latest groups whose score is not zero."""
    if group.score == 0.0:
        market.rises.pop(key, None)
    elif key not in market.rises:
        market.rises[key] = market.passes
        if len(market.rises) > MAX_RISES:
            del market.rises[next(iter(market.rises))]


def _accepted(book: Book, edit: Edit, key: str) -> float:
    """The rejection rate that an operator accepted for the decision or leaf, in its market or in all of them."""
    shared = edit.shared_keys.get(key)
    return max(book.group(key).accepted, book.group(shared).accepted if shared else 0.0)


def _stop_narrow(book: Book, edit: Edit, p0: float, policy: RolloutPolicy, now: int) -> bool:
    """Stops decisions whose test has reached its limit, and withdraws the rejections that this explains elsewhere."""
    stopped, narrow = False, edit.decision_keys or (edit.leaf_key,)
    for key in narrow:
        group = book.group(key)
        if group.score < (OWN_LEAF_STOP if key.startswith("leaf/") else DECISION_STOP):
            continue
        stop(book, stop_by_audits(key, group, now), policy)
        stopped = True
        for other in narrow:
            if other in group.against:
                withdraw(book.change(other), group.against[other], p0)
                withdraw_in_all_markets(book, edit, other, group.against[other], p0)
    return stopped
