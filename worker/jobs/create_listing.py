"""The list job, which creates a listing under its v2 leaf exactly once.

Before every creation the job looks the listing up by its external id. The platform refuses a used idempotency key
(12052996) instead of repeating the first response. The key is therefore derived from the listing, and a refusal means
that the listing exists and must be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from model.job import Job
from model.job_state import ListState, state_of
from model.outcome import Outcome, Reason
from model.shop import Shop
from relisting.creation import idempotency_key
from relisting.inputs import NewListing
from relisting.old_category import old_category
from relisting.planned import PlannedEdit
from shop_queue.cancelling import CANCELLED
from tiktok_shop.errors import ProductProblem, StaleCatalogue, TikTokShopError
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import Access, JobPermits, LeaseOver
from worker.engine.results import Done, Result, Retry, StopWorker
from worker.jobs.edit_results import accepted, accepted_before, response_lost, without_edit
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.learning import note_acceptance, note_refusal
from worker.jobs.recording import GIVEN_UP, record_answer, record_edit, record_error, record_not_sent
from worker.jobs.rollout_gate import RolloutGate
from worker.planning import Planning
from worker.services import Services

KEY_USED = 12052996
LOOK_BACK_SECONDS = 86_400
"""Maximum age of listings in a search without seller SKUs."""
MAX_PAGES = 5
MAX_SELLER_SKUS = 10


@dataclass(frozen=True, slots=True)
class CreateListing:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, permits)
        async with RolloutGate(self.services, job, shop) as gate:
            if not job.dry_run and (sent := self.services.edits.accepted(job)):
                return await accepted_before(self.services, job, sent, gate)
            gate.take_over_sent()
            if held := await gate.still_held():
                return held
            if not job.dry_run and (parked := self.services.quotas.still_used_up(job.shop_id, self.services.now())):
                return parked
            return await with_fresh_catalogue(
                self.services.catalogue, shop, partial(self._list, job, shop, client, permits, gate)
            )

    async def _list(self, job: Job, shop: Shop, client: ShopClient, permits: JobPermits, gate: RolloutGate) -> Result:
        product = job.product or {}
        plan = await Planning(self.services, client, shop, job).plan(product, NewListing(job.external_id))
        if not isinstance(plan, PlannedEdit):
            return without_edit(self.services, job, plan, product)
        if job.dry_run:
            return Done(Outcome("planned", plan.category_id, warnings=plan.warnings))
        # The body may be a correction, whose idempotency key differs from that of the listing it corrects.
        if found := await self._find(client, plan.body, job):
            return await gate.ended(await self._found(job, plan, found))
        await permits.reserve("write")
        if self.services.cancelled is not None and await self.services.cancelled.includes(job):
            return Done(CANCELLED)
        if held := await gate.admit_creation(plan):
            return held
        edit_id = await record_edit(self.services, job, None, plan, gate.decision, gate.levels)
        key = idempotency_key(job.shop_id, job.external_id, plan.body)
        permits.on_send = partial(self._check, job)
        try:
            response = await client.create_product({**plan.body, "idempotency_key": key})
            # This comes before anything that could fail, since the listing must not be created again.
            self.services.edits.remember(job, plan, response, edit_id, gate.places)
        except (LeaseOver, StopWorker):
            await record_not_sent(self.services, edit_id, GIVEN_UP)
            raise
        except TikTokShopError as error:
            await record_error(self.services, edit_id, error)
            if isinstance(error, ProductProblem) and error.code != KEY_USED:
                await note_refusal(self.services, shop.region, plan, error)
            if isinstance(error, StaleCatalogue):
                error.category_id = plan.category_id
            if lost := response_lost(self.services, job, error):
                return gate.keep(_with_entry(lost, edit_id))
            if error.code != KEY_USED:
                raise
            if found := await self._find(client, plan.body, job):
                return await self._found(job, plan, found)
            text = "the listing was created by an earlier request and cannot be found yet"
            return Retry(text, str(KEY_USED), error.request_id)
        finally:
            permits.on_send = None
        await note_acceptance(self.services, shop.region, plan)
        looks_again = gate.looks_again(response.warnings)
        done = accepted(self.services, job, plan, response, edit_id, looks_again=looks_again)
        await record_answer(self.services, job, edit_id, done.outcome, is_leased=permits.is_leased)
        return await gate.accepted(done, response.warnings)

    def _check(self, job: Job, access: Access) -> None:
        if access == "write":
            self.services.edits.check(job)

    async def _found(self, job: Job, plan: PlannedEdit, listing: Mapping[str, Any]) -> Done:
        """The result for a listing created by an earlier request, of this job or with a different body."""
        product_id = str(listing["id"])
        if job.attempts or is_same_listing(listing, plan.body):
            response = EditResponse(product_id, None, ("the listing was created by an earlier request",), None)
            edit_id = state_of(job.state, ListState).sent_edit
            done = accepted(self.services, job, plan, response, edit_id)
            if edit_id:
                await record_answer(self.services, job, edit_id, done.outcome)
            # The job that created it follows its audit, with the places in the rollout and the entry in the record.
            return replace(done, follow_ups=tuple(replace(each, keeps_audit=True) for each in done.follow_ups))
        message = (
            f"External id {job.external_id} is already listed as product {product_id} with other content. "
            "To change it, send a relist job for that product, or edit it in Seller Center."
        )
        reason = Reason("already_listed", message, "operator", "external_id")
        title = str(listing.get("title") or "")
        return Done(Outcome("needs_input", plan.category_id, reasons=(reason,), product_id=product_id, title=title))

    async def _find(self, client: ShopClient, body: Mapping[str, Any], job: Job) -> Mapping[str, Any] | None:
        """The listing with this external id, or None."""
        sellers = [str(sku["seller_sku"]) for sku in body.get("skus") or () if sku.get("seller_sku")]
        search: dict[str, Any] = {"status": "ALL"}
        if sellers:
            search["seller_skus"] = sellers[:MAX_SELLER_SKUS]
        else:
            search["create_time_ge"] = int(self.services.now().timestamp()) - LOOK_BACK_SECONDS
        page_token = ""
        for _ in range(MAX_PAGES):
            page = await client.search_products(search, page_token)
            for product in page.products:
                # Without seller SKUs only the title can narrow the search.
                if not sellers and product.get("title") not in (None, body["title"]):
                    continue
                listing = await client.get_product(str(product["id"]))
                if listing.get("external_product_id") == body["external_product_id"]:
                    return listing
            page_token = page.next_page_token
            if not page_token:
                break
        return None


def _with_entry(lost: Retry, edit_id: int) -> Retry:
    if lost.job is None:
        return lost
    state = replace(state_of(lost.job.state, ListState), sent_edit=edit_id)
    return replace(lost, job=replace(lost.job, state=state))


def is_same_listing(listing: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the listing was created from this body, judged by the fields that the platform shows unchanged."""
    return (
        all(listing.get(name) == body.get(name) for name in ("title", "description"))
        and old_category(listing)[0] == body["category_id"]
    )
