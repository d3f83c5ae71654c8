"""Finds the cause that holds an edit, and merges damage and rejections into one cause instead of hundreds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rollout.edit import EVERY_MARKET, Edit
from rollout.policy import RolloutPolicy
from rollout.records import MAX_CAUSES, MAX_EXAMPLES, Book, RolloutState, StopCause

FIELDS_OF_A_RELEASE = 3
"""If this many fields are stopped everywhere, the release is at fault and is stopped."""
CAUSES_OF_A_MARKET = 20
"""This many separate stops by audits in a market become one stop of the market."""


def unconfirmed(edit: Edit, fields: Mapping[str, int], fleet: RolloutState) -> list[str]:
    """Fields of the edit that no read-back has confirmed in its leaf since confirmations were last voided."""
    voided, accepted = fleet.voided, fleet.accepted
    if voided or accepted:
        return [name for name in edit.fields if fields.get(name, 0) <= voided.get(name, 0) and name not in accepted]
    return [name for name in edit.fields if fields.get(name, 0) <= 0]


def covering_cause(fleet: RolloutState, edit: Edit, fields: Mapping[str, int]) -> StopCause | None:
    """The widest cause that holds the edit. `fields` are those of its leaf's record."""
    causes = fleet.causes
    if not causes:
        return None
    if edit.undoes:
        causes = {key: each for key, each in causes.items() if not _is_part_of(each, edit.undoes, fleet.causes)}
    for key in edit.keys:
        cause = causes.get(key)
        if cause is not None and not cause.alert_only:
            return cause
    open_fields: set[str] | None = None
    for name in sorted(edit.fields):
        for cause in (causes.get(f"field/{name}"), causes.get(edit.field_key(name))):
            if cause is None or cause.alert_only:
                continue
            if open_fields is None:
                open_fields = set(unconfirmed(edit, fields, fleet))
            probed = cause.probing and fields.get(name, 0) >= 0
            if name in open_fields and not probed:
                return cause
    return None


def _is_part_of(cause: StopCause, wide: str, causes: Mapping[str, StopCause]) -> bool:
    """Whether the cause is `wide`, or a wider one explains it that is a part of `wide`. A field may be stopped in a
    leaf, then everywhere, and then with its release.
    """
    found: StopCause | None = cause
    while found is not None and found.key != wide:
        found = causes.get(found.under)
    return found is not None


def stop(book: Book, cause: StopCause, policy: RolloutPolicy) -> None:
    """Adds the cause unless it or a wider one exists. A cause found under `off` only raises an alert."""
    cause.alert_only = not policy.holds
    known = book.fleet.causes.get(cause.key)
    if known is not None and not (known.alert_only and policy.holds):
        for example in cause.examples:
            if len(known.examples) < MAX_EXAMPLES and example not in known.examples:
                known.examples.append(example)
                book.fleet_changed = True
        return
    kind, market = cause.key.split("/", 2)[:2]
    if len(book.fleet.causes) >= MAX_CAUSES and kind in ("decision", "leaf", "rule") and market != EVERY_MARKET:
        cause.key = f"market/{market}"
    book.fleet.causes[cause.key] = cause
    book.fleet_changed = True


def fold(book: Book, wide: StopCause, narrow: Sequence[StopCause]) -> None:
    """Marks narrower causes as explained by the wider one; they stay in force."""
    for cause in narrow:
        if cause.key != wide.key and not cause.under:
            cause.under = wide.key
            book.fleet_changed = True


def causes_of_market(fleet: RolloutState, market: str, rule: str = "") -> list[StopCause]:
    """Separate stops by audits in a market, or in one of its rules."""
    prefixes = (f"decision/{market}/{rule}/",) if rule else (
        f"decision/{market}/", f"leaf/{market}/", f"rule/{market}/")  # fmt: skip
    return [
        each
        for each in fleet.causes.values()
        if each.by == "audits" and not each.under and each.key.startswith(prefixes)
    ]


def undo_damaged(book: Book, edit: Edit, fields: Sequence[str], now: int, policy: RolloutPolicy) -> None:
    """Stops an undo that came back damaged. This is not evidence about other edits."""
    example = f"{edit.product}: {', '.join(fields)}"[:200]
    why = f"an undo was found damaged: {', '.join(fields)}"[:400]
    stop(book, StopCause(edit.decision_keys[0], now, why, "read-back", [example]), policy)


def damaged(
    book: Book,
    edit: Edit,
    fields: Sequence[str],
    admitted: int,
    now: int,
    policy: RolloutPolicy,
    *,
    everywhere: Sequence[str] = (),
) -> None:
    """Handles a read-back that found these fields damaged in an edit admitted at `admitted`.

    `everywhere`: the fields among them for which read-backs in several leaves are the evidence.

    The first damage in a leaf holds the field there. Damage in a second leaf, or after the field was undamaged, holds
    the field wherever no edit admitted later has shown it undamaged.
    """
    fleet = book.fleet
    leaf = book.change(edit.leaf_key)
    example = f"{edit.product}: {', '.join(fields)}"[:200]
    for name in fields:
        leaf.asked.pop(name, None)
        if name in fleet.accepted:
            continue
        before = leaf.fields.get(name, 0)
        was_clean = before > fleet.voided.get(name, 0)
        leaf.fields[name] = -now
        wide_key, narrow_key = f"field/{name}", edit.field_key(name)
        narrow = [each for key, each in fleet.causes.items() if key.startswith(f"{wide_key}/")]
        elsewhere = [each for each in narrow if each.key != narrow_key]
        if not (was_clean or elsewhere or wide_key in fleet.causes or name in everywhere):
            why = f"{name} came back damaged in leaf {edit.leaf}"
            stop(book, StopCause(narrow_key, now, why, "read-back", [example]), policy)
            continue
        if was_clean:
            why = f"{name} came back damaged in leaf {edit.leaf}, where it was clean before"
        else:
            why = f"{name} came back damaged in more than one leaf"
        examples = [one for each in narrow for one in each.examples][: MAX_EXAMPLES - 1]
        known = wide_key in fleet.causes
        stop(book, StopCause(wide_key, now, why, "read-back", [*examples, example]), policy)
        fold(book, fleet.causes[wide_key], narrow)
        # A field damaged before it was confirmed, for example by a probe, is not evidence about other leaves.
        if (was_clean or not known) and fleet.voided.get(name, 0) < admitted:
            fleet.voided[name] = admitted
            book.fleet_changed = True
    wide = [each for each in fleet.causes.values() if each.by == "read-back" and each.key.startswith("field/")
            and each.key.count("/") == 1 and not each.under]  # fmt: skip
    if len(wide) >= FIELDS_OF_A_RELEASE:
        names = ", ".join(sorted(each.key.removeprefix("field/") for each in wide))
        examples = [one for each in wide for one in each.examples][:MAX_EXAMPLES]
        why = f"several fields came back damaged: {names}"[:400]
        stop(book, StopCause(edit.release_key, now, why, "read-back", examples), policy)
        release = fleet.causes[edit.release_key]
        fold(book, release, [each for each in fleet.causes.values() if each.key.startswith("field/")])
