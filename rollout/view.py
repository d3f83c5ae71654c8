"""A process's cached view of the rollout, which admits edits of open levels without a round trip. No I/O."""

from __future__ import annotations

from rollout.admission import gate_is_open, held_by, is_confirmed
from rollout.edit import Edit
from rollout.outcome import Admitted, Held, Permit
from rollout.policy import PolicyName, RolloutPolicy
from rollout.records import Book, RolloutState
from rollout.stops import covering_cause, unconfirmed

MAX_KNOWN = 100_000
"""Number of levels in the cache; when it is full, the cache is cleared."""


class View:
    """Valid for one epoch. Every stop increments the epoch, and a process that reads a new one clears its view."""

    def __init__(self) -> None:
        self.epoch = -1
        self._fleet = RolloutState()
        self._open: set[tuple[str, str]] = set()
        self._fields: dict[str, dict[str, int]] = {}

    def admit(self, edit: Edit, policy: RolloutPolicy, now: int) -> Admitted | Held | None:
        """Admits or holds the edit from the cache; None if the shared records must decide."""
        if self.epoch < 0:
            return None
        fields = self._fields.get(edit.leaf_key)
        if self._fleet.causes:
            cause = covering_cause(self._fleet, edit, fields or {})
            if cause is not None:
                by_field = cause.key.startswith("field/")
                return None if by_field and fields is None else held_by(cause)
        if not policy.holds:
            return Admitted(Permit(edit, now), read_back=False)
        name, known = policy.name, self._open
        if fields is None or not all((name, key) in known for key in _must_be_open(edit, policy)):
            return None
        if not edit.undoes and unconfirmed(edit, fields, self._fleet):
            return None
        return Admitted(Permit(edit, now), read_back=False)

    @property
    def runs(self) -> dict[str, PolicyName]:
        """The policies of individual runs."""
        return self._fleet.runs

    def learn(self, epoch: int, book: Book, policy: RolloutPolicy) -> None:
        """Caches the records read or written by a transaction at that epoch."""
        if epoch != self.epoch or len(self._open) + len(self._fields) > MAX_KNOWN:
            self.forget()
            self.epoch = epoch
        self._fleet = book.fleet
        for key, group in book.groups.items():
            kind = key.split("/", 1)[0]
            is_open = (kind == "release" and is_confirmed(group, policy.release_looks)) or (
                kind == "decision" and gate_is_open(group, policy.decision_gate)
            )
            if kind == "leaf":
                self._fields[key] = dict(group.fields)
                is_open = is_confirmed(group, policy.leaf_looks)
                if policy.own_leaf_gate and gate_is_open(group, policy.own_leaf_gate):
                    self._open.add((policy.name, f"own_{key}"))
            if is_open:
                self._open.add((policy.name, key))

    def forget(self) -> None:
        self.epoch = -1
        self._fleet = RolloutState()
        self._open = set()
        self._fields = {}


def _must_be_open(edit: Edit, policy: RolloutPolicy) -> tuple[str, ...]:
    own = (f"own_{edit.leaf_key}",) if policy.own_leaf_gate and not edit.decisions else ()
    return (edit.release_key, edit.release_market_key, edit.leaf_key, *edit.decision_keys, *own)
