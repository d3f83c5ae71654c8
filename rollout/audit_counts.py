"""Counts audits in the record of one level. Pure."""

from __future__ import annotations

from rollout.records import MAX_EXAMPLES, MAX_OVERDUE, LevelRecord, StopCause
from rollout.sequential import Weights, group_weights, step

MAX_AGAINST = 64
REJECTION_IN_PASSES = 7
"""Number of passes that outweigh one rejection: ln(0.30/0.03) / ln(0.97/0.70)."""


def evidence(group: LevelRecord) -> int:
    """How far the audits speak for the group, in passes; the gate opens at a limit.

    An audit that did not end in time counts against it, since a platform may take longer to reject than to approve.
    """
    return group.passes - REJECTION_IN_PASSES * group.rejections - group.unknown


def add_overdue(group: LevelRecord, product: str) -> None:
    """Counts an audit that did not end in time."""
    group.unknown += 1
    group.overdue = [*group.overdue, product][-MAX_OVERDUE:]


def drop_overdue(group: LevelRecord, product: str) -> None:
    """No longer counts the product's earlier audit as one that did not end in time."""
    if product in group.overdue:
        group.unknown -= 1
        group.overdue.remove(product)


def shops_overdue(group: LevelRecord) -> int:
    """Number of shops with audits that did not end in time. One shop whose audits never end is not evidence."""
    return len({product.split("/", 1)[0] for product in group.overdue})


def count(group: LevelRecord, rejected: bool, by: Weights, now: int) -> None:
    if rejected:
        group.rejections += 1
        if group.score == 0.0:
            group.since = now
    else:
        group.passes += 1
    group.score = step(group.score, rejected, by)
    group.best = max(group.best, evidence(group))
    if group.score == 0.0:
        group.against = {}
        for product in [name for name, each in group.auditing.items() if each.rejected]:
            del group.auditing[product]  # The test's score is zero again, so rejections release their permits.


def count_against(group: LevelRecord, other: str) -> None:
    if other in group.against or len(group.against) < MAX_AGAINST:
        group.against[other] = group.against.get(other, 0) + 1


def add_example(group: LevelRecord, product: str) -> None:
    group.examples = [*group.examples, product][-MAX_EXAMPLES:]


def withdraw(group: LevelRecord, rejections: int, p0: float) -> None:
    """Withdraws rejections explained by another decision of the same edits."""
    by = group_weights(p0, group.accepted)
    group.rejections = max(0, group.rejections - rejections)
    group.score = max(0.0, group.score - rejections * by.rejection)


def forget(group: LevelRecord, narrow: str, by: Weights) -> None:
    """Withdraws the rejections of a narrower level from the score of a market or rule."""
    group.score = max(0.0, group.score - group.against.pop(narrow, 0) * by.rejection)


def stop_by_audits(key: str, group: LevelRecord, now: int) -> StopCause:
    audits = group.passes + group.rejections
    why = f"{group.rejections} of {audits} audits rejected"
    return StopCause(key, now, why, "audits", list(group.examples), group.rejections / audits if audits else 0.0)
