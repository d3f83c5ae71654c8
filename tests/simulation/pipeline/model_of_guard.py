"""The right decisions of the rollout, written a second time: admissions, looks, audits of one market and release.

Tests of whole markets and rules are not modelled: their causes, their counts and the duration of audits are given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import log

from rollout.edit import Edit
from rollout.outcome import Permit
from rollout.policy import Gate, RolloutPolicy

PATIENCE_MS = 120_000
"""After this time a look whose worker died no longer counts."""
LATE_MS = 10 * PATIENCE_MS
REJECTION = 7
"""Passes that outweigh a rejection."""
PLACES_PER_PASS = 8
STOP_DECISION, STOP_LEAF, STOP_CHANGED = 10.0, 14.0, 10.0
STOPPED_RETRY, RELEASE_RETRY, LEAF_RETRY = 60.0, 2.0, 1.0
"""Seconds until the next try of a held edit."""
MOST_OF_A_MARKET = 3
"""Rejections of one market that count in the test of all markets."""


@dataclass(slots=True)
class Sent:
    shop: str
    at: int
    was_rejected: bool = False


@dataclass(slots=True)
class Level:
    clean: int = 0
    looking: dict[str, int] = field(default_factory=dict)
    auditing: dict[str, Sent] = field(default_factory=dict)
    passes: int = 0
    rejections: int = 0
    overdue: dict[str, str] = field(default_factory=dict)
    """Product whose audit has not passed in time -> its shop."""
    best: int = 0
    filled: int = 0
    score: float = 0.0
    against: int = 0
    """Rejections of the market since the score was zero, in the test of all markets."""

    @property
    def unknown(self) -> int:
        return len(self.overdue)

    @property
    def evidence(self) -> int:
        return self.passes - REJECTION * self.rejections - self.unknown

    @property
    def in_audit(self) -> int:
        return sum(not each.was_rejected for each in self.auditing.values())

    def is_overtaken(self, gate: Gate) -> bool:
        """Too many of the first edits are still in audit."""
        first = [each for each in self.auditing.values() if not self.filled or each.at <= self.filled]
        return sum(not each.was_rejected for each in first) > gate.most_of_the_first

    def is_open(self, gate: Gate) -> bool:
        return self.best >= gate.open_at and not self.is_overtaken(gate)

    def places(self, gate: Gate) -> int:
        if gate.per_pass:
            return gate.cap + gate.per_pass * self.passes
        doubts = len(set(self.overdue.values())) + self.rejections
        kept = len(self.auditing) - self.in_audit
        places = min(max(2, gate.cap // 4) + kept, gate.cap) if doubts > self.passes / 2 else gate.cap
        if not self.is_overtaken(gate):
            return places + PLACES_PER_PASS * max(self.evidence, 0)
        sent = self.passes + self.rejections + self.unknown + self.in_audit
        return places if sent < gate.cap + gate.cap // 3 else 0

    def count(self, was_rejected: bool, p0: float) -> None:
        p1 = max(0.30, min(2 * p0, 0.95))
        self.passes, self.rejections = self.passes + (not was_rejected), self.rejections + was_rejected
        change = log(p1 / p0) if was_rejected else log((1 - p1) / (1 - p0))
        self.score = max(0.0, self.score + change)
        self.best = max(self.best, self.evidence)
        if self.score == 0.0:
            self.against = 0
            self.auditing = {name: each for name, each in self.auditing.items() if not each.was_rejected}


@dataclass(slots=True)
class ModelOfGuard:
    policy: RolloutPolicy
    levels: dict[str, Level]
    causes: set[str] = field(default_factory=set)
    replaced: dict[str, str] = field(default_factory=dict)
    """Cause -> the wider cause that has replaced it; given."""
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    """Leaf -> field -> time of the edit that showed it whole; negative if it was damaged."""
    asked: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)
    changed: dict[str, Counter[str]] = field(default_factory=dict)
    """Leaf -> field -> looks in succession that found another value."""
    scores: dict[str, float] = field(default_factory=dict)
    """Field -> score of the test of the release."""
    voided: dict[str, int] = field(default_factory=dict)
    gated: dict[str, int] = field(default_factory=dict)
    """Leaf with a closed gate -> its edits in audit."""
    gated_at: dict[str, int] = field(default_factory=dict)

    def admit(self, edit: Edit, patience: int, now: int) -> tuple[str, bool, float] | Permit:
        """The key for which the edit waits, whether it is stopped and the seconds until its next try; or its permit."""
        if not self.policy.holds:
            return Permit(edit, now)
        if cause := self._cause(edit):
            return cause, True, STOPPED_RETRY
        policy, product, windows = self.policy, edit.product, list[str]()
        for key, looks, most in (
            (edit.release_key, policy.release_looks, None),
            (edit.release_market_key, policy.release_looks, None),
            (edit.leaf_key, policy.leaf_looks, policy.leaf_looks),
        ):
            level = self.levels[key]
            if level.clean >= looks:
                continue
            if most is None:
                most = policy.release_window
                while level.clean >= 2 * most - policy.release_window:
                    most *= 2
            others = sum(now - at < PATIENCE_MS for at in level.looking.values())
            if product not in level.looking and others >= most:
                return key, False, LEAF_RETRY if key == edit.leaf_key else RELEASE_RETRY
            windows.append(key)
        # An undo shows no field, because each product gets other values back.
        names = [] if edit.undoes else self._unconfirmed(edit)
        asked = self.asked.setdefault(edit.leaf_key, {})
        if any(asked[name][0] != product and now - asked[name][1] < PATIENCE_MS for name in names if name in asked):
            return edit.leaf_key, False, LEAF_RETRY
        gates = self._closed_gates(edit)
        for key, gate in gates:
            if not self._has_place(key, gate, edit, patience, now):
                first = next(iter(self.levels[key].auditing.values()), None)
                return key, False, _gate_retry(now - first.at if first else 0, patience)
        if gates and not edit.decisions and policy.own_leaf_fleet and not self._fleet_has_place(edit, patience, now):
            first_at = min((self.gated_at[leaf] for leaf in self.gated), default=now)
            return edit.leaf_key, False, _gate_retry(now - first_at, patience)
        for key in windows:
            looking = self.levels[key].looking
            self.levels[key].looking = {name: at for name, at in looking.items() if now - at < PATIENCE_MS}
            self.levels[key].looking[product] = now
        asked.update((name, (product, now)) for name in names)
        for key, gate in gates:
            level = self.levels[key]
            level.overdue.pop(product, None)
            level.auditing[product] = Sent(edit.shop_id, now)
            sent = level.passes + level.rejections + level.unknown + level.in_audit
            level.filled = level.filled or (now if sent >= gate.cap else 0)
            self._note_gated(edit, key, now)
        return Permit(edit, now, tuple(dict.fromkeys((*windows, *(key for key, _ in gates)))), tuple(names))

    def _cause(self, edit: Edit) -> str:
        names = sorted(self._unconfirmed(edit))
        of_fields = [key for name in names for key in (f"field/{name}", edit.field_key(name))]
        # A cause does not hold what undoes its edits, nor do those that it explains, directly or through others.
        own = {edit.undoes} - {""}
        for _ in self.replaced:
            own |= {key for key, wide in self.replaced.items() if wide in own}
        return next((key for key in (*edit.keys, *of_fields) if key in self.causes and key not in own), "")

    def _unconfirmed(self, edit: Edit) -> list[str]:
        known = self.fields.setdefault(edit.leaf_key, {})
        return [name for name in edit.fields if known.get(name, 0) <= self.voided.get(name, 0)]

    def _closed_gates(self, edit: Edit) -> list[tuple[str, Gate]]:
        """The decision of the edit, then the same decision in all markets; its leaf if it has none."""
        policy = self.policy
        if edit.decisions:
            own = [key for key in edit.decision_keys if not self.levels[key].is_open(policy.decision_gate)]
            # An undo is a decision of its market.
            shared = [edit.shared_keys[key] for key in own if key in edit.shared_keys]
            own += [key for key in shared if not self.levels[key].is_open(policy.decision_gate)]
            return [(key, policy.decision_gate) for key in own]
        gate = policy.own_leaf_gate
        return [(edit.leaf_key, gate)] if gate and not self.levels[edit.leaf_key].is_open(gate) else []

    def _has_place(self, key: str, gate: Gate, edit: Edit, patience: int, now: int) -> bool:
        level = self.levels[key]
        if edit.product in level.auditing:
            return True
        for product, each in list(level.auditing.items()):
            if now - each.at > patience:
                if not each.was_rejected:
                    level.overdue[product] = each.shop
                del level.auditing[product]
        places = level.places(gate)
        own = sum(each.shop == edit.shop_id for each in level.auditing.values())
        # Half of the places are for any shop, and the others for shops that have none.
        return len(level.auditing) < places and (not own or own < (places + 1) // 2)

    def _fleet_has_place(self, edit: Edit, patience: int, now: int) -> bool:
        if edit.product in self.levels[edit.leaf_key].auditing:
            return True
        self.gated = {leaf: count for leaf, count in self.gated.items() if now - self.gated_at[leaf] <= patience}
        gate = self.policy.own_leaf_fleet
        assert gate is not None
        return sum(self.gated.values()) < gate.cap + gate.per_pass * self.levels[edit.release_key].passes

    def _note_gated(self, edit: Edit, key: str, now: int) -> None:
        if key == edit.leaf_key:
            self.gated.pop(key, None)
            if count := len(self.levels[key].auditing):
                self.gated[key], self.gated_at[key] = count, now

    # --- looks ------------------------------------------------------------------------------------------------------

    def look_ended(self, permit: Permit, result: str, names: tuple[str, ...], now: int) -> None:
        """`result`: Clean, Changed, Damaged, NotSeen or NotSent."""
        edit, product = permit.edit, permit.edit.product
        for key in permit.windows:
            level = self.levels[key]
            if result == "Changed" and key.startswith("release/"):
                continue
            if product in level.looking:
                level.clean += result == "Clean" and now - level.looking[product] < LATE_MS
                del level.looking[product]
            if result == "NotSent":
                level.overdue.pop(product, None)
            if result == "NotSent" and product in level.auditing:
                del level.auditing[product]
                self._note_gated(edit, key, now)
        asked, known = self.asked.setdefault(edit.leaf_key, {}), self.fields.setdefault(edit.leaf_key, {})
        for name in [name for name in permit.looks if asked.get(name, ("",))[0] == product]:
            del asked[name]
        if edit.undoes:
            return
        changed = self.changed.setdefault(edit.leaf_key, Counter())
        if result == "Clean":
            for name in edit.fields:
                changed.pop(name, None)
                self.scores[name] = max(0.0, self.scores.get(name, 0.0) + log(0.5 / 0.97))
                if abs(known.get(name, 0)) < permit.admitted:
                    known[name] = permit.admitted
        elif result == "Damaged":
            self._damaged(edit, names, permit.admitted, now, set())
        elif result == "Changed":
            here = set()
            everywhere = set()
            for name in edit.fields.intersection(names):
                changed[name] += 1
                self.scores[name] = self.scores.get(name, 0.0) + log(0.5 / 0.03)
                if self.scores[name] >= STOP_CHANGED:
                    everywhere.add(name)
                elif changed[name] >= 3:
                    here.add(name)
            for name in here | everywhere:
                changed.pop(name, None)
                self.scores.pop(name, None)
            self._damaged(edit, tuple(here | everywhere), permit.admitted, now, everywhere)

    def _damaged(self, edit: Edit, names: tuple[str, ...], admitted: int, now: int, everywhere: set[str]) -> None:
        known, asked = self.fields[edit.leaf_key], self.asked[edit.leaf_key]
        for name in names:
            asked.pop(name, None)
            was_whole = known.get(name, 0) > self.voided.get(name, 0)
            known[name] = -now
            wide, here = f"field/{name}", edit.field_key(name)
            in_others = any(key.startswith(f"{wide}/") and key != here for key in self.causes)
            is_known = wide in self.causes
            if not (was_whole or in_others or is_known or name in everywhere):
                self.causes.add(here)
                continue
            self.causes.add(wide)
            if was_whole or not is_known:
                self.voided[name] = max(self.voided.get(name, 0), admitted)
        if names and sum(key.startswith("field/") and key.count("/") == 1 for key in self.causes) >= 3:
            self.causes.add(edit.release_key)

    # --- audits -----------------------------------------------------------------------------------------------------

    def audit_ended(self, permit: Permit, was_rejected: bool, p0: float, now: int) -> None:
        edit = permit.edit
        is_covered = self.policy.holds and any(key in self.causes for key in edit.keys)
        for key in permit.windows:
            level = self.levels[key]
            if edit.product not in level.auditing:
                if not was_rejected:
                    level.overdue.pop(edit.product, None)
                continue
            if was_rejected and not is_covered:
                level.auditing[edit.product].was_rejected = True
            else:
                del level.auditing[edit.product]
            if key == edit.leaf_key:
                self._note_gated(edit, key, now)
                self.levels[edit.release_key].passes += not was_rejected
        if is_covered:
            return
        for key in edit.decision_keys or (edit.leaf_key,):
            self.levels[key].count(was_rejected, p0)
        for key in edit.shared_keys.values():
            level = self.levels[key]
            if was_rejected and level.against >= MOST_OF_A_MARKET:
                level.rejections += 1
            else:
                level.against += was_rejected
                level.count(was_rejected, p0)
        for key in edit.decision_keys or (edit.leaf_key,):
            limit = STOP_DECISION if edit.decisions else STOP_LEAF
            if was_rejected and self.levels[key].score >= limit:
                self.causes.add(key)


def _gate_retry(age: int, patience: int) -> float:
    """Seconds until the next try: a twentieth of the first edit's age in ms, and of half the patience at most."""
    return max(2.0, min(3_600.0, age / 20_000, patience / 40_000))
