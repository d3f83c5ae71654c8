"""Decides from the shared records whether an edit may be sent now. Pure."""

from __future__ import annotations

from operator import itemgetter

from rollout.audit_counts import add_overdue, drop_overdue, evidence, shops_overdue
from rollout.edit import Edit
from rollout.outcome import Admitted, Held, Permit
from rollout.policy import Gate, RolloutPolicy
from rollout.records import Book, InAudit, LevelRecord, StopCause
from rollout.stops import covering_cause, unconfirmed

LOOK_PATIENCE_MS = 120_000
"""Milliseconds after which an unreported read-back frees its place, since its worker must have died."""
STOPPED_RETRY_SECONDS = 60.0
LOOK_RETRY_SECONDS = 1.0
PLACES_PER_POINT = 8
"""Additional places of a gate for each point towards its opening, once its first edits have ended."""
SHORTEST_GATE_RETRY, LONGEST_GATE_RETRY = 2.0, 3_600.0
MANY_LEAVES = "edits that keep their leaf are in audit in many leaves"


def admit(book: Book, edit: Edit, policy: RolloutPolicy, now: int) -> Admitted | Held:
    """Takes a place in every window that is not open yet, or in none. A product keeps the places it already has."""
    leaf = book.group(edit.leaf_key)
    cause = covering_cause(book.fleet, edit, leaf.fields)
    if cause is not None:
        return held_by(cause)
    if not policy.holds:
        return Admitted(Permit(edit, now), read_back=False)
    product = edit.product
    windows: list[str] = []
    for key in (edit.release_key, edit.release_market_key):
        group = book.group(key)
        if is_confirmed(group, policy.release_looks):
            continue
        if not _has_room(group.looking, product, policy.window(group.clean), now):
            return _wait(key, now, 2 * LOOK_RETRY_SECONDS, "the first edits of a release are being read back")
        windows.append(key)
    if not is_confirmed(leaf, policy.leaf_looks):
        if not _has_room(leaf.looking, product, policy.leaf_looks, now):
            return _wait_for_look(edit, now, "the first edits of the leaf are being read back")
        windows.append(edit.leaf_key)
    looks = [] if edit.undoes else unconfirmed(edit, leaf.fields, book.fleet)
    for name in looks:
        if (asked := leaf.asked.get(name)) and asked[0] != product and now - asked[1] < LOOK_PATIENCE_MS:
            return _wait_for_look(edit, now, f"another product is the first to show {name} in the leaf")
    gates = [(key, policy.decision_gate) for key in edit.decision_keys]
    if not gates and policy.own_leaf_gate:
        gates = [(edit.leaf_key, policy.own_leaf_gate)]
    gates = [(key, gate) for key, gate in gates if not gate_is_open(book.group(key), gate)]
    # Markets in which the decision is not known to be right share one gate, so that each does not test it separately.
    shared = [(edit.shared_keys[key], gate) for key, gate in gates if key in edit.shared_keys]
    gates += [(key, gate) for key, gate in shared if not gate_is_open(book.group(key), gate)]
    patience = book.group(edit.market_key).cohort.patience
    for key, gate in gates:
        if not _gate_has_room(book, key, edit, gate, patience, now):
            retry = gate_retry(book.group(key), patience, now)
            return _wait(key, now, retry, "edits of the same decision are in audit")
    fleet = policy.own_leaf_fleet if gates and not edit.decisions else None
    if fleet and not _fleet_has_room(book, edit, fleet, patience, now):
        return _wait(edit.leaf_key, now, fleet_retry(book.group(edit.release_key), patience, now), MANY_LEAVES)
    return _take(book, edit, windows, looks, gates, now)


def is_confirmed(group: LevelRecord, looks: int) -> bool:
    return group.clean >= looks


def gate_is_open(group: LevelRecord, gate: Gate) -> bool:
    return group.best >= gate.open_at and not _is_overtaken(group, gate)


def _is_overtaken(group: LevelRecord, gate: Gate) -> bool:
    """Whether many of the first edits are still in audit: passes that come before rejections prove nothing yet."""
    first = sum(
        not each.rejected and (not group.filled or each.sent <= group.filled) for each in group.auditing.values()
    )
    return first > gate.most_of_the_first


def _sent(group: LevelRecord) -> int:
    in_audit = sum(not each.rejected for each in group.auditing.values())
    return group.passes + group.rejections + group.unknown + in_audit


def held_by(cause: StopCause) -> Held:
    return Held(cause.under or cause.key, cause.since, STOPPED_RETRY_SECONDS, True, cause.why)


def _wait(key: str, now: int, retry: float, why: str) -> Held:
    return Held(key, now, retry, False, why)


def _wait_for_look(edit: Edit, now: int, why: str) -> Held:
    return Held(edit.leaf_key, now, LOOK_RETRY_SECONDS, False, why, is_brief=True)


def _has_room(looking: dict[str, int], product: str, most: int, now: int) -> bool:
    if product in looking or len(looking) < most:
        return True
    return sum(now - since < LOOK_PATIENCE_MS for since in looking.values()) < most


def _gate_has_room(book: Book, key: str, edit: Edit, gate: Gate, patience: int, now: int) -> bool:
    """Whether the gate has a place for the edit.

    Any shop may use half of the places; the other half has one place per shop, so that one shop whose audits never end
    cannot fill the gate.
    """
    group = book.group(key)
    if edit.product in group.auditing:
        return True
    if len(group.auditing) >= 1:
        expired = [product for product, each in group.auditing.items() if now - each.sent > patience]
        if expired:
            book.change(key)
            for product in expired:
                if not group.auditing.pop(product).rejected:
                    add_overdue(group, product)
    places = gate_places(group, gate)
    if len(group.auditing) >= places:
        return False
    own = sum(each.shop_id == edit.shop_id for each in group.auditing.values())
    return own < places - places // 2 or own == 0


def gate_places(group: LevelRecord, gate: Gate) -> int:
    """Number of edits that may be in audit at once while the gate is closed."""
    if gate.per_pass:
        return gate.cap + gate.per_pass * group.passes
    places = gate.cap
    if 2 * (shops_overdue(group) + group.rejections) > group.passes:
        # Audits that did not end in time may end as rejections, at four medians for instance. Rejected edits that keep
        # their places must not take the last ones, since the test needs further audits.
        rejected = sum(each.rejected for each in group.auditing.values())
        places = min(places, max(2, gate.cap // 4) + rejected)
    if _is_overtaken(group, gate):
        return places if _sent(group) < gate.most_until_the_first_end else 0
    return places + PLACES_PER_POINT * max(0, evidence(group))


def _fleet_has_room(book: Book, edit: Edit, gate: Gate, patience: int, now: int) -> bool:
    """Whether the leaves with closed gates may together have one more edit in audit."""
    release = book.group(edit.release_key)
    if edit.product in book.group(edit.leaf_key).auditing:
        return True
    gated = release.gated
    while gated and now - (oldest := next(iter(gated.items())))[1][1] > patience:
        del book.change(edit.release_key).gated[oldest[0]]
    return gated_edits(release) < gate.cap + gate.per_pass * release.passes


def gated_edits(release: LevelRecord) -> int:
    """Number of edits in audit in leaves whose gates are closed."""
    return sum(map(itemgetter(0), release.gated.values()))


def count_gated(book: Book, edit: Edit, now: int) -> None:
    """Updates the release's count of edits in audit behind this leaf's gate."""
    gated, auditing = book.change(edit.release_key).gated, book.group(edit.leaf_key).auditing
    gated.pop(edit.leaf_key, None)
    if auditing:
        gated[edit.leaf_key] = (len(auditing), now)


def gate_retry(group: LevelRecord, patience: int, now: int) -> float:
    """Seconds until the next try at a gate that has no place."""
    oldest = next(iter(group.auditing.values()), None)
    return _retry(now - oldest.sent if oldest else 0, patience)


def fleet_retry(release: LevelRecord, patience: int, now: int) -> float:
    """Seconds until the next try while the leaves with closed gates have too many edits in audit."""
    _, last = next(iter(release.gated.values()), (0, now))
    return _retry(now - last, patience)


def _retry(age: int, patience: int) -> float:
    """A twentieth of the oldest audit's age, and at most a twentieth of the median: long audits cost no more tries."""
    return min(max(min(age, patience // 2) / 20_000, SHORTEST_GATE_RETRY), LONGEST_GATE_RETRY)


def _take(
    book: Book, edit: Edit, windows: list[str], looks: list[str], gates: list[tuple[str, Gate]], now: int
) -> Admitted:
    product = edit.product
    for key in windows:
        looking = book.change(key).looking
        for name in [each for each, since in looking.items() if now - since >= LOOK_PATIENCE_MS]:
            del looking[name]
        looking[product] = now
    if looks:
        asked = book.change(edit.leaf_key).asked
        for name in looks:
            asked[name] = (product, now)
    for key, gate in gates:
        group = book.change(key)
        drop_overdue(group, product)
        group.auditing[product] = InAudit(edit.shop_id, now)
        if not group.filled and _sent(group) >= gate.cap:
            group.filled = now
        if key == edit.leaf_key:
            count_gated(book, edit, now)
    cohort = 0
    if windows or looks or gates:
        cohort = book.group(edit.market_key).cohort.join(now)
        if cohort:
            book.change(edit.market_key)
    permit = Permit(edit, now, tuple(dict.fromkeys((*windows, *(key for key, _ in gates)))), tuple(looks), cohort)
    return Admitted(permit, read_back=bool(windows or looks or (gates and edit.undoes)))
