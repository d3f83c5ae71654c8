"""The main job: one product, read, resolved, merged, validated, journalled, edited; its audit is a job of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shop_queue.job import Job
from shop_queue.lanes import Addition
from shop_queue.outcome import Outcome, Reason
from shop_queue.shops import Shop, UnknownShop
from tiktok_shop.catalogue import Brand
from tiktok_shop.errors import ProductProblem, StaleCatalogue, TikTokShopError
from tiktok_shop.shop_client import ShopClient
from worker.catalogue import Leaf
from worker.engine.results import Done, Park, Result
from worker.engine.shop_gate import JobGate
from worker.error_policy import result_of
from worker.journal import JournalUnwritable
from worker.relist.attributes import carry_attributes
from worker.relist.merge import UnknownFields, merge
from worker.relist.resolve import Hints, NeedsRecommendation, Recommended, Resolved, Unresolved, old_category, resolve
from worker.relist.validate import validate
from worker.services import Services


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """Everything but the edit itself."""

    body: dict[str, Any]
    resolved: Resolved
    warnings: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Relist:
    services: Services

    async def __call__(self, job: Job, gate: JobGate) -> Result:
        try:
            shop, client = await self.services.client_for(job.shop_id, gate)
            product = await client.get_product(job.id)
            if _not_editable(product):
                return _needs_input(Reason("product_frozen", _not_editable(product), "seller", "status"))
            try:
                return await self._move(job, shop, client, product)
            except StaleCatalogue:
                # The catalogue changed under us: once more with fresh data, then it is the product's problem.
                await self.services.catalogue.forget(shop.region, job.category_id or old_category(product)[0])
                return await self._move(job, shop, client, product)
        except UnknownShop as unknown:
            return Done(Outcome("failed", reasons=(Reason("unknown_shop", str(unknown), "operator", "shop_id"),)))
        except JournalUnwritable as unwritable:
            return Park(str(unwritable), 60.0)
        except StaleCatalogue as stale:
            reason = Reason(str(stale.code), stale.message, "operator", stale.field)
            return Done(Outcome("needs_input", request_id=stale.request_id, reasons=(reason,)))
        except TikTokShopError as error:
            return result_of(error, datetime.now(UTC))

    async def _move(self, job: Job, shop: Shop, client: ShopClient, product: dict[str, Any]) -> Result:
        plan = await self._plan(job, shop, client, product)
        if isinstance(plan, Done):
            return plan
        category_id = plan.resolved.category_id
        if plan.reasons:
            return Done(Outcome("needs_input", category_id, reasons=plan.reasons, warnings=plan.warnings))
        if job.dry_run:
            return Done(Outcome("planned", category_id, warnings=plan.warnings))
        await self.services.journal.append(
            {
                "at": datetime.now(UTC).isoformat(),
                "shop_id": job.shop_id,
                "product_id": job.id,
                "run_id": job.run_id,
                "rule": plan.resolved.rule,
                "evidence": dict(plan.resolved.evidence),
                "before": product,
                "edit": plan.body,
            }
        )
        answer = await client.edit_product(job.id, plan.body)
        outcome = Outcome(
            "relisted" if answer.audit_status == "APPROVED" else "in_audit",
            category_id,
            request_id=answer.request_id,
            warnings=(*plan.warnings, *answer.warnings),
        )
        if outcome.outcome == "relisted":
            return Done(outcome)
        poll = replace(
            job,
            id=f"audit:{job.id}",
            kind="audit",
            attempts=0,
            errors=(),
            attributes=(),
            state={"category_id": category_id, "request_id": answer.request_id or ""},
        )
        return Done(outcome, (Addition(poll, delay_seconds=self.services.audit_poll_seconds),))

    async def _plan(self, job: Job, shop: Shop, client: ShopClient, product: dict[str, Any]) -> PlannedEdit | Done:
        catalogue = self.services.catalogue
        tree = await catalogue.tree(client, shop.region)
        hints = Hints(job.category_id, job.brand_id, job.attributes)
        resolution = resolve(product, tree, hints)
        if isinstance(resolution, NeedsRecommendation):
            recommended = await _recommendation(client, product, job)
            resolution = resolve(product, tree, hints, recommended=recommended)
        if isinstance(resolution, Unresolved):
            return _needs_input(resolution.reason)
        if isinstance(resolution, NeedsRecommendation):
            raise RuntimeError("resolve asked for a recommendation it was given")
        leaf = await catalogue.leaf(client, shop.region, resolution.category_id)
        carried = carry_attributes(product, leaf.attributes, job.attributes)
        body = merge(
            product, resolution.category_id, carried.product_attributes, job.brand_id, self.services.allowed_fields
        )
        if isinstance(body, UnknownFields):
            names = ", ".join(body.names)
            message = f"The product has fields an edit could wipe: {names}. Allow them by name to go on."
            return _needs_input(Reason("unknown_fields", message, "operator", names))
        brand = await self._brand(client, job.shop_id, leaf, body)
        reasons = validate(body, shop.region, leaf.rules, leaf.attributes, brand)
        return PlannedEdit(body, resolution, carried.warnings, reasons)

    async def _brand(self, client: ShopClient, shop_id: str, leaf: Leaf, body: dict[str, Any]) -> Brand | None:
        brand = leaf.brands.get(body.get("brand_id", ""))
        if brand is None or not brand.is_t1:
            return None
        authorized = brand.id in await self.services.catalogue.authorized_brands(client, shop_id)
        return replace(brand, is_authorized=authorized, is_available=None)


async def _recommendation(client: ShopClient, product: dict[str, Any], job: Job) -> Recommended:
    body: dict[str, Any] = {
        "product_title": product["title"],
        "description": product.get("description") or "",
        "images": [{"uri": image["uri"]} for image in product.get("main_images") or ()],
    }
    if job.origin_category:
        body["origin_platform_category"] = {"full_name": job.origin_category}
    try:
        return Recommended((await client.recommend_category(body)).leaf_category_id or None)
    except ProductProblem:
        return Recommended(None)


def _needs_input(reason: Reason) -> Done:
    return Done(Outcome("needs_input", reasons=(reason,)))


def _not_editable(product: dict[str, Any]) -> str:
    status = product.get("product_status") or product.get("status")
    return f"The product is {status}: the platform allows no edit." if status in ("FREEZE", "DELETED") else ""
