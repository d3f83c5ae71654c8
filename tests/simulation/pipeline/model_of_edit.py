"""The job that edits a product, written a second time: worker/jobs/edit.py and its parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.simulation.pipeline.edit_cases import EditCase, LastEdit

MAX_READS = 5
LAST_ID, REMEMBERED_ID, NEW_ID = 55, 66, 77
UNKNOWN_ID = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """The visible effects of a run."""

    result: str
    follows: int | None = None
    """The entry of the edit whose audit is followed."""
    keeps_audit: bool = False
    """Whether an audit job in the lane stays as it is."""
    place: str = ""
    """The place in the rollout that goes on with the edit; empty if it has none."""
    sent: int = 0
    events: tuple[tuple[int, str], ...] = ()
    """Entry and event of what is recorded."""
    freed: int = 0
    """Places that are given back as unused."""
    passed: int = 0
    """Audits that are reported as passed."""
    windows: int = 0
    """How often the place was granted."""
    is_remembered: bool = False
    """This process remembers the accepted edit until the job's end is committed."""
    is_noted: bool = False
    """Other jobs of the product read it again."""
    repeats: bool = False
    """If another version replaces the edit, its decision is carried out once more."""
    keeps_answer: bool = False
    """The audit job has what a person has answered."""
    declares_brand: bool = False
    """The read-back expects another brand than the version on which the edit was based."""


def expected(case: EditCase) -> Expected:
    return _Run(case).run()


class _Run:
    def __init__(self, case: EditCase) -> None:
        self.case = case
        has_place = case.has_rollout and case.was_lost and case.lost_place not in ("", "held")
        self.place, self.windows = (case.lost_place, 1) if has_place else ("", 0)
        self.is_other = case.is_other_place
        self.was_sent = has_place
        self.freed = 0
        self.events: list[tuple[int, str]] = []

    def run(self) -> Expected:
        case = self.case
        if case.is_remembered and not case.is_dry:
            self.place, self.windows = ("looked_at" if case.has_rollout else ""), 0
            return self._in_audit(REMEMBERED_ID)
        if case.has_rollout and not case.is_dry and case.was_held:
            if case.is_held_now and (case.is_known or not self._may_have_sent()):
                return self._ends("held")
            if not case.is_held_now:
                self.place, self.windows = "looked_at", 1
        if case.is_quota_used and not case.is_dry and not case.was_lost:
            return self._unsent("quota")
        for number in range(MAX_READS):
            if number == 1 and case.is_reviewed_later:
                self.case = replace(case, audit="AUDITING", version="sellers")
            if (found := self._look()) is not None:
                return found
            if case.is_cancelled:
                return self._unsent("cancelled")
            if (held := self._admit()) is not None:
                return held
            if number < case.slow_permits:
                continue
            if number < max(case.outdated, case.slow_records):
                self.events.append((NEW_ID, "not_sent"))
                continue
            return self._send()
        return self._unsent("too late")

    # --- before an edit is sent -------------------------------------------------------------------------------------

    def _look(self) -> Expected | None:
        """The result if no edit is sent."""
        case = self.case
        is_version = case.over_review and case.kind == "relist" and not (case.was_lost or case.is_dry)
        is_version = is_version and case.audit in ("AUDITING", "") and bool(case.version)
        is_decided = case.is_dry or is_version or case.plan == "gone"
        if not is_decided and self._is_under_review():
            if self._is_ours():
                return self._found(self._own_edit())
            return self._unsent("under review")
        if (live := self._live(is_version=is_version)) is not None:
            return live
        if not is_decided and case.plan == "asks" and self._is_without_field():
            return self._found(self._open())
        if case.plan != "edit" or case.is_dry:
            return self._no_edit()
        return None if is_version else self._earlier()

    def _is_under_review(self) -> bool:
        case = self.case
        if case.audit != "":
            return case.audit == "AUDITING"
        # The platform does not say. Then another version is one under review.
        differs = {
            "": False,
            "sellers": True,
            "ours": not (case.is_in_leaf and case.is_weight_live),
            "without_answer": not case.is_in_leaf or case.is_weight_live,
        }
        return case.plan == "edit" and differs[case.version]

    def _is_ours(self) -> bool:
        """Whether the version under review is this job's edit, with every answer."""
        case, own = self.case, self._own_edit()
        if case.plan != "edit" or not (own is not None or case.was_lost) or case.version in ("", "sellers"):
            return False
        if not case.is_answered:
            return True
        return own.content != "weight" if own is not None else case.version == "ours"

    def _own_edit(self) -> LastEdit | None:
        return self._open() if self.case.plan == "edit" else None

    def _open(self) -> LastEdit | None:
        """The last edit, if it went to the leaf of the plan and nobody knows its end."""
        last = self.case.last
        if last is None or last.content == "leaf" or last.end:
            return None
        is_own = last.is_own_kind and last.is_own_run
        return last if not last.answer or (is_own and last.answer == "in_audit") else None

    def _may_have_sent(self) -> bool:
        last = self.case.last
        if last is None or last.end or not (last.is_own_kind and last.is_own_run):
            return False
        return last.answer in ("", "in_audit")

    def _live(self, *, is_version: bool) -> Expected | None:
        """The edit whose answer was lost is live."""
        case = self.case
        if not case.was_lost:
            return None
        is_whole = case.plan == "edit" and case.kind == "undo" and case.is_in_leaf and case.is_weight_live
        if case.plan != "already" and not is_whole:
            return None
        # Whether it was sent with a wish to look at it, also if the rollout is off now.
        if case.lost_place == "looked_at":
            return self._in_audit(LAST_ID if case.last is not None else UNKNOWN_ID)
        return replace(self._ends("relisted"), passed=int(self.was_sent))

    def _is_without_field(self) -> bool:
        """Whether the open edit is live without a field that its leaf requires."""
        case, own = self.case, self._open()
        if own is None or not case.is_on_v2:
            return False
        return not case.is_answered or own.content != "weight"

    def _earlier(self) -> Expected | None:
        """An earlier edit is followed, or may still arrive."""
        case, last = self.case, self.case.last
        if last is None or last.end:
            return None
        is_same = last.content == "same" or (last.content == "weight" and not case.is_answered)
        if last.is_own_kind and last.is_own_run and is_same:
            if last.answer:
                return self._found(last) if last.answer == "in_audit" else None
            if case.audit == "FAILED" and not last.had_failed:
                return self._found(last)
        if last.answer:
            return None
        if last.is_young:
            return self._unsent("may arrive")
        only_the_tree = case.is_in_leaf and (case.is_weight_live or not case.is_answered)
        if case.kind == "relist" and (is_same or only_the_tree) and last.content != "leaf" and case.is_on_v2:
            return self._found(last)
        return None

    # --- the rollout ------------------------------------------------------------------------------------------------

    def _admit(self) -> Expected | None:
        """Asks the rollout. A place that the job has already is kept if it asks for the same edit."""
        case = self.case
        if not case.has_rollout:
            return None
        self.was_sent = False
        if self.place and self.is_other:
            self.place, self.windows, self.freed = "", 0, self.freed + 1
        self.is_other = False
        # An undo repairs the damage of a cause that is stopped.
        if case.gate == "held" or (case.gate == "stopped" and case.kind != "undo"):
            return self._unsent("held")
        self.place = "looked_at" if "looked_at" in (self.place, case.gate) else "admitted"
        self.windows += 1
        return None

    def _found(self, sent: LastEdit | None) -> Expected:
        """An edit that was sent earlier is followed, with the places with which it was sent, or with new ones."""
        if sent is not None and not sent.answer:
            self.events.append((LAST_ID, "answered"))
        followed = self._in_audit(LAST_ID if sent is not None else UNKNOWN_ID)
        followed = replace(followed, keeps_audit=sent is not None and bool(sent.answer))
        if self.was_sent or not self.case.has_rollout:
            return followed
        if (held := self._admit()) is not None:
            # Its places expire, or were given back.
            return replace(followed, place="", windows=0, freed=held.freed)
        now = replace(followed, place=self.place, windows=self.windows, freed=self.freed)
        return replace(now, declares_brand=sent is not None)

    # --- results ----------------------------------------------------------------------------------------------------

    def _no_edit(self) -> Expected:
        """A job that sent an edit and finds nothing to do gives its place back."""
        name = self.case.plan_ends_as
        if self.was_sent:
            return replace(self._ends(name), freed=self.freed + 1)
        return self._unsent(name)

    def _send(self) -> Expected:
        case = self.case
        sent = replace(self._ends(case.reply), sent=1, is_noted=True)
        match case.reply:
            case "accepted":
                self.events.append((NEW_ID, "answered"))
                return replace(self._in_audit(NEW_ID), sent=1, is_noted=True, is_remembered=True)
            case "lost" | "error":
                return replace(sent, result="lost", place=self.place, windows=self.windows)
            case "lease over" | "stopped early":
                # The place expires, like that of an edit that may have arrived.
                self.events.append((NEW_ID, "not_sent"))
                return self._ends(case.reply)
            case "stopped":
                return sent
        self.events.append((NEW_ID, "refused"))
        return replace(self._unsent("refused"), sent=1, is_noted=True)

    def _in_audit(self, entry: int) -> Expected:
        case = self.case
        return replace(
            self._ends("in_audit"),
            follows=entry,
            place=self.place,
            windows=self.windows,
            repeats=case.kind == "relist" and not (case.is_second or case.has_plan),
            keeps_answer=case.is_answered,
        )

    def _unsent(self, result: str) -> Expected:
        """An unused place is given back. One of an edit that may have arrived is not."""
        return replace(self._ends(result), freed=self.freed + int(bool(self.place) and not self.was_sent))

    def _ends(self, result: str) -> Expected:
        known = self.case.is_remembered
        return Expected(result, events=tuple(self.events), freed=self.freed, is_remembered=known, is_noted=known)
