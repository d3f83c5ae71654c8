"""`relist undo --check`: reads each product and shows what an undo would do with it. Nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue.cache import CatalogueCache
from record.made_edits import made_edit
from record.undo_scope import ProductEdits
from relisting.attribute_values import value_label
from relisting.attributes import map_attributes
from relisting.inputs import LeafRequirements
from relisting.merge import body_fields
from relisting.names import Names
from relisting.obstacles import edit_obstacle
from relisting.planned import NeedsInput
from relisting.restore import CATEGORY, RestoredProduct, fields_that_stay, restored_category, restored_product
from relisting.review import review_status
from relisting.tree import CategoryTree
from relisting.validate.category import check_category_rules, check_certifications
from tiktok_shop.catalogue import Attribute, CategoryRules
from tiktok_shop.errors import ProductNotFound, Throttled, TikTokShopError
from tiktok_shop.shop_client import ShopClient

MAX_TRIES = 10
"""Maximum number of reads of one product before a throttled shop is reported as an error."""


@dataclass(frozen=True, slots=True)
class Preview:
    shop_id: str
    product_id: str
    restored: tuple[str, ...] = ()
    """Fields that would be restored."""
    kept: tuple[str, ...] = ()
    """Fields changed since the edit, which stay."""
    lost: tuple[str, ...] = ()
    """Parts that cannot be restored, and why."""
    waits: str = ""
    """Why the undo could not be sent yet."""
    error: str = ""
    """Why the product could not be read."""

    def lines(self) -> list[str]:
        """Describe to a person how an undo would change the product."""
        if self.error:
            return [f"cannot be read: {self.error}"]
        lines = [f"would restore {', '.join(self.restored)}" if self.restored else "nothing to restore"]
        if self.kept:
            lines.append(f"changed since the edit, stays: {', '.join(self.kept)}")
        lines += [f"cannot be restored: {why}" for why in self.lost]
        if self.waits:
            lines.append(f"not yet: {self.waits}")
        return lines


async def preview(
    product: ProductEdits, client: ShopClient, catalogue: CatalogueCache, region: str, damaged_field: str = ""
) -> Preview:
    """Reads the product, and waits while the shop is throttled. Other errors become part of the preview."""
    for _ in range(MAX_TRIES - 1):
        try:
            return await _preview(product, client, catalogue, region, damaged_field)
        except Throttled as throttled:
            await asyncio.sleep(throttled.retry_after or 1.0)
    return await _preview(product, client, catalogue, region, damaged_field, last_try=True)


async def _preview(
    product: ProductEdits,
    client: ShopClient,
    catalogue: CatalogueCache,
    region: str,
    damaged_field: str,
    *,
    last_try: bool = False,
) -> Preview:
    try:
        now = await client.get_product(product.product_id)
        tree = await catalogue.tree_for_shop(client, region, product.shop_id)
        leaf_id, _ = restored_category(_merged(product, now, damaged_field).product, now, tree)
        leaf = await catalogue.leaf(client, region, leaf_id) if leaf_id else None
    except ProductNotFound:
        return Preview(product.shop_id, product.product_id, lost=("the product no longer exists",))
    except TikTokShopError as error:
        if isinstance(error, Throttled) and not last_try:
            raise
        return Preview(product.shop_id, product.product_id, error=str(error))
    return preview_of(product, now, tree, leaf, damaged_field)


def preview_of(
    product: ProductEdits,
    now: Mapping[str, Any],
    tree: CategoryTree,
    leaf: LeafRequirements | None = None,
    damaged_field: str = "",
) -> Preview:
    """`leaf`: the leaf to go back to, or None if there is no such leaf. Pure."""
    attributes = leaf.attributes if leaf is not None else None
    obstacle = edit_obstacle(now)
    waits = ""
    if obstacle is not None:
        reasons = obstacle.reasons if isinstance(obstacle, NeedsInput) else (obstacle.reason,)
        waits = "; ".join(reason.message for reason in reasons)
    elif review_status(now):
        waits = "a version of the product is under review"
    merged = _merged(product, now, damaged_field)
    _, warnings = restored_category(merged.product, now, tree)
    back = {str(each.get("name")) for each in merged.product.get("product_attributes") or ()}
    required = [each.name for each in attributes or () if each.is_required]
    stay = tuple(f"attribute {name}" for name in required if name not in back)
    if leaf is not None:
        stay += _required_fields(merged.product, now, leaf.rules)
    unfit = _unfit_attributes(merged.product, now, attributes) if attributes is not None else {}
    restored = tuple(
        name for name in merged.restored if name not in (*stay, *unfit) and (name != CATEGORY or not warnings)
    )
    refused = tuple(f"{name}: {why}" for name, why in unfit.items() if why and name in merged.restored)
    needed = tuple(f"{name} stays: the category requires it" for name in stay if name in merged.restored)
    return Preview(
        product.shop_id, product.product_id, restored, merged.kept, (*warnings, *merged.lost, *needed, *refused), waits
    )


def _required_fields(product: Mapping[str, Any], now: Mapping[str, Any], rules: CategoryRules) -> tuple[str, ...]:
    """Other fields that the leaf requires and the product did not have."""
    body = {**body_fields(product), "product_attributes": product.get("product_attributes") or ()}
    reasons = (*check_category_rules(body, rules), *check_certifications(body, rules))
    return tuple(fields_that_stay(now, product, reasons))


def _unfit_attributes(
    product: Mapping[str, Any], now: Mapping[str, Any], attributes: Sequence[Attribute]
) -> dict[str, str]:
    """Attributes to restore that the edit would send unchanged, and why; the reason is empty if nothing is lost."""
    back = map_attributes(product, attributes)
    sent, stays = (
        {each["id"]: each["values"] for each in mapped.product_attributes}
        for mapped in (back, map_attributes(now, attributes))
    )
    by_id = {each.id for each in attributes}
    names = Names(attributes)
    found = {}
    for each in (*(product.get("product_attributes") or ()), *(now.get("product_attributes") or ())):
        label = value_label(each)
        known = names.find(label) if str(each.get("id")) not in by_id else None
        attribute_id = known.id if known is not None else str(each.get("id"))
        if sent.get(attribute_id) == stays.get(attribute_id):
            own = [warning for warning in back.warnings if warning.startswith(f"{label}: ")]
            found[f"attribute {label}"] = "; ".join(warning.removeprefix(f"{label}: ") for warning in own)
    return found


def _merged(product: ProductEdits, now: Mapping[str, Any], damaged_field: str) -> RestoredProduct:
    return restored_product([made_edit(edit, damaged_field) for edit in product.edits], now)
