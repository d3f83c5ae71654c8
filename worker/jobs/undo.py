"""Puts a product back as its before-image has it, as far as the platform allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from shop_queue.job import Job
from shop_queue.outcome import Reason
from shop_queue.shops import Shop
from tiktok_shop.shop_client import ShopClient
from worker.engine.results import Done, Result
from worker.engine.shop_gate import JobGate
from worker.jobs.edit import edit, unready
from worker.planning import brand_standing, not_editable, unknown_fields
from worker.relist.attributes import carry_attributes
from worker.relist.merge import UnknownFields, merge
from worker.relist.planned import PlannedEdit, Unready
from worker.relist.restore import restored_category, restored_product
from worker.relist.validate import validate
from worker.services import Services


@dataclass(frozen=True, slots=True)
class Undo:
    services: Services

    async def __call__(self, job: Job, gate: JobGate) -> Result:
        shop, client = await self.services.client_for(job.shop_id, gate)
        return await edit(self.services, job, shop, client, gate, partial(self._plan, job, shop, client))

    async def _plan(self, job: Job, shop: Shop, client: ShopClient, current: dict[str, Any]) -> PlannedEdit | Done:
        services, before = self.services, job.product or {}
        if obstacle := not_editable(current):
            return Done(unready(Unready((Reason("product_frozen", obstacle, "seller", "status"),)), current))
        tree = await services.catalogue.own_tree(client, shop.region, shop.shop_id)
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
            return Done(unready(Unready(reasons, category_id, warnings), current))
        return PlannedEdit(body, category_id, "before_image", {"restored_from": job.state or {}}, warnings)
