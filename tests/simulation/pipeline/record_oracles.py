"""Promises about the record: it has every edit before it leaves, and says of each what really happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from record.effect import effect_of
from record.entry import StoredEdit
from tests.simulation.pipeline.truth import EditCall

if TYPE_CHECKING:
    from tests.simulation.pipeline.worlds import PipelineWorld

LOSES_EVENTS = frozenset(
    {"disk_full", "disk_slow", "kill", "stop", "freeze", "halt_at_write", "redis_restart", "failover"}
)
"""Faults by which an event of the record may be missing: it is written after the edit."""


def edits_are_recorded_first(world: PipelineWorld) -> list[str]:
    """When an edit arrives, the record has an entry for it and for each edit before."""
    return [
        f"record: edit {number} of product {product} arrived when the record had {call.recorded} entries of it"
        for (_, product), calls in world.shopfront.edits.items()
        for number, call in enumerate(calls, 1)
        if call.recorded < number
    ][:1]


def entries_are_true(world: PipelineWorld) -> list[str]:
    """Each edit at the platform has its own entry with its body, which does not say that it was never made."""
    problems = []
    for key, calls in world.shopfront.edits.items():
        for call, entry in matched(world, key, calls):
            if entry is None:
                problems.append(f"record: an edit of product {key[1]} has no entry with its body")
            elif entry.event("not_sent", "refused") is not None:
                problems.append(f"record: an edit of product {key[1]} is live, and its entry says that it was not made")
            elif entry.event("answered") is None and not world.has_fault(*LOSES_EVENTS, "lost_answer"):
                problems.append(f"record: the answer to an edit of product {key[1]} is missing")
            elif (why := _false_end(world, key, call, entry)) is not None:
                problems.append(f"record: product {key[1]}: {why}")
    return problems[:1]


def _false_end(world: PipelineWorld, key: tuple[str, str], call: EditCall, entry: StoredEdit) -> str | None:
    ended, truth = entry.event("audit_ended"), world.shopfront.truth
    if ended is None:
        calls = world.shopfront.edits[key]
        listing = world.listing_of(*key)
        answered = entry.event("answered")
        is_last = call is calls[-1] and answered is not None and answered.about.get("outcome") == "in_audit"
        is_open = listing is None or listing.pending is not None or world.waits(key)
        if is_last and not is_open and not world.has_fault(*LOSES_EVENTS) and world.is_done and key not in world.undone:
            return "the end of its last audit is not recorded"
        return None
    outcome = ended.about.get("outcome")
    if outcome == "relisted" and truth.end_after(key[1], call.at, "APPROVED") is None:
        return "the record says that an edit is live whose audit has not passed"
    # The audit that has passed may be that of the seller's version in another leaf.
    is_live = truth.end_after(key[1], call.at, "APPROVED") and key[1] not in world.shopfront.seller_moves
    if outcome == "rejected" and truth.end_after(key[1], call.at, "FAILED") is None and is_live:
        return "the record says that an edit was rejected whose audit has passed"
    return None


def matched(
    world: PipelineWorld, key: tuple[str, str], calls: list[EditCall]
) -> list[tuple[EditCall, StoredEdit | None]]:
    """Each edit at the platform with the entry that has its body, preferably one that does not deny it."""
    left = list(world.entries_of(*key))
    pairs: list[tuple[EditCall, StoredEdit | None]] = []
    for call in calls:
        same = [each for each in left if content(each.edit) == content(call.body)]
        entry = next((each for each in same if each.event("not_sent", "refused") is None), None)
        entry = entry or next(iter(same), None)
        if entry is not None:
            left.remove(entry)
        pairs.append((call, entry))
    return pairs


def content(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "category_version"}


def states_are_recorded(world: PipelineWorld) -> list[str]:
    """The record's state of a product is its last published outcome."""
    if world.redis_lost_writes or world.has_fault("disk_full"):
        return []
    problems = []
    for key, last in world.last_outcomes().items():
        state = world.states.get(key, "")
        if any(each["code"] == "cancelled" for each in last["reasons"]):
            continue  # A command ends what is queued, past the workers and their record.
        if key not in world.undone | world.refed | world.asked_for and state != last["outcome"]:
            problems.append(f"record: the state of product {key[1]} is {state!r}, it ended as {last['outcome']!r}")
    return problems[:1]


def undone_edits_say_so(world: PipelineWorld) -> list[str]:
    """After an accepted undo each edit that it covers and that was live is marked as undone."""
    if world.redis_lost_writes or world.has_fault(*LOSES_EVENTS, "lost_answer"):
        return []
    problems = []
    for key, run_id in world.restored().items():
        # A later undo, which found nothing to restore or has not run yet, covers other edits.
        covered = world.undone_by.get((*key, run_id), ())
        live = [each for each in world.entries_of(*key) if each.id in covered and effect_of(each) == "live"]
        if not all(each.event("undone") for each in live):
            problems.append(f"record: product {key[1]} was put back, and its edits are not marked as undone")
    return problems[:1]


def undos_end(world: PipelineWorld) -> list[str]:
    """Each undo that was asked for is published."""
    if world.redis_lost_writes or not world.is_done:
        return []
    return [
        f"undo: nothing was reported about the undo of product {key[1]}"
        for key in world.undone
        if not any(each["kind"] in ("undo", "audit") for each in world.outcomes_of(key))
    ][:1]


def undos_are_carried_out(world: PipelineWorld) -> list[str]:
    """An undo that ends without an edit leaves no field with the value of the edit that it covers."""
    if world.redis_lost_writes or not world.is_done:
        return []
    problems = []
    for key, numbers in world.undone_entries.items():
        outcomes = [each["outcome"] for each in world.outcomes_of(key)]
        entries, listing = world.entries_of(*key), world.listing_of(*key)
        if "planned" in outcomes:
            problems.append(f"undo: product {key[1]} ended as planned, as only a dry run does")
        was_edited_since = any(each.id > max(numbers) for each in entries)
        if was_edited_since or listing is None or listing.live["status"] == "DELETED" or outcomes[-1:] != ["done"]:
            continue
        covered = [each for each in entries if each.id in numbers and effect_of(each) == "live" and each.before]
        for name in RESTORABLE if covered and covered[-1].kind == "relist" else ():
            old, made, live = ((each or {}).get(name) for each in (covered[-1].before, covered[-1].edit, listing.live))
            if made == live != old and old and not world.seller_changed(key[1]):
                problems.append(f"undo: {name} of product {key[1]} is as in the undone edit, which ended as done")
    return problems[:1]


def effects_agree(world: PipelineWorld) -> list[str]:
    """The effect of an entry, on which undo relies, follows from its events."""
    problems = []
    for entry in world.entries:
        ended, answered = entry.event("audit_ended"), entry.event("answered")
        last = ended or answered
        outcome = str(last.about.get("outcome")) if last is not None else ""
        if entry.event("refused") is not None or entry.event("not_sent") is not None:
            right = {"none", "not_sent"}
        elif last is None:
            right = {"unanswered"}
        elif outcome == "relisted" or (ended is None and outcome != "in_audit"):
            right = {"live"}
        else:
            right = {"none"} if ended is not None else {"in_audit"}
        if effect_of(entry) not in right:
            text = f"product {entry.product_id} ended as {outcome or 'unanswered'}, and counts as {effect_of(entry)}"
            problems.append(f"record: an edit of {text}")
    return problems[:1]


RESTORABLE = ("title", "description", "package_weight", "package_dimensions")

RECORD_PROMISES = (
    edits_are_recorded_first,
    entries_are_true,
    states_are_recorded,
    undone_edits_say_so,
    undos_end,
    undos_are_carried_out,
    effects_agree,
)
