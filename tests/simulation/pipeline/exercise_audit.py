"""Runs the job that follows an audit on random cases, and compares it with its second implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any

from model.job import Job, audit_job_id
from model.job_state import AcceptedEdit, AuditNotice, AuditState, state_of
from record.entry import NewEvent, StoredEdit
from rollout.edit import Edit
from rollout.outcome import Permit
from rollout.read_back import Declared, read_back
from tests.simulation.pipeline.audit_cases import AuditCase, draw_audit_case
from tests.simulation.pipeline.exercise_edit import NOW, PRODUCT, RUN, SHOP, carry_out
from tests.simulation.pipeline.model_of_audit import POLL_SECONDS, AuditExpected, Looked, audit_expected
from tiktok_shop.errors import ProductProblem
from worker.engine.results import Continue, Done, Result, Wait
from worker.jobs.audit import FollowAudit
from worker.jobs.edit import NO_VERSION_UNDER_REVIEW
from worker.jobs.rollout_state import FollowedEdit, dump_followed, followed_edit

LEAVES = {"edit": "600002", "old": "600001", "other": "600003"}
EDIT_ID, BRAND = 55, "b"


def exercise_audit(random: Random, report: Callable[[str], None], tell: Callable[[str], None], cases: int) -> None:
    """Ends at the first case in which both differ."""
    for number in range(cases):
        case = draw_audit_case(random)
        seen, right = observed_audit(case), expected_audit(case)
        if seen != right:
            names = [name for name in AuditExpected.__slots__ if getattr(seen, name) != getattr(right, name)]
            told = ", ".join(f"{name} {getattr(seen, name)!r} instead of {getattr(right, name)!r}" for name in names)
            tell(f"an audit of no shop, case {number}: {case}")
            report(f"audit guard: in case {number} a job ends with {told}")
            return


def observed_audit(case: AuditCase) -> AuditExpected:
    return _Stage(case).run()


def expected_audit(case: AuditCase) -> AuditExpected:
    stage = _Stage(case)
    return audit_expected(case, stage.looked(under_review=True), stage.looked(under_review=False))


def _version(case: AuditCase, content: str, leaf: str, *, status: str) -> dict[str, Any]:
    return {
        "id": PRODUCT,
        "title": "Another title" if content == "sellers" else "T",
        **({"description": "D"} if content != "damaged" else {}),
        "category_chains": [{"id": leaf, "is_leaf": True}],
        "brand": {"id": BRAND},
        "product_attributes": [],
        "main_images": [{"uri": "u"}],
        "skus": [{"id": "s", "seller_sku": "x"}],
        "package_weight": {"value": "2" if content == "reweighed" else "1", "unit": "KILOGRAM"},
        "status": case.sale,
        "update_time": 5 if content == "old" else 50,
        **({"audit": {"status": status}} if status else {}),
    }


class _Stage:
    """The services and the client of one run."""

    def __init__(self, case: AuditCase) -> None:
        self.case = case
        self.leaf = LEAVES["edit"]
        self.before_leaf = self.leaf if case.kept_leaf else LEAVES["old"]
        self.before = _version(case, "old", self.before_leaf, status="APPROVED") | {"status": "ACTIVATE"}
        self.declared = Declared(self.leaf)
        live_leaf = LEAVES[case.leaf] if case.leaf != "old" else self.before_leaf
        self.live = _version(case, case.live, live_leaf, status=case.status)
        self.events: list[str] = []
        self.reports: list[str] = []
        self.ends: list[bool] = []
        self.forgotten = self.is_deactivated = False
        self.woken = 0
        now = int(NOW.timestamp())
        transport = SimpleNamespace(timestamp=lambda: now)
        self.services: Any = SimpleNamespace(
            rollout=self if case.look else None, record=self, held=self, pending_audits=self, live_listings=self,
            transport=transport, habits=self, audit_poll_seconds=POLL_SECONDS, now=lambda: NOW, client_for=self._client,
        )  # fmt: skip
        edited_at = now - case.age
        entry = EDIT_ID if case.has_entry else 0
        notice = AuditNotice(case.notice, edited_at - (1 if case.is_old_notice else -2)) if case.notice else None
        rollout = dump_followed(self._followed()) if case.look else None
        state = AuditState(
            edit=AcceptedEdit(self.leaf, "q", edited_at, case.off_sale, entry), notice=notice, repeats=case.repeats,
            waiting_since=5 if case.has_waited else 0, rollout=rollout,
        )  # fmt: skip
        self.job = Job(SHOP.shop_id, audit_job_id(PRODUCT), "audit", run_id=RUN, brand_id=BRAND, state=state)

    def _followed(self) -> FollowedEdit:
        case = self.case
        permit = Permit(Edit(SHOP.shop_id, PRODUCT, SHOP.region, "r1", self.leaf), 1, ("w",))
        return FollowedEdit(
            permit, self.declared, is_read_back=case.look != "due", looks=case.looks, is_late=case.look == "late",
            differing=("description",) if case.has_differed else (),
        )  # fmt: skip

    def run(self) -> AuditExpected:
        try:
            result: Result | str = carry_out(FollowAudit(self.services)(self.job, self))  # type: ignore[arg-type]
        except Exception as error:  # The story tells what a mistake leads to.
            result = f"{type(error).__name__}: {error}"
        return self._seen(result)

    def looked(self, *, under_review: bool) -> Looked:
        """Result of a comparison with the version before the edit; the rollout has separate exercises."""
        if under_review and not self.case.version:
            return Looked("", ())
        found = read_back(self.before, self._under_review() if under_review else self.live, self.declared)
        return Looked(type(found).__name__, getattr(found, "fields", ()))

    def _seen(self, result: Result | str) -> AuditExpected:
        seen = AuditExpected(
            result if isinstance(result, str) else "", events=tuple(self.events), reports=tuple(self.reports),
            ends=tuple(self.ends), woken=self.woken, is_deactivated=self.is_deactivated, is_forgotten=self.forgotten,
        )  # fmt: skip
        match result:
            case Done(outcome, follow_ups):
                again = [(each.job.kind, each.job.id, each.job.brand_id) for each in follow_ups]
                codes = "".join(each.code for each in outcome.reasons)
                is_repeated = again == [("relist", PRODUCT, BRAND)]
                return replace(seen, result=outcome.outcome + (f": {codes}" if codes else ""), is_repeated=is_repeated)
            case Wait():
                return replace(seen, result="waits for the seller")
            case Continue(job, seconds):
                state = state_of(job.state, AuditState)
                followed = followed_edit(state.rollout)
                look = (followed.is_read_back, followed.looks, followed.differing, followed.is_late) if followed else ()
                return replace(
                    seen, result="goes on", seconds=round(seconds, 3), keeps_notice=state.notice is not None, look=look
                )
        return seen

    # --- the platform -----------------------------------------------------------------------------------------------

    async def _client(self, shop_id: str, permits: Any, purpose: Any = None) -> tuple[Any, Any]:
        return SHOP, self

    def _under_review(self) -> dict[str, Any]:
        leaf = self.before_leaf if self.case.version == "old" else self.leaf
        return _version(self.case, self.case.version, leaf, status="AUDITING")

    async def get_product(self, product_id: str, *, under_review: bool = False) -> dict[str, Any]:
        if not under_review:
            return self.live
        if not self.case.version:
            raise ProductProblem("no version is under review", code=NO_VERSION_UNDER_REVIEW)
        return self._under_review()

    async def search_products(self, wanted: Mapping[str, Any]) -> Any:
        return SimpleNamespace(products=[{"id": PRODUCT}] if self.case.is_on_v2 else [])

    async def deactivate(self, products: list[str]) -> list[Any]:
        self.is_deactivated = True
        return []

    async def observe(self, *arguments: Any) -> None:
        """The habits of the platform."""

    async def ended_by(self, client: Any, shop: str, product: str, edited_at: float, most_age: float) -> float | None:
        return None if self.case.is_in_audit else edited_at + 1

    def forget(self, shop_id: str, product_id: str) -> None:
        self.forgotten = True

    async def confirm(self, *arguments: Any) -> bool | float:
        return self.case.confirmed

    # --- the record and the rollout ---------------------------------------------------------------------------------

    async def edits(self, scope: Any, *, thorough: bool = True) -> AsyncIterator[StoredEdit]:
        body = {
            "title": "T", "description": "D", "category_id": self.leaf, "brand_id": BRAND, "product_attributes": [],
            "main_images": [{"uri": "u"}], "skus": [{"id": "s", "seller_sku": "x"}],
        }  # fmt: skip
        for number in (EDIT_ID + 1, EDIT_ID, EDIT_ID - 1):
            before = self.before if number == EDIT_ID else {"title": "another edit"}
            yield StoredEdit(
                number, NOW, SHOP.shop_id, PRODUCT, "relist", RUN, "mapping", body, before, "", {}, "", "", 1
            )

    async def append_event(self, event: NewEvent, state: Any) -> None:
        outcome = event.about.get("outcome") or event.about.get("result")
        self.events.append(f"{event.edit_id} {event.name} {outcome}{' with state' if state is not None else ''}")

    async def report(
        self, permit: Permit, result: Any, *, shown_after: float | None = None, is_late: bool = False
    ) -> None:
        late = " late" if is_late else "" if shown_after is None else " seen"
        self.reports.append(type(result).__name__ + late)

    async def audit_ended(self, permit: Permit, *, rejected: bool) -> None:
        self.ends.append(rejected)

    async def wake(self, levels: Any, most: int) -> None:
        """The jobs that wait for these levels."""
        self.woken += 1

    def unread(self, shop_id: str) -> tuple[str, ...]:
        return ()

    def read_back_due(self, looks: int) -> float | None:
        return 20.0 if looks < 3 else None
