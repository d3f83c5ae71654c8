"""The `--check` of an undo: prints for each product what would happen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

import click
import orjson

from catalogue.cache import CatalogueCache
from config.settings import Settings
from console.formatting import pluralize
from console.platform_client import client_of
from record.undo_scope import Coverage, ProductEdits
from redis_client.connect import AnyRedis
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.shop_client import ShopClient
from undo.preview import Preview, preview


async def check_products(
    redis: AnyRedis,
    settings: Settings,
    products: AsyncIterator[ProductEdits],
    *,
    as_json: bool,
    damaged_field: str = "",
) -> dict[str, Any]:
    """Reads one product after the other, without a rate limit, and returns the counts.

    `damaged_field`: only this field would be restored (UndoState). Raises RecordUnavailable and REDIS_UNAVAILABLE.
    """
    catalogue, registry, clients = CatalogueCache(redis), ShopRegistry(redis), dict[str, ShopClient]()
    counts = dict.fromkeys(("restored", "kept", "lost", "waiting", "nothing_to_restore", "errors"), 0)
    async with AsyncExitStack() as stack:
        async for product in products:
            if product.shop_id not in clients:
                client = client_of(settings, redis, product.shop_id)
                clients[product.shop_id] = await stack.enter_async_context(client)
            region = (await registry.get(product.shop_id)).region
            found = await preview(product, clients[product.shop_id], catalogue, region, damaged_field)
            counts["restored"] += bool(found.restored)
            counts["kept"] += bool(found.kept)
            counts["lost"] += bool(found.lost)
            counts["waiting"] += bool(found.waits)
            counts["errors"] += bool(found.error)
            counts["nothing_to_restore"] += not (found.restored or found.error)
            for line in [orjson.dumps(asdict(found)).decode()] if as_json else _lines(found):
                click.echo(line)
    return counts


def summary(counts: dict[str, Any], coverage: Coverage) -> str:
    return (
        f"{pluralize(coverage.changed, 'product')} changed: {counts['restored']:,} with something to restore,"
        f" {counts['kept']:,} with changes since that stay, {counts['lost']:,} with parts that cannot be restored"
        + (f", {counts['errors']:,} that cannot be read now" if counts["errors"] else "")
    )


def _lines(found: Preview) -> list[str]:
    first, *others = found.lines()
    return [f"{found.product_id} (shop {found.shop_id}): {first}", *(f"    {line}" for line in others)]
