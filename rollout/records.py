"""The state of the rollout: one small record per level and one for the fleet. Transactions work on copies.

An open group has about 100 bytes, a leaf with sixteen fields 400, and the closed window of a release at most 20 kB.
Times are Redis server time in ms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rollout.cohort import Cohort
from rollout.policy import PolicyName

MAX_CAUSES = 256
MAX_RUNS = 1_000
MAX_EXAMPLES = 3
MAX_OVERDUE = 64
MAX_FIELDS_OF_A_LEAF = 128


@dataclass(slots=True)
class InAudit:
    shop_id: str
    sent: int
    rejected: bool = False
    """A rejected edit keeps its permit until the score of the test is zero again."""


@dataclass(slots=True)
class LevelRecord:
    """The record of a level: a release, market, rule, decision or leaf."""

    version: int = 0
    """Incremented by every commit; 0 means not stored yet."""
    used: int = 0
    """Time of the last commit."""
    clean: int = 0
    """Number of read-backs without damage."""
    looking: dict[str, int] = field(default_factory=dict)
    """Product with an unreported read-back -> time of admission."""
    auditing: dict[str, InAudit] = field(default_factory=dict)
    """Products that hold a permit of the gate."""
    passes: int = 0
    rejections: int = 0
    unknown: int = 0
    """Number of permits that expired before the audit ended, except those whose audit has passed since."""
    best: int = 0
    """The highest value so far of passes - 7 x rejections - unknown, which opens the gate and keeps it open."""
    filled: int = 0
    """Time at which the last of the first edits that hold a permit of the gate was sent; 0 until then."""
    score: float = 0.0
    since: int = 0
    """Time at which the score last left zero."""
    against: dict[str, int] = field(default_factory=dict)
    """Rejections since then: of a market or rule by group, of a decision by the other decisions of the same edits."""
    accepted: float = 0.0
    """The rejection rate that an operator accepted."""
    examples: list[str] = field(default_factory=list)
    """The products rejected last."""
    fields: dict[str, int] = field(default_factory=dict)
    """In a leaf: field -> admission time of the edit that proved it undamaged; negative if the field was damaged."""
    asked: dict[str, tuple[str, int]] = field(default_factory=dict)
    """In a leaf: field -> the product whose read-back will check it, and its time of admission."""
    changed: dict[str, float] = field(default_factory=dict)
    """In a leaf: field -> read-backs in succession that found another value. In a release: field -> score of their
    test."""
    cohort: Cohort = field(default_factory=Cohort)
    """In a market: the duration of audits."""
    gated: dict[str, tuple[int, int]] = field(default_factory=dict)
    """In a release: leaf whose gate is closed -> its edits in audit, and when one last began or ended; oldest first."""
    rises: dict[str, int] = field(default_factory=dict)
    """In a market: decision or leaf whose score has left zero -> passes of the market until then."""
    overdue: list[str] = field(default_factory=list)
    """The latest products whose permits are counted in `unknown`."""

    def restart(self) -> None:
        """Restarts windows and tests, but keeps what an operator accepted."""
        self.clean = self.passes = self.rejections = self.unknown = self.best = 0
        self.score, self.since, self.filled = 0.0, 0, 0
        self.looking, self.auditing, self.against, self.examples = {}, {}, {}, []
        self.gated, self.changed, self.rises, self.overdue = {}, {}, {}, []


@dataclass(slots=True)
class StopCause:
    """The reason why products are held: a stopped decision, field, leaf, rule, market or release."""

    key: str
    since: int
    why: str
    by: str
    """`read-back`, `audits` or `operator`."""
    examples: list[str] = field(default_factory=list)
    rate: float = 0.0
    """Number of rejected audits, for a stop by audits."""
    under: str = ""
    """The key of the wider cause that explains this one."""
    alert_only: bool = False
    """Whether it was found while the rollout was off, so that nothing is held."""
    probing: bool = False
    """Whether one product per leaf may be tried."""
    undo_asked: int = 0
    """Time at which an operator requested the undo of its edits; 0 if not."""


@dataclass(slots=True)
class RolloutState:
    """State shared by all workers: the causes and the operators' decisions."""

    version: int = 0
    causes: dict[str, StopCause] = field(default_factory=dict)
    voided: dict[str, int] = field(default_factory=dict)
    """Field -> time of admission up to which confirmations are void."""
    accepted: dict[str, int] = field(default_factory=dict)
    """Field -> time at which an operator accepted that the platform changes it."""
    runs: dict[str, PolicyName] = field(default_factory=dict)
    """Run id -> policy that replaces the fleet's."""


@dataclass(slots=True)
class Book:
    """The records that a transaction has read and the keys of those it has changed."""

    fleet: RolloutState
    groups: dict[str, LevelRecord]
    changed: set[str] = field(default_factory=set)
    fleet_changed: bool = False

    def group(self, key: str) -> LevelRecord:
        """Returns a record to read. A KeyError means that the transaction did not name the key."""
        return self.groups[key]

    def change(self, key: str) -> LevelRecord:
        self.changed.add(key)
        return self.groups[key]
