"""Follows an accepted edit to its end: a webhook's word, or a look at the product when none came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shop_queue.job import Job
from shop_queue.outcome import Outcome, Reason
from shop_queue.shops import UnknownShop
from tiktok_shop.errors import TikTokShopError
from worker.engine.results import Continue, Done, Result
from worker.engine.shop_gate import Access, JobGate
from worker.error_policy import result_of
from worker.relist.resolve import old_category
from worker.services import Services


def first_access(job: Job) -> Access | None:
    """A webhook's word needs no call."""
    return None if (job.state or {}).get("audit_status") else "read"


@dataclass(frozen=True, slots=True)
class FollowAudit:
    services: Services

    async def __call__(self, job: Job, gate: JobGate) -> Result:
        state = job.state or {}
        category_id = str(state.get("category_id") or "")
        status = str(state.get("audit_status") or "")
        request_id = str(state.get("request_id") or "") or None
        reasons = tuple(str(each) for each in state.get("audit_reasons") or ())
        if not status:
            try:
                _, client = await self.services.client_for(job.shop_id, gate)
                product = await client.get_product(job.product_id)
            except UnknownShop as unknown:
                return Done(Outcome("failed", reasons=(Reason("unknown_shop", str(unknown), "operator"),)))
            except TikTokShopError as error:
                return result_of(error, datetime.now(UTC))
            status = str((product.get("audit") or {}).get("status") or "")
            live_on_it = old_category(product)[0] == category_id
            reasons = tuple(
                reason for each in product.get("audit_failed_reasons") or () for reason in each.get("reasons") or ()
            )
            if not status and live_on_it:
                status = "APPROVED"
        if status == "APPROVED":
            return Done(Outcome("relisted", category_id, request_id=request_id))
        if status == "FAILED":
            texts = reasons or ("The platform's audit refused the edit; the old listing stays live.",)
            failed = tuple(Reason("audit_failed", text, "seller") for text in texts)
            return Done(Outcome("rejected", category_id, request_id=request_id, reasons=failed))
        waiting = {name: value for name, value in state.items() if not name.startswith("audit_")}
        return Continue(replace(job, state=waiting), self.services.audit_poll_seconds)
