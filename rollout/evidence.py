"""Updates windows, confirmations, tests and causes after read-backs and audits. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rollout.admission import LOOK_PATIENCE_MS, count_gated
from rollout.outcome import Changed, Clean, Damaged, NotSent, Permit, ReadBack
from rollout.policy import RolloutPolicy
from rollout.records import MOST_EXAMPLES, MOST_FIELDS_OF_A_LEAF, Book, LevelRecord, StopCause
from rollout.sequential import (
    CHANGE_STOP,
    DECISION_STOP,
    OWN_LEAF_STOP,
    WIDE_STOP,
    Weights,
    change_weights,
    expected_rate,
    group_weights,
    step,
    wide_weights,
)
from rollout.stops import CAUSES_OF_A_MARKET, causes_of_market, damaged, fold, stop, undo_damaged

REJECTIONS_OF_A_GROUP = 3
"""At most this many rejections per group count against its market and rule: one bad row is not a bad market."""
GROUPS_OF_A_WIDE_STOP = 3
MOST_AGAINST = 64
CHANGED_IN_SUCCESSION = 3
"""So many looks in succession that find a field changed in a leaf are damage. Fewer may be edits by sellers."""
REJECTION_IN_PASSES = 7
"""Number of passes that outweigh one rejection: ln(0.30/0.03) / ln(0.97/0.70)."""


def read_back_ended(
    book: Book, permit: Permit, result: ReadBack, policy: RolloutPolicy, now: int, *, is_late: bool = False
) -> None:
    """Counts the result of a read-back. Idempotent: a window counts a product once.

    `is_late`: the windows have counted the product as not seen before.
    """
    edit, product = permit.edit, permit.edit.product
    clean = isinstance(result, Clean)
    for key in permit.windows:
        group = book.group(key)
        if is_late and clean and key in (edit.release_key, edit.release_market_key, edit.leaf_key):
            book.change(key).clean += 1
        elif product in group.looking:
            admitted = book.change(key).looking.pop(product)
            group.clean += clean and now - admitted < 10 * LOOK_PATIENCE_MS
        if isinstance(result, NotSent) and product in group.auditing:
            del book.change(key).auditing[product]
            if key == edit.leaf_key:
                count_gated(book, edit, now)
    leaf = book.group(edit.leaf_key)
    for name in permit.looks:
        if leaf.asked.get(name, ("", 0))[0] == product:
            del book.change(edit.leaf_key).asked[name]
    if edit.undoes:
        if isinstance(result, Damaged):
            undo_damaged(book, edit, result.fields, now, policy)
    elif clean:
        _count_unchanged(book, permit)
        for name in edit.fields:
            known = name in leaf.fields or len(leaf.fields) < MOST_FIELDS_OF_A_LEAF
            if known and abs(leaf.fields.get(name, 0)) < permit.admitted:
                book.change(edit.leaf_key).fields[name] = permit.admitted
    elif isinstance(result, Damaged):
        damaged(book, edit, result.fields, permit.admitted, now, policy)
    elif isinstance(result, Changed):
        here, everywhere = _count_changed(book, permit, result.fields)
        if here or everywhere:
            damaged(book, edit, here + everywhere, permit.admitted, now, policy, everywhere=everywhere)


def _count_changed(book: Book, permit: Permit, fields: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Counts the look. Returns the fields that the platform must have changed: in this leaf, and in many leaves.

    A field that the product had not, and that an edit therefore did not carry, is no evidence.
    """
    edit, by = permit.edit, change_weights()
    leaf, release = book.change(edit.leaf_key).changed, book.change(edit.release_key).changed
    here: list[str] = []
    everywhere: list[str] = []
    for name in edit.fields.intersection(fields):
        if name in leaf or len(leaf) < MOST_FIELDS_OF_A_LEAF:
            leaf[name] = leaf.get(name, 0.0) + 1.0
        if name in release or len(release) < MOST_FIELDS_OF_A_LEAF:
            release[name] = step(release.get(name, 0.0), True, by)
        if release.get(name, 0.0) >= CHANGE_STOP:
            everywhere.append(name)
        elif leaf.get(name, 0) >= CHANGED_IN_SUCCESSION:
            here.append(name)
    for name in (*here, *everywhere):  # The next evidence counts from the start, after a release as well.
        leaf.pop(name, None)
        release.pop(name, None)
    return tuple(here), tuple(everywhere)


def _count_unchanged(book: Book, permit: Permit) -> None:
    """Lowers the counts of the edit's fields, which this look found unchanged."""
    edit, by = permit.edit, change_weights()
    for key in (edit.leaf_key, edit.release_key):
        for name in edit.fields & book.group(key).changed.keys():
            counts = book.change(key).changed
            score = 0.0 if key == edit.leaf_key else step(counts[name], False, by)
            if score:
                counts[name] = score
            else:
                del counts[name]


def audit_ended(book: Book, permit: Permit, rejected: bool, policy: RolloutPolicy, now: int) -> None:
    """Counts the result of an audit for its narrowest decisions, or nowhere while a cause covers the edit."""
    edit, product, fleet = permit.edit, permit.edit.product, book.fleet
    market = book.group(edit.market_key)
    if permit.cohort:
        book.change(edit.market_key).cohort.ended(permit.cohort, now - permit.admitted)
    narrow = edit.decision_keys or (edit.leaf_key,)
    covered = any(key in fleet.causes and not fleet.causes[key].alert_only for key in edit.keys)
    for key in permit.windows:
        held = book.group(key).auditing.get(product)
        if held is None:
            continue
        if rejected and not covered:
            book.change(key).auditing[product].rejected = True
        else:
            del book.change(key).auditing[product]
        if key == edit.leaf_key:
            count_gated(book, edit, now)
            book.change(edit.release_key).passes += not rejected
    if covered:
        return
    p0 = expected_rate(market.passes, market.rejections)
    for key in narrow:
        group = book.change(key)
        _count(group, rejected, group_weights(p0, group.accepted), now)
        if rejected:
            group.examples = [*group.examples, product][-MOST_EXAMPLES:]
            for other in narrow:
                if other != key and (other in group.against or len(group.against) < MOST_AGAINST):
                    group.against[other] = group.against.get(other, 0) + 1
    stopped = rejected and _stop_narrow(book, narrow, p0, policy, now)
    wide = [(edit.market_key, "")] + [(key, key.rsplit("/", 1)[1]) for key in edit.rule_keys]
    for key, rule in wide:
        group = book.change(key)
        by = wide_weights(p0, group.accepted)
        if stopped:
            for each in narrow:
                _forget(group, each, by)
        elif not rejected:
            _count(group, False, by, now)
        else:
            name = min(narrow, key=lambda each: group.against.get(each, 0))
            if group.against.get(name, 0) >= REJECTIONS_OF_A_GROUP:
                continue
            _count(group, True, by, now)
            if name in group.against or len(group.against) < MOST_AGAINST:
                group.against[name] = group.against.get(name, 0) + 1
            group.examples = [*group.examples, product][-MOST_EXAMPLES:]
        narrower = causes_of_market(fleet, edit.market, rule)
        risen = group.score >= WIDE_STOP and len(group.against) >= GROUPS_OF_A_WIDE_STOP
        if risen or (stopped and len(narrower) >= CAUSES_OF_A_MARKET):
            stop(book, _by_audits(key, group, now), policy)
            # A stop withdraws its rejections and may lower this score to zero, so the rise can begin after it.
            began = min(group.since, now - market.cohort.patience)
            fold(book, fleet.causes[key], [each for each in narrower if each.since >= began])
            break  # The market's stop explains those of its rules.


def _stop_narrow(book: Book, narrow: Sequence[str], p0: float, policy: RolloutPolicy, now: int) -> bool:
    """Stops decisions whose test has reached its limit and withdraws the rejections that this explains from others."""
    stopped = False
    for key in narrow:
        group = book.group(key)
        if group.score < (OWN_LEAF_STOP if key.startswith("leaf/") else DECISION_STOP):
            continue
        stop(book, _by_audits(key, group, now), policy)
        stopped = True
        for other in narrow:
            if other in group.against:
                _withdraw(book.change(other), group.against[other], p0)
    return stopped


def _count(group: LevelRecord, rejected: bool, by: Weights, now: int) -> None:
    if rejected:
        group.rejections += 1
        if group.score == 0.0:
            group.since = now
    else:
        group.passes += 1
    group.score = step(group.score, rejected, by)
    group.best = max(group.best, group.passes - REJECTION_IN_PASSES * group.rejections)
    if group.score == 0.0:
        group.against = {}
        for product in [name for name, each in group.auditing.items() if each.rejected]:
            del group.auditing[product]  # The test is calm again, so rejections release their permits.


def _withdraw(group: LevelRecord, rejections: int, p0: float) -> None:
    """Withdraws rejections that another decision of the same edits explains."""
    by = group_weights(p0, group.accepted)
    group.rejections = max(0, group.rejections - rejections)
    group.score = max(0.0, group.score - rejections * by.rejection)


def _forget(group: LevelRecord, narrow: str, by: Weights) -> None:
    group.score = max(0.0, group.score - group.against.pop(narrow, 0) * by.rejection)


def _by_audits(key: str, group: LevelRecord, now: int) -> StopCause:
    audits = group.passes + group.rejections
    why = f"{group.rejections} of {audits} audits rejected"
    return StopCause(key, now, why, "audits", list(group.examples), group.rejections / audits if audits else 0.0)
