"""Lists a new product under its v2 leaf, once: a creation that may have been done is looked up before it is repeated.

A used idempotency key is refused (12052996), it does not bring the first answer back; so the key is the same for the
same listing, and a refusal of it means: find what it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from model.job import Job
from model.outcome import Outcome
from model.shop import Shop
from relisting.attributes import carry_attributes
from relisting.creation import creation_body, idempotency_key, missing_for_creation
from relisting.planned import NeedsInput, PlannedEdit
from relisting.resolve import Hints, NeedsRecommendation, Unresolved, resolve
from relisting.validate import validate
from tiktok_shop.errors import StaleCatalogue, TikTokShopError
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result, Retry
from worker.jobs.edit import accepted, unready
from worker.jobs.fresh_catalogue import with_fresh_catalogue
from worker.jobs.recording import record_answer, record_edit, record_error
from worker.planning import brand_standing, recommendation
from worker.services import Services

KEY_USED = 12052996
LOOK_BACK_SECONDS = 86_400
MOST_PAGES = 5
MOST_SELLER_SKUS = 10


@dataclass(frozen=True, slots=True)
class ListProduct:
    services: Services

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, gate)
        return await with_fresh_catalogue(self.services.catalogue, shop, partial(self._list, job, shop, client))

    async def _list(self, job: Job, shop: Shop, client: ShopClient) -> Result:
        plan = await plan_creation(self.services, client, shop, job)
        if isinstance(plan, NeedsInput):
            return Done(unready(plan, job.product or {}))
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
            return Retry("the listing was sent before and is not to be found yet", str(KEY_USED), error.request_id)
        done = accepted(self.services, job, plan, answer, edit_id)
        await record_answer(self.services, job, edit_id, done.outcome)
        return done

    def _found(self, job: Job, plan: PlannedEdit, product_id: str) -> Done:
        """An earlier attempt, or another feeder, has listed it."""
        answer = EditResponse(product_id, None, ("the product was listed by an earlier request",), None)
        return accepted(self.services, job, plan, answer, edit_id=0)

    async def _find(self, client: ShopClient, body: Mapping[str, Any]) -> str:
        """The id of the listing with this external id, or empty."""
        sellers = [str(sku["seller_sku"]) for sku in body.get("skus") or () if sku.get("seller_sku")]
        search: dict[str, Any] = {"status": "ALL"}
        if sellers:
            search["seller_skus"] = sellers[:MOST_SELLER_SKUS]
        else:
            search["create_time_ge"] = int(self.services.now().timestamp()) - LOOK_BACK_SECONDS
        page_token = ""
        for _ in range(MOST_PAGES):
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


async def plan_creation(services: Services, client: ShopClient, shop: Shop, job: Job) -> PlannedEdit | NeedsInput:
    """Raises TikTokShopError when the catalogue can not be had."""
    product = job.product or {}
    tree = await services.catalogue.tree_for_shop(client, shop.region, shop.shop_id)
    decided = job.category_id or str(product.get("category_id") or "")
    row = services.mapping.current().find(job.shop_id, "", job.origin_category)
    mapped, mapped_by = (row.leaf_id, str(row)) if row else ("", "")
    resolution = resolve({}, tree, Hints(decided), mapped=mapped, mapped_by=mapped_by)
    if isinstance(resolution, NeedsRecommendation):
        title, description = str(product.get("title") or ""), str(product.get("description") or "")
        images = product.get("main_images") or ()
        recommended = await recommendation(client, title, description, images, job.origin_category)
        resolution = resolve({}, tree, Hints(), recommended=recommended)
    if isinstance(resolution, Unresolved):
        return NeedsInput((resolution.reason,), resolution.category_id)
    if isinstance(resolution, NeedsRecommendation):
        raise RuntimeError("resolve asked for a recommendation it was given")
    leaf = await services.catalogue.leaf(client, shop.region, resolution.category_id)
    default = services.attribute_rules.current().default_for(product, resolution.category_id)
    carried = carry_attributes(product, leaf.attributes, job.attributes, default=default)
    body = creation_body(product, job.external_id, resolution.category_id, carried.product_attributes, job.brand_id)
    standing = await brand_standing(services, client, shop, body)
    reasons = (*validate(body, shop.region, leaf.rules, leaf.attributes, standing.brand), *missing_for_creation(body))
    if reasons:
        return NeedsInput(reasons, resolution.category_id, carried.warnings)
    evidence = {**resolution.evidence, **({"filled": list(carried.evidence)} if carried.evidence else {})}
    return PlannedEdit(body, resolution.category_id, resolution.rule, evidence, carried.warnings)
