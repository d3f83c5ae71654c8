"""Runs the guard of edits on random cases, and compares what it does with its second implementation (model_of_edit.py).

Nothing here waits, so that a run takes no virtual time: the platform, the record and the rollout are stand-ins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from model.job import Job, undo_job_id
from model.job_state import AuditState, JobState, PlanFingerprint, RelistState, UndoState, state_of, stored_state
from model.outcome import Outcome, Reason
from model.shop import Shop
from record.entry import NewEdit, NewEvent, StoredEdit, StoredEvent
from relisting.planned import PlannedEdit
from rollout.edit import Edit
from rollout.outcome import Admitted, Held, Permit
from tests.simulation.pipeline.edit_cases import EditCase, LastEdit, draw_case, told
from tests.simulation.pipeline.model_of_edit import LAST_ID, NEW_ID, REMEMBERED_ID, Expected, expected
from tiktok_shop.errors import ProductProblem, Transient
from tiktok_shop.product_responses import EditResponse
from worker import edit_ledger as ledger_module
from worker.daily_quotas import DailyQuotas
from worker.edit_ledger import EditLedger, Places
from worker.engine.call_permits import LeaseOver
from worker.engine.results import Done, Park, Result, Retry, Snooze, StepAside, Wait
from worker.held_edits import HeldEdits
from worker.jobs import edit as edit_module
from worker.jobs.edit import FRESH_SECONDS, NO_VERSION_UNDER_REVIEW, edit
from worker.jobs.rollout_edit import BEFORE_IMAGE, declared_changes, rollout_edit
from worker.jobs.rollout_state import FollowedEdit, dump_followed, dump_held, followed_edit

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SHOP = Shop("7999", "cipher", "US", "account")
PRODUCT, RUN, LEAF, OLD_LEAF = "7999001", "r", "600002", "600001"
ALLOWED = frozenset({"package_weight", "brand"})
"""Not watched, so that the same edit of two versions is one edit for the rollout."""
WEIGHT, OLD_WEIGHT = ({"value": value, "unit": "KILOGRAM"} for value in ("2", "1"))
MAX_AGE = timedelta(seconds=100)
ATTRIBUTES = [{"id": "a", "values": [{"id": "v", "name": "V"}]}]
CAUSE = "leaf/US/600002"


def exercise_edit(random: Random, report: Callable[[str], None], tell: Callable[[str], None], cases: int) -> None:
    """Ends at the first case in which both differ."""
    for number in range(cases):
        case = draw_case(random)
        right, seen = expected(case), observed(case)
        if right != seen:
            tell(f"an edit of no shop, case {number}: {told(case)}")
            report(f"edit guard: in case {number} a job ends with {_differing(seen, right)}")
            return


def observed(case: EditCase) -> Expected:
    """Runs the real job."""
    return _Stage(case).run()


def _differing(seen: Expected, right: Expected) -> str:
    names = [name for name in Expected.__slots__ if getattr(seen, name) != getattr(right, name)]
    return ", ".join(f"{name} {getattr(seen, name)!r} instead of {getattr(right, name)!r}" for name in names)


def _product(leaf: str, weight: Mapping[str, Any], audit: str, title: str = "T") -> dict[str, Any]:
    return {
        "id": PRODUCT,
        "title": title,
        "description": "D",
        "category_chains": [{"id": leaf, "is_leaf": True}],
        "brand": {"id": "b"},
        "product_attributes": ATTRIBUTES,
        "main_images": [{"uri": "u"}],
        "skus": [{"id": "s", "seller_sku": "x"}],
        "package_weight": weight,
        "status": "ACTIVATE",
        **({"audit": {"status": audit}} if audit else {}),
    }


def _body(content: str = "same") -> dict[str, Any]:
    return {
        "title": "T",
        "description": "D",
        "category_id": "600003" if content == "leaf" else LEAF,
        "brand_id": "c" if content == "brand" else "b",
        "product_attributes": ATTRIBUTES,
        "main_images": [{"uri": "u"}],
        "skus": [{"id": "s", "seller_sku": "x"}],
        "package_weight": OLD_WEIGHT if content == "weight" else WEIGHT,
    }


class _Stage:
    """The services, the client and the permits of one run."""

    def __init__(self, case: EditCase) -> None:
        self.case = case
        self.rule = BEFORE_IMAGE if case.kind == "undo" else "mapping"
        self.plan = PlannedEdit(_body(), LEAF, self.rule)
        self.live = _product(
            LEAF if case.is_in_leaf else OLD_LEAF, WEIGHT if case.is_weight_live else OLD_WEIGHT, case.audit
        )
        self.events: list[tuple[int, str]] = []
        self.sent = self.freed = self.passed = self.asks = self.reads = self.reserved = 0
        self.clock = 1000.0
        self.on_send: Any = None
        self.is_leased = True
        fields = {"package_weight": WEIGHT} if case.is_answered else None
        name = PRODUCT if case.kind == "relist" else undo_job_id(PRODUCT)
        self.job = Job(SHOP.shop_id, name, case.kind, run_id=RUN, fields=fields, dry_run=case.is_dry)
        self.edits, self.quotas, self.held = EditLedger(), DailyQuotas(), HeldEdits()
        self.services: Any = SimpleNamespace(
            edits=self.edits, quotas=self.quotas, held=self.held, record=self, begun_runs=self, cancelled=self,
            rollout=self if case.has_rollout else None, catalogue=None, allowed_fields=ALLOWED,
            transport=SimpleNamespace(timestamp=lambda: int(NOW.timestamp())), now=lambda: NOW,
            audit_poll_seconds=60.0, mapping=self, attribute_rules=self,
        )  # fmt: skip
        self._prepare()

    def _prepare(self) -> None:
        case = self.case
        declared = declared_changes(self.job, self.live, self.plan, ALLOWED)
        wanted = rollout_edit(self.job, SHOP.region, self.plan, self.live, declared)
        if case.is_other_place:
            wanted = replace(wanted, leaf="600009")
        state: JobState = UndoState()
        if case.kind == "relist":
            plan = PlanFingerprint("p", "e") if case.has_plan else None
            state = RelistState(over_review=case.over_review, repeated=case.is_second, plan=plan)
        if case.was_lost:
            permit = Permit(wanted, 1, ("w0",))
            sent = FollowedEdit(permit, declared, is_read_back=case.lost_place == "admitted")
            state = replace(state, sent_at=5, rollout=dump_followed(sent) if case.lost_place else None)
            if case.lost_place == "held":
                state = replace(state, rollout=dump_held(wanted, CAUSE, 1, self.version() * 2))
        elif case.was_held:
            state = replace(state, rollout=dump_held(wanted, CAUSE, 1, self.version() * 2))
        self.job = replace(self.job, state=state)
        if case.is_known:
            self.held.hold(self.job, CAUSE, 1.0)
        if case.is_quota_used:
            self.quotas.used_up(SHOP.shop_id, Park("quota", 86_400.0), NOW - timedelta(seconds=700))
        if case.is_remembered:
            places = Places(Admitted(Permit(wanted, 1), read_back=True), declared)
            self.edits.remember(self.job, self.plan, EditResponse(PRODUCT, None, (), None), REMEMBERED_ID, places)

    def run(self) -> Expected:
        running = edit(self.services, self.job, SHOP, self, self, self._planned)  # type: ignore[arg-type]
        result: Result | str
        try:
            with parts_of_time(self):
                result = carry_out(running)
        except ProductProblem:
            result = "refused"
        except LeaseOver:
            result = "lease over"
        except asyncio.CancelledError:
            result = "stopped" if self.sent else "stopped early"
        except Exception as error:  # The story tells what a mistake leads to.
            result = f"{type(error).__name__}: {error}"
        return self._seen(result)

    def monotonic(self) -> float:
        return self.clock

    def _seen(self, result: Result | str) -> Expected:
        seen = Expected(
            _name(result),
            sent=self.sent,
            events=tuple(self.events),
            freed=self.freed,
            passed=self.passed,
            is_remembered=self.edits.accepted(self.job) is not None,
            is_noted=self.edits.other_sent_since(_other(self.job), 0.0),
        )
        if isinstance(result, Retry) and result.job is not None:
            stored = stored_state(result.job.kind, result.job.state)
            return _with_place(seen, stored.rollout) if stored.sent_at else replace(seen, place="forgotten")
        if isinstance(result, Done) and result.follow_ups:
            (follow_up,) = result.follow_ups
            state = state_of(follow_up.job.state, AuditState)
            entry = state.edit.edit_id if state.edit is not None else None
            seen = _with_place(replace(seen, follows=entry, keeps_audit=follow_up.keeps_audit), state.rollout)
            has_answer = follow_up.job.fields == self.job.fields and bool(follow_up.job.fields)
            seen = replace(seen, repeats=state.repeats, keeps_answer=has_answer)
            is_soon = follow_up.delay_seconds <= 1.0
            return (
                seen
                if is_soon == (seen.place == "looked_at")
                else replace(seen, place=f"{seen.place}, at a wrong time")
            )
        return seen

    async def _planned(self, product: dict[str, Any]) -> PlannedEdit | Done:
        case, name = self.case, self.case.plan_ends_as
        if case.plan == "edit" and not case.is_dry:
            return self.plan
        reasons = (Reason("missing", "It is missing.", "seller"),) if case.plan == "asks" else ()
        return Done(Outcome(name, LEAF, reasons=reasons))  # type: ignore[arg-type]

    # --- the platform -----------------------------------------------------------------------------------------------

    async def get_product(self, product_id: str, *, under_review: bool = False) -> dict[str, Any]:
        if not under_review:
            self.reads += 1
            if self.reads <= self.case.outdated:
                self.edits.sending(_other(self.job))
            elif self.case.outdated:
                self.edits.lease_lost(SHOP.shop_id)
            is_reviewed = self.reads > 1 and self.case.is_reviewed_later
            return {**self.live, "audit": {"status": "AUDITING"}} if is_reviewed else self.live
        match "sellers" if self.reads > 1 and self.case.is_reviewed_later else self.case.version:
            case "ours":
                return _product(LEAF, WEIGHT, "AUDITING")
            case "without_answer":
                return _product(LEAF, OLD_WEIGHT, "AUDITING")
            case "sellers":
                return _product(OLD_LEAF, OLD_WEIGHT, "AUDITING", "Another title")
        raise ProductProblem("no version is under review", code=NO_VERSION_UNDER_REVIEW)

    async def search_products(self, wanted: Mapping[str, Any]) -> Any:
        return SimpleNamespace(products=[{"id": PRODUCT}] if self.case.is_on_v2 else [])

    async def edit_product(self, product_id: str, body: Mapping[str, Any]) -> EditResponse:
        if self.case.reply == "lease over" and not self._is_outdated:
            raise LeaseOver
        if self.case.reply == "stopped early" and not self._is_outdated:
            raise asyncio.CancelledError
        if self.on_send is not None:
            self.on_send("write")
        self.sent += 1
        match self.case.reply:
            case "stopped":
                raise asyncio.CancelledError
            case "lost":
                lost = Transient("no response")
                lost.outcome_unknown = True
                raise lost
            case "error":
                raise Transient("it failed", http_status=500)
            case "refused":
                raise ProductProblem("refused", code=12052001, request_id="q")
        return EditResponse(product_id, None, (), "q")

    @property
    def _is_outdated(self) -> bool:
        return self.reads <= max(self.case.outdated, self.case.slow_records)

    async def reserve(self, access: str) -> None:
        """The permits of the job: the first before its first read, and one before each edit."""
        self.reserved += 1
        if 0 < self.reserved - 1 <= self.case.slow_permits:
            self.clock += FRESH_SECONDS + 1.0

    # --- the record and the files -----------------------------------------------------------------------------------

    async def last_sent(self, shop_id: str, product_id: str) -> StoredEdit | None:
        return _stored(self.case.last, self.case.kind) if self.case.last is not None else None

    async def begin(self, *arguments: Any) -> None:
        """The run has begun."""

    async def append(self, entry: NewEdit) -> int:
        if self.reserved - 1 <= self.case.slow_records:
            self.clock += FRESH_SECONDS + 1.0
        return NEW_ID

    async def append_event(self, event: NewEvent, state: Any) -> None:
        self.events.append((event.edit_id, event.name))

    def version(self) -> str:
        """The version of the operator's files."""
        return "1"

    async def includes(self, job: Job) -> bool:
        """The cancelled runs."""
        return self.case.is_cancelled

    # --- the rollout ------------------------------------------------------------------------------------------------

    async def admit(self, wanted: Edit) -> Admitted | Held:
        self.asks += 1
        case = self.case
        is_first = case.was_held and self.asks == 1
        answer = case.gate if not is_first else "held" if case.is_held_now else "looked_at"
        if answer in ("held", "stopped") and not wanted.undoes:
            return Held(CAUSE, 0, 1.0, answer == "stopped", "a reason")
        return Admitted(Permit(wanted, 1, (f"w{self.asks}",)), answer == "looked_at")

    async def report(self, permit: Permit, result: Any) -> None:
        self.freed += 1

    async def audit_ended(self, permit: Permit, *, rejected: bool) -> None:
        self.passed += not rejected

    def read_back_due(self, looks: int) -> float:
        return 1.0


@contextmanager
def parts_of_time(clock: Any) -> Iterator[None]:
    """The guard reads this clock, so that time passes without waiting."""
    readers = [vars(module) for module in (edit_module, ledger_module)]
    usual = [names["time"] for names in readers]
    for names in readers:
        names["time"] = clock
    try:
        yield
    finally:
        for names, time in zip(readers, usual, strict=True):
            names["time"] = time


def _other(job: Job) -> Job:
    """The other job that may edit the product."""
    if job.kind == "relist":
        return Job(SHOP.shop_id, undo_job_id(PRODUCT), "undo", run_id=RUN)
    return Job(SHOP.shop_id, PRODUCT, run_id=RUN)


def _stored(last: LastEdit, kind: str) -> StoredEdit:
    other = "undo" if kind == "relist" else "relist"
    at = NOW - (timedelta(seconds=1) if last.is_young else MAX_AGE)
    events = []
    if last.answer:
        events.append(StoredEvent(1, LAST_ID, at, "answered", {"outcome": last.answer, "request_id": "q"}))
    if last.end:
        events.append(StoredEvent(2, LAST_ID, at, last.end, {"outcome": "relisted"}))
    audit = "FAILED" if last.had_failed else "APPROVED"
    before = {**_product(OLD_LEAF, OLD_WEIGHT, audit), "brand": {"id": "another"}}
    return StoredEdit(
        LAST_ID, at, SHOP.shop_id, PRODUCT, kind if last.is_own_kind else other, RUN if last.is_own_run else "earlier",
        BEFORE_IMAGE if kind == "undo" else "mapping", _body(last.content), before, "", {}, "", "", 1, tuple(events),
    )  # fmt: skip


def _with_place(seen: Expected, stored: Mapping[str, Any] | None) -> Expected:
    followed = followed_edit(stored)
    if followed is None:
        return seen
    place, declares_brand = "admitted" if followed.is_read_back else "looked_at", followed.declared.brand_id is not None
    return replace(seen, place=place, windows=len(followed.permit.windows), declares_brand=declares_brand)


def _name(result: Result | str) -> str:
    match result:
        case str():
            return result
        case Done(outcome) if any(each.code == "cancelled" for each in outcome.reasons):
            return "cancelled"
        case Done(outcome):
            return outcome.outcome
        case Wait():
            is_noticed = stored_state(result.job.kind, result.job.state).waiting_since and result.outcome is not None
            name = "held" if result.reason.startswith("rollout") else "under review"
            return name if is_noticed else f"{name}, unnoticed"
        case Snooze():
            return "may arrive" if "may still reach" in result.reason else "too late"
        case Retry():
            return "lost"
        case Park() | StepAside():
            return "quota"
    return type(result).__name__


def carry_out(running: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that waits for nothing."""
    try:
        running.send(None)
    except StopIteration as ended:
        result: Result = ended.value
        return result
    raise AssertionError("the job waits for something")
