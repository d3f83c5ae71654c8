"""The list job: creates a listing under its v2 leaf, once.

Before a creation is repeated, the listing is looked up by its external id. The platform refuses a used idempotency key
(12052996) instead of repeating the first response. The key is therefore derived from the listing, and a refusal means
that the listing exists and has to be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from model.job import Job
from model.outcome import Outcome
from model.shop import Shop
from relisting.creation import idempotency_key
from relisting.inputs import Create
from relisting.planned import PlannedEdit
from tiktok_shop.errors import StaleCatalogue, TikTokShopError
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Retry
from worker.jobs.edit import accepted, without_edit
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.recording import record_answer, record_edit, record_error
from worker.planning import Planning
from worker.services import Services

KEY_USED = 12052996
LOOK_BACK_SECONDS = 86_400
"""How far back a listing without seller SKUs is searched for."""
MAX_PAGES = 5
MAX_SELLER_SKUS = 10


@dataclass(frozen=True, slots=True)
class CreateListing:
    services: Services

    async def __call__(self, job: Job, permits: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, permits)
        return await with_fresh_catalogue(self.services.catalogue, shop, partial(self._list, job, shop, client))

    async def _list(self, job: Job, shop: Shop, client: ShopClient) -> Result:
        product = job.product or {}
        plan = await Planning(self.services, client, shop, job).plan(product, Create(job.external_id))
        if not isinstance(plan, PlannedEdit):
            return without_edit(self.services, job, plan, product)
        if job.dry_run:
            return Done(Outcome("planned", plan.category_id, warnings=plan.warnings))
        if job.attempts and (found := await self._find(client, plan.body)):
            return self._found(job, plan, found)
        edit_id = await record_edit(self.services, job, None, plan)
        key = idempotency_key(job.shop_id, job.external_id, plan.body)
        try:
            answer = await client.create_product({**plan.body, "idempotency_key": key})
        except TikTokShopError as error:
            await record_error(self.services, edit_id, error)
            if isinstance(error, StaleCatalogue):
                error.category_id = plan.category_id
            if error.code != KEY_USED:
                raise
            if found := await self._find(client, plan.body):
                return self._found(job, plan, found)
            return Retry(
                "the listing was created by an earlier request and cannot be found yet",
                str(KEY_USED),
                error.request_id,
            )
        done = accepted(self.services, job, plan, answer, edit_id)
        await record_answer(self.services, job, edit_id, done.outcome)
        return done

    def _found(self, job: Job, plan: PlannedEdit, product_id: str) -> Done:
        """The result when an earlier attempt or another feeder has created the listing."""
        answer = EditResponse(product_id, None, ("the listing was created by an earlier request",), None)
        return accepted(self.services, job, plan, answer, edit_id=0)

    async def _find(self, client: ShopClient, body: Mapping[str, Any]) -> str:
        """The id of the listing with this external id, or empty."""
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
                if product.get("title") not in (None, body["title"]) or not product.get("id"):
                    continue
                whole = await client.get_product(str(product["id"]))
                if whole.get("external_product_id") == body["external_product_id"]:
                    return str(product["id"])
            page_token = page.next_page_token
            if not page_token:
                break
        return ""
