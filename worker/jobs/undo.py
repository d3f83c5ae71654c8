"""Puts a product back as its before-image has it, as far as the platform allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from model.job import Job
from model.outcome import Reason
from model.shop import Shop
from relisting.attributes import carry_attributes
from relisting.merge import UnknownFields, merge
from relisting.planned import NeedsInput, PlannedEdit
from relisting.restore import restored_category, restored_product
from relisting.validate import validate
from tiktok_shop.shop_client import ShopClient
from worker.engine.call_permits import JobPermits
from worker.engine.results import Done, Result
from worker.jobs.edit import edit, unready
from worker.planning import brand_standing, not_editable, unknown_fields
from worker.services import Services


@dataclass(frozen=True, slots=True)
class Undo:
    services: Services

    async def __call__(self, job: Job, gate: JobPermits) -> Result:
        shop, client = await self.services.client_for(job.shop_id, gate)
        return await edit(self.services, job, shop, client, gate, partial(self._plan, job, shop, client))

    async def _plan(self, job: Job, shop: Shop, client: ShopClient, current: dict[str, Any]) -> PlannedEdit | Done:
        services, before = self.services, job.product or {}
        if obstacle := not_editable(current):
            return Done(unready(NeedsInput((Reason("product_frozen", obstacle, "seller", "status"),)), current))
        tree = await services.catalogue.tree_for_shop(client, shop.region, shop.shop_id)
        category_id, kept_category = restored_category(before, current, tree)
        product, lost_skus = restored_product(before, current)
        leaf = await services.catalogue.leaf(client, shop.region, category_id)
        carried = carry_attributes(before, leaf.attributes)
        warnings = (*kept_category, *lost_skus, *carried.warnings)
        body = merge(product, category_id, carried.product_attributes, allowed=services.allowed_fields)
        if isinstance(body, UnknownFields):
            return Done(unready(unknown_fields(body, category_id), current))
        standing = await brand_standing(services, client, shop, body)
        if reasons := validate(body, shop.region, leaf.rules, leaf.attributes, standing.brand):
            return Done(unready(NeedsInput(reasons, category_id, warnings), current))
        return PlannedEdit(body, category_id, "before_image", {"restored_from": job.state or {}}, warnings)
