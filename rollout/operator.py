"""An operator's decisions about a cause: release, accept, stop, undo, probe. Pure."""

from __future__ import annotations

from rollout.edit import InvalidEdit, check_key, is_in_one_market, shared_key
from rollout.policy import PolicyName
from rollout.records import MAX_CAUSES, MAX_RUNS, Book, StopCause


class UnknownCause(ValueError):
    """Nothing with that key is stopped. The message names the command that lists stopped keys."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is not stopped: `relist rollout list` shows all causes")


class NotAllowed(ValueError):
    """The action does not apply to the cause. The message names one that does."""


def group_key(cause_key: str) -> str | None:
    """The key of the record with the cause's windows and tests; None for a field that is held everywhere."""
    parts = cause_key.split("/")
    if parts[0] != "field":
        return cause_key
    return f"leaf/{parts[2]}/{parts[3]}" if len(parts) == 4 else None


def keys_to_change(cause_key: str) -> tuple[str, ...]:
    """The keys of the records that a transaction on the cause must read. Raises InvalidEdit."""
    key = group_key(check_key(cause_key))
    return tuple(each for each in (key, shared_key(cause_key)) if each)


def release(book: Book, key: str) -> StopCause:
    """Ends the cause. Its window and test restart, and its fields are read back again. Raises UnknownCause."""
    cause = book.fleet.causes.pop(key, None)
    if cause is None:
        raise UnknownCause(key)
    book.fleet_changed = True
    _restart(book, key)
    for each in [each for each in book.fleet.causes.values() if each.under == key]:
        # Their records stay unchanged, since a wider cause explained them.
        del book.fleet.causes[each.key]
    for group in [each for each in book.groups if is_in_one_market(each, key)]:
        book.change(group).restart()
    return cause


def accept(book: Book, key: str, now: int) -> StopCause:
    """Releases the cause and makes the observed behaviour the new baseline. Raises UnknownCause."""
    cause = release(book, key)
    parts = key.split("/")
    if parts[0] == "field":
        book.fleet.accepted[parts[1]] = now
    else:
        book.change(key).accepted = cause.rate
        if shared := shared_key(key):
            book.change(shared).accepted = max(book.group(shared).accepted, cause.rate)
    return cause


def stop(book: Book, key: str, why: str, now: int) -> StopCause:
    """Stops a level. An existing cause stays unchanged. Raises InvalidEdit, NotAllowed."""
    check_key(key)
    word, market = key.split("/")[:2]
    if word == "market" and not (len(market) == 2 and market.isascii() and market.isupper()):
        raise InvalidEdit(f"{market[:20]!r} is not a market: use a country code of two capitals, such as market/US")
    known = book.fleet.causes.get(key)
    if known is not None and not known.alert_only:
        return known
    if len(book.fleet.causes) >= MAX_CAUSES:
        raise NotAllowed(f"{MAX_CAUSES} causes exist already: release some, or stop a wider level")
    cause = StopCause(key, now, why[:400] or "stopped by an operator", "operator")
    book.fleet.causes[key] = cause
    book.fleet_changed = True
    parts = key.split("/")
    if parts[0] == "field":
        book.fleet.voided[parts[1]] = now
    return cause


def ask_undo(book: Book, key: str, now: int) -> StopCause:
    """Marks the cause's edits as being undone. The cause remains until it is released. Raises UnknownCause."""
    cause = _standing(book, key)
    cause.undo_asked = now
    book.fleet_changed = True
    return cause


def probe(book: Book, key: str) -> StopCause:
    """Admits one product per leaf to find out where a field stays undamaged. Raises UnknownCause, NotAllowed."""
    cause = _standing(book, key)
    if not key.startswith("field/"):
        raise NotAllowed(f"{key} is not a field: only fields are probed; release other causes to start slowly again")
    cause.probing = True
    book.fleet_changed = True
    return cause


def set_run_policy(book: Book, run_id: str, policy: PolicyName | None) -> None:
    """Sets the policy of a run; None restores the fleet's. Beyond a thousand runs, the oldest policy is dropped."""
    runs = book.fleet.runs
    runs.pop(run_id, None)
    if policy is not None:
        runs[run_id] = policy
    while len(runs) > MAX_RUNS:
        del runs[next(iter(runs))]
    book.fleet_changed = True


def _standing(book: Book, key: str) -> StopCause:
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
    if shared := shared_key(key):
        book.change(shared).restart()
