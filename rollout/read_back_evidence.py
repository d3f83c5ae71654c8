"""Updates windows, confirmations and causes after read-backs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rollout.admission import LOOK_PATIENCE_MS, count_gated
from rollout.audit_counts import drop_overdue
from rollout.outcome import Changed, Clean, Damaged, NotSent, Permit, ReadBack
from rollout.policy import RolloutPolicy
from rollout.records import MAX_FIELDS_OF_A_LEAF, Book
from rollout.sequential import CHANGE_STOP, change_weights, step
from rollout.stops import damaged, undo_damaged

CHANGED_IN_SUCCESSION = 3
"""This many successive looks that find a field changed in a leaf mean damage. Fewer may be sellers' edits."""


def read_back_ended(
    book: Book, permit: Permit, result: ReadBack, policy: RolloutPolicy, now: int, *, is_late: bool = False
) -> None:
    """Counts the result of a read-back. Idempotent: a window counts a product once.

    `is_late`: the windows have already counted the product as not seen.
    """
    _leave_windows(book, permit, result, now, is_late)
    edit = permit.edit
    if edit.undoes:
        if isinstance(result, Damaged):
            undo_damaged(book, edit, result.fields, now, policy)
        return
    match result:
        case Clean():
            _count_unchanged(book, permit)
            _confirm_fields(book, permit)
        case Damaged():
            damaged(book, edit, result.fields, permit.admitted, now, policy)
        case Changed():
            here, everywhere = _count_changed(book, permit, result.fields)
            if here or everywhere:
                damaged(book, edit, here + everywhere, permit.admitted, now, policy, everywhere=everywhere)


def _leave_windows(book: Book, permit: Permit, result: ReadBack, now: int, is_late: bool) -> None:
    """Frees the product's places. Clean read-backs, timely or late, help to open the windows."""
    edit, product, clean = permit.edit, permit.edit.product, isinstance(result, Clean)
    for key in permit.windows:
        group = book.group(key)
        if isinstance(result, Changed) and not is_late and key in (edit.release_key, edit.release_market_key):
            continue  # It may be damage: its place expires, so that the release does not send another one for it.
        if is_late and clean and key in (edit.release_key, edit.release_market_key, edit.leaf_key):
            book.change(key).clean += 1
        elif product in group.looking:
            admitted = book.change(key).looking.pop(product)
            group.clean += clean and now - admitted < 10 * LOOK_PATIENCE_MS
        if isinstance(result, NotSent) and product in group.auditing:
            del book.change(key).auditing[product]
            if key == edit.leaf_key:
                count_gated(book, edit, now)
        if isinstance(result, NotSent) and product in group.overdue:
            drop_overdue(book.change(key), product)
    asked = book.group(edit.leaf_key).asked
    for name in permit.looks:
        if asked.get(name, ("", 0))[0] == product:
            del book.change(edit.leaf_key).asked[name]


def _confirm_fields(book: Book, permit: Permit) -> None:
    """Confirms that the leaf keeps the edit's fields, which this look found unchanged."""
    fields = book.group(permit.edit.leaf_key).fields
    for name in permit.edit.fields:
        known = name in fields or len(fields) < MAX_FIELDS_OF_A_LEAF
        if known and abs(fields.get(name, 0)) < permit.admitted:
            book.change(permit.edit.leaf_key).fields[name] = permit.admitted


def _count_changed(book: Book, permit: Permit, fields: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Counts the look. Returns the fields that the platform must have changed: in this leaf, and in many leaves.

    A field that the product lacked, so that the edit did not carry it, is not evidence.
    """
    edit, by = permit.edit, change_weights()
    leaf, release = book.change(edit.leaf_key).changed, book.change(edit.release_key).changed
    here: list[str] = []
    everywhere: list[str] = []
    for name in edit.fields.intersection(fields):
        if name in leaf or len(leaf) < MAX_FIELDS_OF_A_LEAF:
            leaf[name] = leaf.get(name, 0.0) + 1.0
        if name in release or len(release) < MAX_FIELDS_OF_A_LEAF:
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
