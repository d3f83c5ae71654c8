"""Random cases for the guard of an edit: what the job, the record, the platform, the rollout and the process know."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random
from typing import Any, Literal

Answer = Literal["admitted", "looked_at", "held", "stopped"]


@dataclass(frozen=True, slots=True)
class LastEdit:
    """The newest edit of the product in the record that may have arrived."""

    is_own_kind: bool
    is_own_run: bool
    content: Literal["same", "brand", "weight", "leaf"]
    """The same as the plan's, or the field in which it differs."""
    answer: Literal["", "in_audit", "relisted"]
    end: Literal["", "audit_ended", "undone"]
    is_young: bool
    """It may still be on its way."""
    had_failed: bool
    """The product showed a failed audit when it was sent."""


@dataclass(frozen=True, slots=True)
class EditCase:
    kind: Literal["relist", "undo"]
    is_dry: bool
    was_lost: bool
    """The answer to the job's edit was lost in an earlier run."""
    lost_place: Literal["", "looked_at", "admitted", "held"]
    """The place in the rollout that this edit has. `held`: the rollout has held the job since."""
    was_held: bool
    is_known: bool
    """This process has held the job."""
    is_held_now: bool
    """The rollout still holds it."""
    is_other_place: bool
    """The job's place is that of another edit."""
    over_review: bool
    is_second: bool
    """The decision is carried out once more, on another version."""
    has_plan: bool
    """The job must carry out a plan unchanged."""
    is_answered: bool
    """A person has answered the weight."""
    is_remembered: bool
    """This process remembers that the platform has accepted the edit."""
    is_quota_used: bool
    is_cancelled: bool
    has_rollout: bool
    last: LastEdit | None
    audit: Literal["APPROVED", "FAILED", "AUDITING", ""]
    is_in_leaf: bool
    """The live version is in the leaf of the plan."""
    is_weight_live: bool
    """It has the weight of the plan."""
    is_on_v2: bool
    version: Literal["", "ours", "without_answer", "sellers"]
    """The version under review; empty if there is none."""
    plan: Literal["edit", "already", "asks", "gone"]
    outdated: int
    """Reads after which another job of the product sends an edit."""
    slow_permits: int
    """Permits that come too late after the read."""
    slow_records: int
    """Entries that are durable too late after the read."""
    is_reviewed_later: bool
    """The second read shows a version under review."""
    gate: Answer
    reply: Literal["accepted", "lost", "error", "refused", "lease over", "stopped early", "stopped"]

    @property
    def plan_ends_as(self) -> str:
        """The outcome of a plan without an edit."""
        done = "done" if self.kind == "undo" else "already_v2"
        return {"edit": "planned", "already": done, "asks": "needs_input", "gone": "gone"}[self.plan]


def draw_case(random: Random) -> EditCase:
    """Likely values lead deep into the job; each of the others ends it early."""

    def often(share: float) -> bool:
        return random.random() < share

    def one(*choices: Any) -> Any:
        return random.choice(choices)

    is_dry, has_rollout = often(0.08), often(0.8)
    is_lost = not is_dry and often(0.3)
    last = LastEdit(
        often(0.8), often(0.7), one("same", "same", "same", "brand", "weight", "leaf"),
        one("", "", "in_audit", "relisted"), one("", "", "", "audit_ended", "undone"), often(0.3), often(0.3),
    )  # fmt: skip
    is_held = not is_dry and not is_lost and often(0.3)
    return EditCase(
        kind=one("relist", "relist", "undo"),
        is_dry=is_dry,
        was_lost=is_lost,
        lost_place=one("", "looked_at", "admitted", "held") if is_lost and has_rollout else "",
        was_held=is_held,
        is_known=often(0.5),
        is_held_now=is_held and often(0.4),
        is_other_place=often(0.15),
        is_second=often(0.2),
        has_plan=often(0.2),
        over_review=not is_held and often(0.1),
        is_answered=often(0.4),
        is_remembered=often(0.08),
        is_quota_used=often(0.1),
        is_cancelled=often(0.1),
        has_rollout=has_rollout,
        last=last if often(0.7) else None,
        audit=one("APPROVED", "APPROVED", "FAILED", "FAILED", "AUDITING", ""),
        is_in_leaf=often(0.5),
        is_weight_live=often(0.4),
        is_on_v2=often(0.5),
        version=one("", "", "ours", "without_answer", "sellers"),
        plan=one("edit", "edit", "edit", "edit", "already", "asks", "gone"),
        outdated=0 if is_dry else one(0, 0, 0, 0, 1, 9),
        slow_permits=one(0, 0, 0, 0, 0, 1, 2, 9),
        slow_records=one(0, 0, 0, 0, 0, 1, 2, 9),
        is_reviewed_later=often(0.2),
        gate=one("admitted", "looked_at", "looked_at", "held", "stopped"),
        reply=one(
            "accepted", "accepted", "accepted", "lost", "error", "refused", "lease over", "stopped early", "stopped"
        ),
    )


def told(case: EditCase) -> str:
    """The facts of a case that hold."""
    parts = []
    for each in fields(case):
        value = getattr(case, each.name)
        if value not in (False, "", None, 0):
            parts.append(each.name if value is True else f"{each.name}={value}")
    return ", ".join(parts)
