"""The v2 catalogue, shared by all shops of a region: fetched once however many jobs ask at the same moment.

Kept for a short while, since the tree changes often, and dropped at once when the platform says it has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

from tiktok_shop.catalogue import Attribute, Brand, CategoryRules
from tiktok_shop.shop_client import ShopClient
from worker.relist.tree import CategoryTree

LIFE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """What listing under one v2 leaf asks for."""

    rules: CategoryRules
    attributes: tuple[Attribute, ...]
    brands: dict[str, Brand]


class CatalogueCache:
    def __init__(self, life_seconds: float = LIFE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._life, self._clock = life_seconds, clock
        self._entries: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}

    async def tree(self, client: ShopClient, region: str) -> CategoryTree:
        async def fetch() -> CategoryTree:
            return CategoryTree(await client.get_categories())

        tree: CategoryTree = await self._once((region, "tree"), fetch)
        return tree

    async def leaf(self, client: ShopClient, region: str, category_id: str) -> Leaf:
        async def fetch() -> Leaf:
            rules = await client.get_category_rules(category_id)
            attributes = await client.get_attributes(category_id)
            brands = await client.get_brands(category_id)
            return Leaf(rules, attributes, {brand.id: brand for brand in brands})

        leaf: Leaf = await self._once((region, category_id), fetch)
        return leaf

    async def authorized_brands(self, client: ShopClient, shop_id: str) -> frozenset[str]:
        """Authorisations are a shop's own, unlike the rest."""

        async def fetch() -> frozenset[str]:
            return frozenset(brand.id for brand in await client.get_brands(is_authorized=True) if brand.is_authorized)

        brands: frozenset[str] = await self._once((shop_id, "brands"), fetch)
        return brands

    def forget(self, region: str, category_id: str = "") -> None:
        """The platform says that this has changed."""
        self._entries.pop((region, "tree"), None)
        self._entries.pop((region, category_id), None)

    async def _once(self, key: Hashable, fetch: Callable[[], Awaitable[Any]]) -> Any:
        at, task = self._entries.get(key, (0.0, None))
        if task is None or self._clock() - at > self._life or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(_run(fetch))
            self._entries[key] = (self._clock(), task)
        # A job that is cancelled must not take the answer from the others that wait for it.
        return await asyncio.shield(task)


async def _run(fetch: Callable[[], Awaitable[Any]]) -> Any:
    return await fetch()
