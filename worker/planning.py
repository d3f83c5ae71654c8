"""From a product as read to the edit that would move it: the pure steps of relisting/ fed from the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from model.job import ON_V1, Job
from model.outcome import Reason
from model.shop import Shop
from relisting.attributes import carry_attributes
from relisting.changes import changes
from relisting.merge import UnknownFields, left_behind, merge
from relisting.planned import AlreadyMigrated, NeedsInput, PlannedEdit
from relisting.resolve import (
    Hints,
    NeedsRecommendation,
    Recommended,
    Resolved,
    Rule,
    Unresolved,
    old_category,
    resolve,
)
from relisting.tree import CategoryTree
from relisting.validate import edit_warnings, validate
from relisting.version import VersionConfirmed, already_on_v2, changes_nothing
from tiktok_shop.catalogue import Brand
from tiktok_shop.errors import ProductProblem
from tiktok_shop.shop_client import ShopClient
from worker.services import Services

MOST_SKUS_SEARCHED = 10
BY_ONE_LEAF: frozenset[Rule] = frozenset({"feeder", "mapping", "webhook", "own_leaf"})
"""Rules that look at one leaf only: whether it is open changes nothing but whether the platform takes it."""


async def plan_edit(
    services: Services, client: ShopClient, shop: Shop, job: Job, product: Mapping[str, Any]
) -> PlannedEdit | AlreadyMigrated | NeedsInput:
    """Raises TikTokShopError when the catalogue can not be had."""
    if obstacle := not_editable(product):
        return NeedsInput((Reason("product_frozen", obstacle, "seller", "status"),))
    resolution, tree = await _resolve(services, client, shop, job, product)
    if isinstance(resolution, Unresolved):
        return NeedsInput((resolution.reason,), resolution.category_id)
    category_id = resolution.category_id
    leaf = await services.catalogue.leaf(client, shop.region, category_id)
    default = services.attribute_rules.current().default_for(product, category_id)
    carried = carry_attributes(product, leaf.attributes, job.attributes, default=default)
    body = merge(product, category_id, carried.product_attributes, job.brand_id, services.allowed_fields)
    if isinstance(body, UnknownFields):
        return unknown_fields(body, category_id)
    warnings = (*carried.warnings, *left_behind(product), *edit_warnings(body, shop.region, leaf.rules))
    name = str((product.get("brand") or {}).get("name") or "") if not job.brand_id else ""
    standing = await brand_standing(services, client, shop, body, name)
    reasons = validate(
        body,
        shop.region,
        leaf.rules,
        leaf.attributes,
        standing.brand,
        product=product,
        brand_unknown=standing.unknown,
    )
    if reasons:
        return NeedsInput(reasons, category_id, warnings, tree.path_text(category_id))
    if changes_nothing(product, body):
        on_v2 = already_on_v2(product, tree, await _known_version(client, job, product), changed=_changed(job))
        if isinstance(on_v2, VersionConfirmed):
            return AlreadyMigrated(category_id, on_v2.proof, warnings)
    evidence = dict(resolution.evidence)
    if carried.evidence:
        evidence["filled"] = list(carried.evidence)
    told = changes(product, body, tree.path_text(category_id)) if job.dry_run else ()
    return PlannedEdit(body, category_id, resolution.rule, evidence, warnings, told)


def unknown_fields(unknown: UnknownFields, category_id: str) -> NeedsInput:
    names = ", ".join(unknown.names)
    message = f"The product has fields an edit could wipe: {names}. To accept that, name them in RELIST_ALLOWED_FIELDS."
    return NeedsInput((Reason("unknown_fields", message, "operator", names),), category_id)


def _changed(job: Job) -> str:
    """The leaf a category-change webhook has named for this product, or empty."""
    return str((job.state or {}).get("changed_category") or "")


async def _known_version(client: ShopClient, job: Job, product: Mapping[str, Any]) -> str | None:
    """The tree a search finds the product on; asked where a search has not told already, or an attempt may have changed
    it since."""
    if _changed(job):
        return None
    if (job.state or {}).get(ON_V1) and not job.attempts:
        return "v1"
    skus = [str(sku["id"]) for sku in product.get("skus") or () if sku.get("id")][:MOST_SKUS_SEARCHED]
    if not skus:
        return None
    found = await client.search_products({"status": "ALL", "category_version": "v2", "sku_ids": skus})
    return "v2" if any(str(each.get("id")) == job.product_id for each in found.products) else None


async def _resolve(
    services: Services, client: ShopClient, shop: Shop, job: Job, product: Mapping[str, Any]
) -> tuple[Resolved | Unresolved, CategoryTree]:
    row = services.mapping.current().find(job.shop_id, old_category(product)[0], job.origin_category)
    decide = partial(
        resolve,
        product,
        hints=Hints(job.category_id, job.brand_id, job.attributes),
        mapped=row.leaf_id if row else "",
        mapped_by=str(row) if row else "",
        changed=_changed(job),
        changed_from=str((job.state or {}).get("changed_from") or ""),
    )
    tree = await services.catalogue.tree(client, shop.region, shop.shop_id)
    resolution = decide(tree=tree)
    if not tree.is_own and not (isinstance(resolution, Resolved) and resolution.rule in BY_ONE_LEAF):
        # What is open to the shop has a say in the rest, and that must not be another shop's.
        tree = await services.catalogue.tree_for_shop(client, shop.region, shop.shop_id)
        resolution = decide(tree=tree)
    if isinstance(resolution, Unresolved) and resolution.category_id:
        # The leaf is known, and closed to the shop: is it still?
        tree = await services.catalogue.fresh_tree_for_shop(client, shop.region, shop.shop_id)
        resolution = decide(tree=tree)
    if isinstance(resolution, NeedsRecommendation):
        images = product.get("main_images") or ()
        description = product.get("description") or ""
        asked = await recommendation(client, product["title"], description, images, job.origin_category)
        resolution = decide(tree=tree, recommended=asked)
    if isinstance(resolution, NeedsRecommendation):
        raise RuntimeError("resolve asked for a recommendation it was given")
    return resolution, tree


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


@dataclass(frozen=True, slots=True)
class BrandStanding:
    """What is known of a body's brand; `unknown` = an edit would clear it."""

    brand: Brand | None = None
    unknown: bool = False


async def brand_standing(
    services: Services, client: ShopClient, shop: Shop, body: Mapping[str, Any], name: str = ""
) -> BrandStanding:
    """Authorisations are the shop's own, whichever shop the leaf's brands were read for."""
    brand_id = str(body.get("brand_id") or "")
    if not brand_id:
        return BrandStanding()
    brand = await services.catalogue.brand(client, shop.region, str(body["category_id"]), brand_id, name)
    if brand is None:
        known = not name or await services.catalogue.has_brand(client, shop.shop_id, brand_id, name)
        return BrandStanding(unknown=not known)
    if not brand.is_t1 and brand.is_available is not False:
        return BrandStanding(brand)
    authorized = brand.id in await services.catalogue.authorized_brands(client, shop.shop_id)
    return BrandStanding(replace(brand, is_authorized=authorized))


def not_editable(product: Mapping[str, Any]) -> str:
    """Why the platform takes no edit, or empty. One that is deleted is not `gone`: the platform goes on finding it, so
    that each search would work on it again; what waits for a person is left alone."""
    status = product.get("product_status") or product.get("status")
    return f"The product is {status}: the platform allows no edit." if status in ("FREEZE", "DELETED") else ""
