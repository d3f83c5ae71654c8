"""The parameters of the policies `careful`, `normal` and `off` (docs/decisions/0019-rollout.md). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PolicyName = Literal["careful", "normal", "off"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Limits the edits of a group that may be in audit at once until enough audits have passed."""

    cap: int
    per_pass: int
    """Increase of the cap per passed audit."""
    open_at: int
    """The gate opens when passes - 7 x rejections - unknown reaches this value."""
    most_of_the_first: int = 0
    """The gate stays closed while more of its first edits, as many as its cap, are in audit."""

    @property
    def most_until_the_first_end(self) -> int:
        """Edits that are sent until then, since the places of those that pass soon are used again."""
        return self.cap + self.cap // 3


@dataclass(frozen=True, slots=True)
class RolloutPolicy:
    name: PolicyName
    release_window: int
    """Number of unconfirmed edits of a release at first; it doubles with each clean round."""
    release_looks: int
    """Number of clean read-backs that opens the window of a release."""
    leaf_looks: int
    """Number of clean read-backs that opens a leaf."""
    sample_every: int
    """One edit in this many is read back when all windows are open."""
    decision_gate: Gate
    own_leaf_gate: Gate | None
    own_leaf_fleet: Gate | None = None
    """Limits the edits in audit of all leaves whose gates are closed; it never opens, but grows with each pass."""
    holds: bool = True
    """With False the rollout samples and alerts but holds nothing."""

    def window(self, clean: int) -> int:
        """Number of unconfirmed edits allowed to a release after `clean` clean read-backs: 16, 32 after 16, 64 after
        48.
        """
        rounds = (clean // self.release_window + 1).bit_length() - 1
        return self.release_window << rounds


NORMAL = RolloutPolicy("normal", 16, 200, 2, 100, Gate(12, 0, 9, 4), None)
CAREFUL = RolloutPolicy("careful", 8, 200, 3, 50, Gate(6, 0, 20, 1), Gate(20, 9, 20, 5), Gate(1_000, 9, 0))
OFF = RolloutPolicy("off", 16, 200, 2, 100, Gate(12, 0, 9, 4), None, holds=False)
POLICIES: dict[PolicyName, RolloutPolicy] = {each.name: each for each in (CAREFUL, NORMAL, OFF)}
