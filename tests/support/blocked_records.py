"""Blocked products as workers store them, for tests of worklists and the web UI."""

from __future__ import annotations

from typing import Any

import orjson
from redis.asyncio import Redis

from model.blocked_product import BlockedProduct
from model.shop import Shop
from shop_queue.keys import lane_keys
from shop_queue.shop_registry import ShopRegistry

COTTON, WOOL = {"id": "501", "name": "Cotton"}, {"id": "502", "name": "Wool"}
MATERIAL: dict[str, Any] = {
    "code": "12052104",
    "message": "Material is required in this category.",
    "actor": "seller",
    "field": "product_attributes",
    "attribute_id": "100392",
    "allowed_values": [COTTON, WOOL],
    "form": {"name": "Material"},
}
WEIGHT: dict[str, Any] = {
    **MATERIAL,
    "message": "Fill weight is required in this category.",
    "attribute_id": "100400",
    "allowed_values": [],
    "form": {"name": "Fill weight", "custom": True, "number": True},
}
CATEGORY: dict[str, Any] = {
    "code": "category_undecided",
    "message": "Shirts is no longer a final category.",
    "actor": "operator",
    "field": "category_id",
    "attribute_id": None,
    "allowed_values": [{"id": "853000", "name": "Clothes > Shirts > T-Shirts (the platform recommends it)"}],
}
BRAND: dict[str, Any] = {
    "code": "12052208",
    "message": "The shop has no authorisation for the brand Acme: ask for it in Seller Center.",
    "actor": "seller",
    "field": "brand_id",
    "attribute_id": None,
    "allowed_values": [],
}
CERTIFICATE: dict[str, Any] = {
    "code": "12052105",
    "message": "The certificate CE is required in this category.",
    "actor": "seller",
    "field": "certifications",
    "attribute_id": None,
    "allowed_values": [],
}


def with_proposal(reason: dict[str, Any], score: float) -> dict[str, Any]:
    """The reason with its first allowed value as a proposal that is right with this chance."""
    first, *others = reason["allowed_values"]
    proposed = {**first, "score": score, "source": "title", "words": first["name"].casefold()}
    return {**reason, "allowed_values": [proposed, *({**each, "score": 0.01} for each in others)]}


def record(*reasons: dict[str, Any], outcome: str = "needs_input", **more: Any) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "kind": "relist",
        "run_id": "spring",
        "trace_id": "erp-1",
        "category_id": "853000",
        "category_path": "Clothes > Shirts > T-Shirts",
        "title": "A shirt",
        "at": "2026-11-24T05:00:00Z",
        "reasons": [{name: value for name, value in reason.items() if name != "form"} for reason in reasons],
        "forms": {reason["attribute_id"]: reason["form"] for reason in reasons if "form" in reason},
        "warnings": [],
        **more,
    }


def blocked(shop_id: str, product_id: str, *reasons: dict[str, Any], **more: Any) -> BlockedProduct:
    return BlockedProduct.load(shop_id, product_id, orjson.dumps(record(*reasons, **more)))


async def block(redis: Redis, shop_id: str, product_id: str, *reasons: dict[str, Any], **more: Any) -> None:
    """Stores the blocked product as a commit does, and registers its shop."""
    await ShopRegistry(redis).add(Shop(shop_id, "cipher", "US", shop_id, f"Shop {shop_id}"))
    await redis.hset(lane_keys(shop_id).blocked, product_id, orjson.dumps(record(*reasons, **more)))
