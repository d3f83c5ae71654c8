"""Runs the undo job on random histories: which edits it undoes, how it ends, and which entries it marks as undone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, Literal

from model.job import Job, undo_job_id
from model.job_state import UndoState
from model.outcome import Outcome, Reason
from record.entry import BadEntry, NewEvent, StoredEdit, StoredEvent
from relisting.inputs import RestoreListing
from relisting.planned import AlreadyMigrated, NeedsInput, PlannedEdit
from tests.simulation.pipeline.exercise_edit import NOW, PRODUCT, RUN, SHOP, carry_out
from worker.engine.results import Continue, Done, Result
from worker.jobs import undo as undo_module
from worker.jobs.undo import Undo

Effect = Literal["live", "rejected", "in audit", "made live", "unanswered", "refused", "not sent"]
EFFECTS: tuple[Effect, ...] = ("live", "live", "rejected", "in audit", "made live", "unanswered", "refused", "not sent")
TOOK_EFFECT = frozenset({"live", "in audit", "made live"})
OUTCOMES: dict[Effect, list[tuple[str, str]]] = {
    "live": [("answered", "in_audit"), ("audit_ended", "relisted")],
    "rejected": [("answered", "in_audit"), ("audit_ended", "rejected")],
    "in audit": [("answered", "in_audit")],
    "made live": [("answered", "relisted")],
    "unanswered": [],
    "refused": [("refused", "")],
    "not sent": [("not_sent", "")],
}


@dataclass(frozen=True, slots=True)
class Entry:
    number: int
    effect: Effect
    is_covered: bool
    """The undo names it."""
    is_readable: bool
    is_creation: bool
    is_nameless: bool
    """It cannot be read, not even its number: it may be any edit of the product."""


@dataclass(frozen=True, slots=True)
class UndoCase:
    entries: tuple[Entry, ...]
    damaged_field: str
    by_time: bool
    """A release without numbers named the entry by its time."""
    is_dry: bool
    plan: Literal["edit", "nothing", "asks"]
    end: Literal["in_audit", "relisted", "waiting", "goes on"]


@dataclass(frozen=True, slots=True)
class UndoSeen:
    outcome: str
    restores: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """The edits that are undone, oldest first, and their fields that count as damaged."""
    marked: tuple[int, ...] = ()
    """The entries that are marked as undone."""


def draw_undo_case(random: Random) -> UndoCase:
    def often(share: float) -> bool:
        return random.random() < share

    by_time = often(0.15)
    entries = tuple(
        Entry(number, random.choice(EFFECTS), often(0.7), often(0.95) or by_time, often(0.1), often(0.03))
        for number in range(1, 1 + random.randint(0, 5))
    )
    damaged, plan = random.choice(("", "", "description")), random.choice(("edit", "edit", "edit", "nothing", "asks"))
    end = random.choice(("in_audit", "in_audit", "relisted", "waiting", "goes on"))
    return UndoCase(entries, damaged, by_time, often(0.15), plan, end)  # type: ignore[arg-type]


def expected_undo(case: UndoCase) -> UndoSeen:
    covered = [each for each in case.entries if each.is_covered]
    if case.by_time:
        covered = covered[:1]
    found = [each for each in covered if not each.is_nameless]
    if any(each.is_nameless for each in case.entries) or not all(each.is_readable for each in found):
        return UndoSeen("failed: record_unreadable: it is damaged")
    if not found:
        return UndoSeen("failed: record_unreadable: no entry")
    effective = [each for each in covered if each.effect in TOOK_EFFECT and not each.is_creation]
    if not effective:
        return UndoSeen("done: nothing took effect")
    fields = (case.damaged_field,) if case.damaged_field else ()
    restores = tuple((each.number, fields) for each in effective)
    if case.plan == "nothing":
        return UndoSeen("done: nothing to restore", restores)
    if case.plan == "asks":
        return UndoSeen("needs_input: asked", restores)
    if case.is_dry:
        return UndoSeen("planned", restores)
    is_accepted = case.end in ("in_audit", "relisted")
    return UndoSeen(case.end, restores, tuple(each.number for each in effective) if is_accepted else ())


def exercise_undo_job(random: Random, report: Callable[[str], None], tell: Callable[[str], None], cases: int) -> None:
    """Ends at the first case in which both differ."""
    for number in range(cases):
        case = draw_undo_case(random)
        seen, right = _Stage(case).run(), expected_undo(case)
        if seen != right:
            tell(f"an undo of no shop, case {number}: {case}")
            report(f"undo: in case {number} an undo job ends as {seen} instead of {right}")
            return


class _Stage:
    """The record, the plan and the edit of one undo."""

    def __init__(self, case: UndoCase) -> None:
        self.case = case
        self.restores: list[tuple[int, tuple[str, ...]]] = []
        self.marked: list[int] = []
        numbers = tuple(each.number for each in case.entries if each.is_covered)
        first = next(iter(numbers), 0)
        state = UndoState(
            edits=() if case.by_time else numbers,
            edited_at=_time(first) if case.by_time else "",
            damaged_field=case.damaged_field,
        )
        self.job = Job(SHOP.shop_id, undo_job_id(PRODUCT), "undo", run_id=RUN, state=state, dry_run=case.is_dry)
        self.services: Any = SimpleNamespace(record=self, client_for=self._client, now=lambda: NOW)

    def run(self) -> UndoSeen:
        with _replaced(edit=self._edit, Planning=lambda *_: self):
            try:
                result: Result | str = carry_out(Undo(self.services)(self.job, self))  # type: ignore[arg-type]
            except Exception as error:  # The story tells what a mistake leads to.
                result = f"{type(error).__name__}: {error}"
        if isinstance(result, Continue):
            return UndoSeen("goes on", tuple(self.restores), tuple(self.marked))
        if not isinstance(result, Done):
            return UndoSeen(str(result))
        outcome, name = result.outcome, result.outcome.outcome
        if outcome.reasons:
            name += f": {outcome.reasons[0].code}"
            name += "".join(f": {why}" for why in ("it is damaged", "no entry") if why in outcome.reasons[0].message)
        elif outcome.warnings:
            name += ": nothing to restore" if outcome.warnings[-1] == "nothing to restore" else ": nothing took effect"
        return UndoSeen(name, tuple(self.restores), tuple(self.marked))

    async def _client(self, *arguments: Any) -> tuple[Any, Any]:
        return SHOP, self

    async def _edit(self, services: Any, job: Job, shop: Any, client: Any, permits: Any, planner: Any) -> Result:
        planned = await planner({"id": PRODUCT})
        if isinstance(planned, PlannedEdit):
            if self.case.end == "goes on":
                return Continue(self.job, 1.0)
            return Done(Outcome(self.case.end, "1"))
        found: Result = planned
        return found

    async def plan(self, product: Any, task: RestoreListing) -> PlannedEdit | AlreadyMigrated | NeedsInput:
        for made in task.edits:
            self.restores.append((int(made.before["update_time"]), tuple(sorted(made.damaged))))
        if self.case.plan == "asks":
            return NeedsInput((Reason("asked", "The leaf needs a value.", "seller"),), "1")
        return PlannedEdit({}, "1", "before_image") if self.case.plan == "edit" else AlreadyMigrated("1", "search")

    async def edits(self, scope: Any) -> AsyncIterator[StoredEdit | BadEntry]:
        for each in self.case.entries:
            if each.is_nameless or not each.is_readable:
                yield BadEntry(None if each.is_nameless else each.number, SHOP.shop_id, PRODUCT, "it is damaged")
                continue
            at = NOW + timedelta(seconds=each.number)
            events = tuple(
                StoredEvent(place, each.number, at, name, {"outcome": outcome})  # type: ignore[arg-type]
                for place, (name, outcome) in enumerate(OUTCOMES[each.effect])
            )
            before = None if each.is_creation else {"update_time": each.number}
            yield StoredEdit(
                each.number, at, SHOP.shop_id, PRODUCT, "relist", RUN, "mapping", {"category_id": "1"}, before, "", {},
                "", "", 1, events,
            )  # fmt: skip

    async def append_event(self, event: NewEvent, state: Any) -> None:
        if event.name == "undone":
            self.marked.append(event.edit_id)


def _time(number: int) -> str:
    return (NOW + timedelta(seconds=number)).isoformat()


@contextmanager
def _replaced(**stand_ins: Any) -> Iterator[None]:
    names = vars(undo_module)
    usual = {name: names[name] for name in stand_ins}
    names.update(stand_ins)
    try:
        yield
    finally:
        names.update(usual)
