"""The state of the rollout: one small record a level, and one for the fleet. Working copies of a transaction.

Sizes: an open group is about 100 bytes, a leaf with sixteen fields 400, the closed window of a release at most 20 kB.
Times are server time in ms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rollout.cohort import Cohort
from rollout.policy import PolicyName

MOST_CAUSES = 256
MOST_RUNS = 1_000
MOST_EXAMPLES = 3
MOST_FIELDS_OF_A_LEAF = 128


@dataclass(slots=True)
class InAudit:
    shop_id: str
    sent: int
    rejected: bool = False
    """A rejection keeps its permit until the test is calm again."""


@dataclass(slots=True)
class Group:
    """One level: a release, a market, a rule, a decision, or a leaf."""

    version: int = 0
    """Raised by every commit; 0 = not stored yet."""
    used: int = 0
    """When it was last committed."""
    clean: int = 0
    """Read-backs that showed no damage."""
    looking: dict[str, int] = field(default_factory=dict)
    """Product whose read-back has not been reported -> when it was admitted."""
    auditing: dict[str, InAudit] = field(default_factory=dict)
    """Product that holds a permit of the gate."""
    passes: int = 0
    rejections: int = 0
    unknown: int = 0
    """Permits that expired before the audit ended."""
    best: int = 0
    """The highest that passes - 7 x rejections has been: what opens the gate, and keeps it open."""
    score: float = 0.0
    since: int = 0
    """When the score last left zero."""
    against: dict[str, int] = field(default_factory=dict)
    """Rejections since then: of a market or rule by the group they came from, of a decision by other decisions that
    the same edits carried."""
    accepted: float = 0.0
    """The rejection rate an operator has accepted."""
    examples: list[str] = field(default_factory=list)
    """The last products rejected."""
    fields: dict[str, int] = field(default_factory=dict)
    """In a leaf, field -> when the edit was admitted that proved it clean; negative where it was damaged."""
    asked: dict[str, tuple[str, int]] = field(default_factory=dict)
    """In a leaf, field -> the product whose read-back is to prove it, and when that was admitted."""
    cohort: Cohort = field(default_factory=Cohort)
    """In a market, how long audits take."""

    def restart(self) -> None:
        """Back to the start of its windows and tests; what an operator has accepted stays."""
        self.clean = self.passes = self.rejections = self.unknown = self.best = 0
        self.score, self.since = 0.0, 0
        self.looking, self.auditing, self.against, self.examples = {}, {}, {}, []


@dataclass(slots=True)
class Cause:
    """Why products are held: one decision, field, leaf, rule, market or release that was stopped."""

    key: str
    since: int
    why: str
    by: str
    """`read-back`, `audits` or `operator`."""
    examples: list[str] = field(default_factory=list)
    rate: float = 0.0
    """Rejections among its audits, for a stop by audits."""
    under: str = ""
    """The wider cause that explains this one."""
    alert_only: bool = False
    """Found while the rollout was off: nothing is held."""
    probing: bool = False
    """One product a leaf may be tried."""
    undo_asked: int = 0
    """When an operator asked for its edits to be undone; 0 = not."""


@dataclass(slots=True)
class Fleet:
    """State that all workers share: the causes, and the decisions of operators."""

    version: int = 0
    causes: dict[str, Cause] = field(default_factory=dict)
    voided: dict[str, int] = field(default_factory=dict)
    """Field -> confirmations by edits admitted up to then count no longer."""
    accepted: dict[str, int] = field(default_factory=dict)
    """Field -> when an operator accepted that the platform changes it."""
    runs: dict[str, PolicyName] = field(default_factory=dict)
    """Run -> its own policy."""


@dataclass(slots=True)
class Book:
    """The records that a transaction has read, and which of them it changed."""

    fleet: Fleet
    groups: dict[str, Group]
    changed: set[str] = field(default_factory=set)
    fleet_changed: bool = False

    def group(self, key: str) -> Group:
        """For reading; a KeyError is a transaction that did not name its keys."""
        return self.groups[key]

    def change(self, key: str) -> Group:
        self.changed.add(key)
        return self.groups[key]
