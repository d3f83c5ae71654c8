"""Promises about the rollout: it gives back every place, counts what really happened, and its gates hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from record.cause_scope import levels_of
from record.entry import StoredEdit
from rollout.codec import decode_fleet, decode_group
from rollout.keys import FLEET, GROUPS
from rollout.policy import Gate, RolloutPolicy
from rollout.records import LevelRecord, RolloutState
from tests.simulation.clocks import EPOCH
from tests.simulation.pipeline.record_oracles import matched

if TYPE_CHECKING:
    from tests.simulation.pipeline.worlds import PipelineWorld

COUNTS_TWICE = ("disk_full", "disk_slow", "kill", "stop", "freeze", "halt_at_write", "lose", "cut", "redis_down")
"""Faults by which an audit may count again: its job runs again after its report (rollout/service.py)."""
SMALL = RolloutPolicy("normal", 4, 8, 1, 5, Gate(2, 0, 3), Gate(2, 1, 3))
"""So small that the few products of a world fill its windows and gates."""


def groups_of(world: PipelineWorld) -> dict[str, LevelRecord]:
    found = world.server.peek(GROUPS) or {}
    return {key.decode(): decode_group(key.decode(), record) for key, record in found.items()}


def fleet_of(world: PipelineWorld) -> RolloutState:
    return decode_fleet(world.run("GET", FLEET))


def places_are_given_back(world: PipelineWorld) -> list[str]:
    """When all audits have ended, no edit has a place in a window or in a gate."""
    if not world.is_calm_but_for("lost_answer", "quota") or not world.plan.size.rollout or world.waiting_audits():
        return []
    problems = []
    changed = {f"{shop}/{product}" for shop, product in world.shopfront.edits if world.seller_changed(product)}
    for key, group in groups_of(world).items():
        looking = [each for each in group.looking if not (key.startswith("release/") and each in changed)]
        auditing = [name for name, each in group.auditing.items() if not each.rejected]
        asked = [name for name, _ in group.asked.values()]
        for what, left in (("window", looking), ("gate", auditing), ("fields' window", asked)):
            if left:
                problems.append(f"places: {left[0]} still has a place in the {what} of {key}")
    return problems[:1]


def evidence_is_true(world: PipelineWorld) -> list[str]:
    """Each audit that ended counts once, for the decisions of that edit."""
    if not world.plan.size.rollout or world.redis_lost_writes or world.has_fault(*COUNTS_TWICE):
        return []
    passed, rejected = Counter[str](), Counter[str]()
    for entry in world.entries:
        ended = entry.event("audit_ended", "answered")
        outcome = ended.about.get("outcome") if ended is not None else ""
        for key in narrow_levels(entry):
            passed[key] += outcome == "relisted"
            rejected[key] += outcome == "rejected"
    causes = fleet_of(world).causes
    problems = []
    for key, group in groups_of(world).items():
        if not key.startswith(("decision/", "leaf/")) or key.startswith("decision/*"):
            continue
        if group.passes > passed[key] or group.rejections > rejected[key]:
            counted, true = (group.passes, group.rejections), (passed[key], rejected[key])
            problems.append(f"evidence: {key} counts {counted} passes and rejections, {true} ended so")
        elif world.is_calm and not causes and group.passes + group.rejections < passed[key] + rejected[key]:
            problems.append(
                f"evidence: {key} counts {group.passes + group.rejections} audits, {passed[key] + rejected[key]} ended"
            )
    return problems[:1]


def narrow_levels(entry: StoredEdit) -> list[str]:
    """The levels that count the audits of this edit: its decisions, or its leaf."""
    levels = levels_of(entry)
    decisions = [key for key in levels if key.startswith("decision/") and not key.startswith("decision/*")]
    return decisions or [key for key in levels if key.startswith("leaf/")]


def gates_hold(world: PipelineWorld) -> list[str]:
    """No more edits of a closed gate are in audit than it has places."""
    size = world.plan.size
    if not (size.rollout and size.gates) or world.redis_lost_writes:
        return []
    truth = world.shopfront.truth
    sent: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for key, calls in world.shopfront.edits.items():
        listing = world.listing_of(*key)
        if listing is None or listing.live["status"] == "DELETED":
            continue  # Nobody reports the end of its audit.
        for call, entry in matched(world, key, calls):
            for level in narrow_levels(entry) if entry is not None and entry.kind == "relist" else ():
                sent[level].append((call.at, key[1]))
    problems = []
    for level, edits in sent.items():
        gate = SMALL.decision_gate if level.startswith("decision/") else SMALL.own_leaf_gate
        assert gate is not None
        for at, product in sorted(edits):
            others = [(when, each) for when, each in edits if when < at and each != product]
            ends = [(each, truth.end_after(each, when)) for when, each in others]
            passes = sum(when < at and (truth.end_after(each, when, "APPROVED") or at) < at for when, each in edits)
            open_audits = {each for each, end in ends if end is None or end >= at}
            if passes < gate.open_at and len(open_audits) + 1 > gate.cap + gate.per_pass * passes:
                problems.append(f"gate: {len(open_audits) + 1} edits of {level} were in audit after {passes} passes")
    return problems[:1]


def nothing_lost_is_confirmed(world: PipelineWorld) -> list[str]:
    """No read-back finds a field undamaged while the platform loses it, and no field is stopped that it keeps."""
    if not world.plan.size.rollout or world.redis_lost_writes:
        return []
    ends = {event.what: event.at + event.seconds for event in world.plan.events if event.kind == "lost_field"}
    for key, group in groups_of(world).items():
        for name, until in ends.items():
            # While the record is slow, an edit may be admitted long before it is sent. New listings lose nothing.
            is_known = key.startswith("leaf/") and not world.has_fault("disk_slow", "create")
            if is_known and 0 < group.fields.get(name, 0) < (EPOCH + until) * 1000:
                return [f"evidence: {name} counts as undamaged in {key} while the platform loses it"]
    # A leaf that the seller has chosen before the look cannot be told from one that the platform has chosen.
    if not ends and not world.plan.size.sellers and not world.shopfront.seller_moves:
        stopped = [key for key, cause in fleet_of(world).causes.items() if cause.by == "read-back"]
        return [f"evidence: {key} is stopped, and the platform has lost nothing" for key in stopped[:1]]
    return []


ROLLOUT_PROMISES = (places_are_given_back, evidence_is_true, gates_hold, nothing_lost_is_confirmed)
