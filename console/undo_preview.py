"""`relist undo --check`: reads each product and shows what an undo would do with it. Nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogue.cache import CatalogueCache
from console.undo_scope import ProductEdits
from record.effect import damaged_fields, effect_of
from relisting.obstacles import edit_obstacle
from relisting.planned import NeedsInput
from relisting.restore import CATEGORY, MadeEdit, restored_category, taken_back
from relisting.tree import CategoryTree
from tiktok_shop.errors import ProductNotFound, TikTokShopError
from tiktok_shop.shop_client import ShopClient


@dataclass(frozen=True, slots=True)
class Preview:
    shop_id: str
    product_id: str
    restored: tuple[str, ...] = ()
    """Fields that would go back."""
    kept: tuple[str, ...] = ()
    """Fields that were changed since the edit, and stay."""
    lost: tuple[str, ...] = ()
    """What cannot be restored, and why."""
    waits: str = ""
    """Why the undo could not be sent yet."""
    error: str = ""
    """Why the product could not be read."""


async def preview(product: ProductEdits, client: ShopClient, catalogue: CatalogueCache, region: str) -> Preview:
    """Reads the product. An error of the platform becomes part of the preview."""
    try:
        now = await client.get_product(product.product_id)
        tree = await catalogue.tree_for_shop(client, region, product.shop_id)
    except ProductNotFound:
        return Preview(product.shop_id, product.product_id, lost=("the product no longer exists",))
    except TikTokShopError as error:
        return Preview(product.shop_id, product.product_id, error=str(error))
    return preview_of(product, now, tree)


def preview_of(product: ProductEdits, now: Mapping[str, Any], tree: CategoryTree) -> Preview:
    """Pure."""
    obstacle = edit_obstacle(now)
    waits = ""
    if obstacle is not None:
        reasons = obstacle.reasons if isinstance(obstacle, NeedsInput) else (obstacle.reason,)
        waits = "; ".join(reason.message for reason in reasons)
    elif (now.get("audit") or {}).get("status") == "AUDITING" and any(
        effect_of(edit) == "in_audit" for edit in product.edits
    ):
        waits = "the audit of the edit goes on"
    merged = taken_back([MadeEdit(edit.before or {}, edit.edit, damaged_fields(edit)) for edit in product.edits], now)
    _, warnings = restored_category(merged.product, now, tree)
    restored = tuple(name for name in merged.restored if name != CATEGORY or not warnings)
    return Preview(product.shop_id, product.product_id, restored, merged.kept, (*warnings, *merged.lost), waits)
