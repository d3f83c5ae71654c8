"""The job that follows an audit, written a second time: worker/jobs/audit.py and read_back.py."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.simulation.pipeline.audit_cases import AuditCase

POLL_SECONDS = 60.0
SETTLING, REPLACED_AFTER, V2_AFTER = 30, 120, 3_600
SECOND_LOOK = 1.0
FIRST_LOOKS, NEXT_LOOK, SHORTEST_PAUSE = 3, 20.0, 0.5
ENTRY = 55


@dataclass(frozen=True, slots=True)
class Looked:
    """Result of a look at a version, and the fields that differ."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditExpected:
    """The visible effects of a run."""

    result: str
    seconds: float = 0.0
    """Until the next run."""
    keeps_notice: bool = False
    look: tuple[object, ...] = ()
    """The read-back in the job's state: whether it has ended, its looks, what differed, and whether it is late."""
    events: tuple[str, ...] = ()
    """The recorded events."""
    reports: tuple[str, ...] = ()
    """Reports to the rollout about looks and places."""
    ends: tuple[bool, ...] = ()
    """Reports to the rollout about audits: whether they have rejected the edit."""
    is_repeated: bool = False
    """A job edits the product again."""
    woken: int = 0
    """How often held edits are woken."""
    is_deactivated: bool = False
    is_forgotten: bool = False
    """The product no longer counts as in audit."""


def audit_expected(case: AuditCase, reviewed: Looked, live: Looked) -> AuditExpected:
    return _Run(case, reviewed, live).run()


class _Run:
    def __init__(self, case: AuditCase, reviewed: Looked, live: Looked) -> None:
        self.case, self.reviewed, self.live = case, reviewed, live
        self.notice = "" if case.is_old_notice else case.notice
        """The end of this audit, according to a webhook."""
        self.is_elsewhere = not (case.leaf == "edit" or (case.leaf == "old" and case.kept_leaf))
        self.is_read_back, self.looks = case.look != "due", case.looks
        self.differing = ("description",) if case.has_differed else ()
        self.is_late = case.look == "late"
        self.events: list[str] = []
        self.reports: list[str] = []
        self.keeps_notice = bool(case.notice)
        self.woken = 0

    def run(self) -> AuditExpected:
        has_read = False
        if self.case.look == "due":
            paused, has_read = self._look()
            if paused is not None:
                return self._goes_on(paused)
        found = None if has_read else self._searched()
        ended = found if found is not None else self._read()
        is_forgotten = not has_read and bool(self.case.notice)
        return replace(ended, is_forgotten=is_forgotten)

    # --- the read-back ----------------------------------------------------------------------------------------------

    def _look(self) -> tuple[float | None, bool]:
        """The pause until the next step, if any, and whether the live version has just been read."""
        case = self.case
        is_live = bool(self.notice) or not case.version
        if not case.has_entry:
            self._end_look("NotSeen", "")
            return None, False
        seen = self.live if is_live else self.reviewed
        is_over = is_live and (case.sale == "DELETED" or self._shows_rejection())
        name = seen.name
        if name == "Clean" and is_live and (is_over or case.status in ("AUDITING", "PRE_APPROVED")):
            name = "NotYet"
        if name in ("Changed", "Damaged") and not self.differing:
            self.differing = seen.fields
            return SECOND_LOOK, False
        if name == "NotYet":
            self.looks, self.differing = self.looks + 1, ()
            if not is_over and self.looks < FIRST_LOOKS:
                return max(NEXT_LOOK - case.age, SHORTEST_PAUSE), False
            self.is_late = not is_over
            self._end_look("NotSeen", "")
            return None, False
        self._end_look(name, " seen")
        self.differing = seen.fields if name in ("Changed", "Damaged") else ()
        if is_live:
            return None, True
        return (None if case.notice else POLL_SECONDS), False

    def _shows_rejection(self) -> bool:
        return self.case.status == "FAILED" or (self.notice == "FAILED" and self.is_elsewhere)

    def _end_look(self, name: str, how: str) -> None:
        self.is_read_back = True
        if name == "NotSeen":
            self.differing = ()
        self.reports.append(name + how)
        self.woken += 1
        if self.case.has_entry:
            told = {"Clean": "clean", "Changed": "changed", "Damaged": "damaged", "NotSeen": "not_seen"}[name]
            self.events.append(f"{ENTRY} read_back {told}")

    # --- searches ---------------------------------------------------------------------------------------------------

    def _searched(self) -> AuditExpected | None:
        case = self.case
        if self.notice == "APPROVED":
            pass
        elif not case.notice and not case.has_waited:
            if case.is_in_audit:
                return self._goes_on(self._until_poll())
        else:
            return None
        if case.off_sale or case.confirmed is False:
            return None
        return self._relisted() if case.confirmed is True else self._goes_on(float(case.confirmed))

    def _until_poll(self) -> float:
        return max(POLL_SECONDS, case_age / 2) if (case_age := float(self.case.age)) else POLL_SECONDS

    # --- the live version -------------------------------------------------------------------------------------------

    def _read(self) -> AuditExpected:
        case = self.case
        if case.sale == "DELETED":
            return self._gone("gone", "gone: product_deleted")
        if case.status == "PRE_APPROVED":
            return self._ends("waits for the seller")
        if case.status == "AUDITING":
            return self._again()
        if case.status == "FAILED":
            return self._rejected("audit_failed")
        if not self.is_elsewhere and (case.status == "APPROVED" or self.notice != "FAILED"):
            return self._in_its_leaf()
        if case.status == "STRANGE":
            return self._again()
        if self.notice == "FAILED":
            return self._rejected("audit_failed")
        if case.age < SETTLING:
            return self._again()
        # The live version is another one.
        return self._gone_over() if self._is_replaced() else self._rejected("not_on_leaf")

    def _in_its_leaf(self) -> AuditExpected:
        """It is live, unless the version before it or another one is still shown in the same leaf."""
        case = self.case
        is_strange = case.status == "STRANGE"
        is_reactivated = case.off_sale and case.sale == "ACTIVATE"
        if not case.has_entry:
            return self._not_yet() if is_strange else self._relisted(is_read=True)
        is_live = not case.kept_leaf or case.is_on_v2
        if is_live or is_reactivated:
            return self._relisted(is_read=True)
        if self._is_replaced():
            return self._gone_over() if case.age >= REPLACED_AFTER else self._goes_on(REPLACED_AFTER - case.age, "")
        if case.age >= V2_AFTER and not is_strange:
            return self._rejected("not_on_v2")
        return self._not_yet()

    def _is_replaced(self) -> bool:
        """Whether somebody has saved another version, which has the product's earlier leaf, or it is frozen."""
        case = self.case
        if not case.repeats or not case.has_entry:
            return False
        is_back = case.leaf == "old" or (case.leaf == "edit" and case.kept_leaf)
        is_other = case.live in ("sellers", "damaged") or (case.live == "reweighed" and not case.kept_leaf)
        return is_back and (case.sale == "FREEZE" or is_other)

    def _not_yet(self) -> AuditExpected:
        """A search shows a version late."""
        seconds = min(SETTLING, POLL_SECONDS) if self.notice else self._until_poll()
        return self._goes_on(min(seconds, max(SETTLING, self.case.age / 2)), "")

    def _again(self) -> AuditExpected:
        return self._goes_on(min(SETTLING, POLL_SECONDS) if self.notice else self._until_poll(), "")

    # --- results ----------------------------------------------------------------------------------------------------

    def _relisted(self, *, is_read: bool = False) -> AuditExpected:
        case = self.case
        takes_off = is_read and case.off_sale and case.sale == "ACTIVATE"
        if case.look and self.is_late and case.has_entry and self.live.name != "NotYet":
            self._end_look(self.live.name, " late")
        self._record("relisted")
        self.woken += bool(case.look)
        return replace(self._ends("relisted"), ends=(False,) if case.look else (), is_deactivated=takes_off)

    def _rejected(self, code: str) -> AuditExpected:
        self._record("rejected")
        self.woken += bool(self.case.look)
        return replace(self._ends(f"rejected: {code}"), ends=(True,) if self.case.look else ())

    def _gone_over(self) -> AuditExpected:
        return replace(self._gone("waiting", "waiting: edit_replaced"), is_repeated=True)

    def _gone(self, outcome: str, result: str) -> AuditExpected:
        """The audit counts for nothing, and its places are free."""
        self._record(outcome)
        if self.case.look:
            self.reports.append("NotSent")
            self.woken += 1
        return self._ends(result)

    def _record(self, outcome: str) -> None:
        if self.case.has_entry:
            self.events.append(f"{ENTRY} audit_ended {outcome} with state")

    def _goes_on(self, seconds: float, notice: str | None = None) -> AuditExpected:
        """`notice`: empty if it is not used twice."""
        look = (self.is_read_back, self.looks, self.differing, self.is_late) if self.case.look else ()
        keeps_notice = self.keeps_notice and notice is None
        return replace(self._ends("goes on"), seconds=round(seconds, 3), keeps_notice=keeps_notice, look=look)

    def _ends(self, result: str) -> AuditExpected:
        return AuditExpected(result, events=tuple(self.events), reports=tuple(self.reports), woken=self.woken)
