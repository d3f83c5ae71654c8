"""An in-memory store of the rollout's records, with every level and without other processes."""

from __future__ import annotations

from dataclasses import dataclass, field

from rollout.admission import admit
from rollout.audit_evidence import audit_ended
from rollout.edit import Decision, Edit
from rollout.outcome import Admitted, Held, Permit, ReadBack
from rollout.policy import NORMAL, RolloutPolicy
from rollout.read_back_evidence import read_back_ended
from rollout.records import Book, LevelRecord, RolloutState

MAPPING = Decision("mapping", "abc", "600001", "700001")


def an_edit(
    product: int | str = 1,
    *,
    leaf: str = "700001",
    shop: str = "s1",
    market: str = "MX",
    decisions: tuple[Decision, ...] = (),
    fields: tuple[str, ...] = ("title",),
    run: str = "",
) -> Edit:
    return Edit(shop, str(product), market, "r1", leaf, decisions, frozenset(fields), run)


@dataclass
class RolloutBook:
    """Decides on one set of records. Tests move `now` (milliseconds)."""

    policy: RolloutPolicy = NORMAL
    now: int = 1_000
    fleet: RolloutState = field(default_factory=RolloutState)
    groups: dict[str, LevelRecord] = field(default_factory=dict)

    def book(self, edit: Edit) -> Book:
        return Book(self.fleet, {key: self.groups.setdefault(key, LevelRecord()) for key in edit.keys})

    def ask(self, edit: Edit) -> Admitted | Held:
        return admit(self.book(edit), edit, self.policy, self.now)

    def admit(self, edit: Edit) -> Permit:
        answer = self.ask(edit)
        assert isinstance(answer, Admitted), answer
        return answer.permit

    def hold(self, edit: Edit) -> Held:
        answer = self.ask(edit)
        assert isinstance(answer, Held), answer
        return answer

    def report(self, permit: Permit, result: ReadBack) -> None:
        read_back_ended(self.book(permit.edit), permit, result, self.policy, self.now)

    def audit(self, permit: Permit, *, rejected: bool = False) -> None:
        audit_ended(self.book(permit.edit), permit, rejected, self.policy, self.now)

    def open_windows(self, *edits: Edit) -> None:
        """Opens the windows, as hundreds of clean read-backs of such edits would."""
        for edit in edits:
            book = self.book(edit)
            for key in (edit.release_key, edit.release_market_key, edit.leaf_key):
                book.groups[key].clean = 10_000
            for name in edit.fields:
                book.groups[edit.leaf_key].fields[name] = self.now

    @property
    def stopped(self) -> list[str]:
        """The named causes, without those that a wider cause explains."""
        return sorted(key for key, cause in self.fleet.causes.items() if not cause.under)
