"""An operator's decisions about a cause: release, accept, stop, undo, probe. Pure."""

from __future__ import annotations

from rollout.edit import check_key
from rollout.policy import PolicyName
from rollout.records import MOST_CAUSES, MOST_RUNS, Book, Cause


class UnknownCause(ValueError):
    """Nothing of that name is stopped; the text says what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is not stopped: `relist rollout list` shows what is")


class NotAllowed(ValueError):
    """The action does not fit the cause; the text says which does."""


def group_key(cause_key: str) -> str | None:
    """The record that holds the cause's windows and tests; None for a field held everywhere."""
    parts = cause_key.split("/")
    if parts[0] != "field":
        return cause_key
    return f"leaf/{parts[2]}/{parts[3]}" if len(parts) == 4 else None


def keys_to_change(cause_key: str) -> tuple[str, ...]:
    """The records a transaction on the cause must read. Raises InvalidEdit."""
    key = group_key(check_key(cause_key))
    return (key,) if key else ()


def release(book: Book, key: str) -> Cause:
    """The cause ends: its window and its test start again, and fields are looked at again. Raises UnknownCause."""
    cause = book.fleet.causes.pop(key, None)
    if cause is None:
        raise UnknownCause(key)
    book.fleet_changed = True
    _restart(book, key)
    for each in [each for each in book.fleet.causes.values() if each.under == key]:
        # Their records stay as they are: a wider cause explained them.
        del book.fleet.causes[each.key]
    return cause


def accept(book: Book, key: str, now: int) -> Cause:
    """Releases the cause and takes what was seen as the new baseline. Raises UnknownCause."""
    cause = release(book, key)
    parts = key.split("/")
    if parts[0] == "field":
        book.fleet.accepted[parts[1]] = now
    else:
        book.change(key).accepted = cause.rate
    return cause


def stop(book: Book, key: str, why: str, now: int) -> Cause:
    """Stops any level. A cause that stands already stays as it is. Raises InvalidEdit, NotAllowed."""
    check_key(key)
    known = book.fleet.causes.get(key)
    if known is not None and not known.alert_only:
        return known
    if len(book.fleet.causes) >= MOST_CAUSES:
        raise NotAllowed(f"{MOST_CAUSES} causes stand already: release some, or stop a wider level")
    cause = Cause(key, now, why[:400] or "stopped by an operator", "operator")
    book.fleet.causes[key] = cause
    book.fleet_changed = True
    parts = key.split("/")
    if parts[0] == "field":
        book.fleet.voided[parts[1]] = now
    return cause


def ask_undo(book: Book, key: str, now: int) -> Cause:
    """Marks that the cause's edits are being undone; the cause stands until it is released. Raises UnknownCause."""
    cause = _standing(book, key)
    cause.undo_asked = now
    book.fleet_changed = True
    return cause


def probe(book: Book, key: str) -> Cause:
    """Lets one product of each leaf through, to show where a field is clean. Raises UnknownCause, NotAllowed."""
    cause = _standing(book, key)
    if not key.startswith("field/"):
        raise NotAllowed(f"{key} is no field: only fields are probed, others are released to start slowly again")
    cause.probing = True
    book.fleet_changed = True
    return cause


def set_run_policy(book: Book, run_id: str, policy: PolicyName | None) -> None:
    """A run's own policy; None takes the fleet's again. The oldest is dropped beyond a thousand."""
    runs = book.fleet.runs
    runs.pop(run_id, None)
    if policy is not None:
        runs[run_id] = policy
    while len(runs) > MOST_RUNS:
        del runs[next(iter(runs))]
    book.fleet_changed = True


def _standing(book: Book, key: str) -> Cause:
    cause = book.fleet.causes.get(key)
    if cause is None:
        raise UnknownCause(key)
    return cause


def _restart(book: Book, key: str) -> None:
    target = group_key(key)
    if target is None:
        return
    group = book.change(target)
    if key.startswith("field/"):
        name = key.split("/")[1]
        group.fields.pop(name, None)
        group.asked.pop(name, None)
    else:
        group.restart()
