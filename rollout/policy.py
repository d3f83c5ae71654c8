"""How careful a rollout is: the numbers of `careful`, `normal` and `off` (docs/decisions/0019-rollout.md). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PolicyName = Literal["careful", "normal", "off"]


@dataclass(frozen=True, slots=True)
class Gate:
    """How many edits of a group may be in audit at once until enough audits have passed."""

    cap: int
    per_pass: int
    """Each pass raises the cap by this."""
    open_at: int
    """The gate opens once passes - 7 x rejections has reached this."""


@dataclass(frozen=True, slots=True)
class Policy:
    name: PolicyName
    release_window: int
    """Unconfirmed edits of a release at first; doubles with each round that came back clean."""
    release_looks: int
    """Clean read-backs after which the window of a release is open."""
    leaf_looks: int
    """Clean read-backs after which a leaf is open."""
    sample_every: int
    """One edit of this many is read back once everything is open."""
    decision_gate: Gate
    own_leaf_gate: Gate | None
    holds: bool = True
    """False: sample and alert, and hold nothing."""

    def window(self, clean: int) -> int:
        """Unconfirmed edits a release may have after this many clean read-backs: 16, 32 after 16, 64 after 48."""
        rounds = (clean // self.release_window + 1).bit_length() - 1
        return self.release_window << rounds


NORMAL = Policy("normal", 16, 200, 2, 100, Gate(12, 0, 9), None)
CAREFUL = Policy("careful", 8, 200, 3, 50, Gate(6, 0, 20), Gate(20, 9, 20))
OFF = Policy("off", 16, 200, 2, 100, Gate(12, 0, 9), None, holds=False)
POLICIES: dict[PolicyName, Policy] = {each.name: each for each in (CAREFUL, NORMAL, OFF)}
