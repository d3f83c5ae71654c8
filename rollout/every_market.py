"""Tests a decision in all markets together, and makes its stops in several markets one cause. Pure."""

from __future__ import annotations

from rollout.audit_counts import add_example, count, count_against, stop_by_audits, withdraw
from rollout.edit import Edit, is_in_one_market
from rollout.policy import RolloutPolicy
from rollout.records import Book, LevelRecord, StopCause
from rollout.sequential import DECISION_STOP, group_weights
from rollout.stops import fold, stop

REJECTIONS_OF_A_MARKET = 3
"""At most this many rejections per market count: one market that rejects does not make a decision wrong elsewhere."""
MARKETS_OF_A_STOP, REJECTIONS_OF_EACH = 2, 2
"""The test stops a decision in all markets only if this many markets have each rejected it this often."""


def count_in_all_markets(book: Book, edit: Edit, rejected: bool, p0: float, now: int) -> None:
    """Counts the end of an audit for the edit's decisions in all markets together."""
    shared = tuple(edit.shared_keys.values())
    for key in shared:
        group = book.change(key)
        if rejected and group.against.get(edit.market, 0) >= REJECTIONS_OF_A_MARKET:
            group.rejections += 1  # This keeps the gate closed.
            continue
        count(group, rejected, group_weights(p0, group.accepted), now)
        if rejected:
            add_example(group, edit.product)
            for name in (edit.market, *(other for other in shared if other != key)):
                count_against(group, name)


def stop_in_all_markets(book: Book, edit: Edit, p0: float, policy: RolloutPolicy, now: int) -> bool:
    """Stops the decisions that are at fault in several markets. Returns whether it stopped any."""
    stopped = False
    for key in edit.shared_keys.values():
        group = book.group(key)
        narrow = _stops_in_markets(book, key)
        if len(narrow) < MARKETS_OF_A_STOP and not _is_rejected_by_several(group):
            continue
        stop(book, stop_by_audits(key, group, now), policy)
        fold(book, book.fleet.causes[key], narrow)
        stopped = True
        for other in edit.shared_keys.values():
            if other in group.against:
                withdraw(book.change(other), group.against[other], p0)
    return stopped


def withdraw_in_all_markets(book: Book, edit: Edit, narrow: str, rejections: int, p0: float) -> None:
    """Withdraws rejections of this market that the stop of another decision explains."""
    key = edit.shared_keys.get(narrow)
    if key is None:
        return
    group = book.change(key)
    counted = min(rejections, group.against.get(edit.market, 0))
    if counted:
        group.against[edit.market] -= counted
        withdraw(group, counted, p0)


def _is_rejected_by_several(group: LevelRecord) -> bool:
    markets = sum(count >= REJECTIONS_OF_EACH for name, count in group.against.items() if "/" not in name)
    return group.score >= DECISION_STOP and markets >= MARKETS_OF_A_STOP


def _stops_in_markets(book: Book, key: str) -> list[StopCause]:
    """The decision's stops by audits in single markets, except those explained by their market."""
    causes = book.fleet.causes.values()
    return [each for each in causes if each.by == "audits" and not each.under and is_in_one_market(each.key, key)]
