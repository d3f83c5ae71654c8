"""From a product as read to the edit that would move it: the pure steps of worker/relist/ fed from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shop_queue.job import Job
from shop_queue.outcome import Reason
from shop_queue.shops import Shop
from tiktok_shop.catalogue import Brand
from tiktok_shop.errors import ProductProblem
from tiktok_shop.shop_client import ShopClient
from worker.catalogue import Leaf
from worker.relist.attributes import carry_attributes
from worker.relist.changes import changes
from worker.relist.merge import UnknownFields, merge
from worker.relist.planned import PlannedEdit, Unready
from worker.relist.resolve import Hints, NeedsRecommendation, Recommended, Resolved, Unresolved, resolve
from worker.relist.validate import validate
from worker.services import Services


async def plan_edit(
    services: Services, client: ShopClient, shop: Shop, job: Job, product: Mapping[str, Any]
) -> PlannedEdit | Unready:
    """Raises TikTokShopError when the catalogue can not be had."""
    if obstacle := not_editable(product):
        return Unready((Reason("product_frozen", obstacle, "seller", "status"),))
    resolution = await _resolve(services, client, shop, job, product)
    if isinstance(resolution, Unresolved):
        return Unready((resolution.reason,))
    leaf = await services.catalogue.leaf(client, shop.region, resolution.category_id)
    carried = carry_attributes(product, leaf.attributes, job.attributes)
    body = merge(product, resolution.category_id, carried.product_attributes, job.brand_id, services.allowed_fields)
    if isinstance(body, UnknownFields):
        names = ", ".join(body.names)
        message = f"The product has fields an edit could wipe: {names}. Allow them by name to go on."
        return Unready((Reason("unknown_fields", message, "operator", names),), resolution.category_id)
    brand = await brand_of(services, client, shop.shop_id, leaf, body)
    reasons = validate(body, shop.region, leaf.rules, leaf.attributes, brand)
    if reasons:
        return Unready(reasons, resolution.category_id, carried.warnings)
    told: tuple[str, ...] = ()
    if job.dry_run:
        tree = await services.catalogue.tree(client, shop.region)
        told = changes(product, body, tree.path_text(resolution.category_id))
    return PlannedEdit(body, resolution.category_id, resolution.rule, resolution.evidence, carried.warnings, told)


async def _resolve(
    services: Services, client: ShopClient, shop: Shop, job: Job, product: Mapping[str, Any]
) -> Resolved | Unresolved:
    tree = await services.catalogue.tree(client, shop.region)
    hints = Hints(job.category_id, job.brand_id, job.attributes)
    changed = str((job.state or {}).get("changed_category") or "")
    resolution = resolve(product, tree, hints, changed=changed)
    if isinstance(resolution, NeedsRecommendation):
        images = product.get("main_images") or ()
        recommended = await recommendation(
            client, product["title"], product.get("description") or "", images, job.origin_category
        )
        resolution = resolve(product, tree, hints, changed=changed, recommended=recommended)
    if isinstance(resolution, NeedsRecommendation):
        raise RuntimeError("resolve asked for a recommendation it was given")
    return resolution


async def recommendation(
    client: ShopClient, title: str, description: str, images: Sequence[Mapping[str, Any]], origin_category: str
) -> Recommended:
    """Recommend Category's one answer, or none."""
    body: dict[str, Any] = {"product_title": title, "description": description}
    if uris := [{"uri": image["uri"]} for image in images if image.get("uri")]:
        body["images"] = uris
    if origin_category:
        body["origin_platform_category"] = {"full_name": origin_category}
    try:
        return Recommended((await client.recommend_category(body)).leaf_category_id or None)
    except ProductProblem:
        return Recommended(None)


async def brand_of(
    services: Services, client: ShopClient, shop_id: str, leaf: Leaf, body: Mapping[str, Any]
) -> Brand | None:
    """What the catalogue knows of the body's brand; only for T1 brands does the shop's authorisation matter."""
    brand = leaf.brands.get(str(body.get("brand_id") or ""))
    if brand is None or not brand.is_t1:
        return None
    authorized = brand.id in await services.catalogue.authorized_brands(client, shop_id)
    return replace(brand, is_authorized=authorized, is_available=None)


def not_editable(product: Mapping[str, Any]) -> str:
    status = product.get("product_status") or product.get("status")
    return f"The product is {status}: the platform allows no edit." if status in ("FREEZE", "DELETED") else ""
