"""The v2 catalogue, shared by all shops of a region. What is open to whom is not shared: the first shop that asks must
not decide for the others.

Kept for a short while (shared_answers.py), since the tree changes often; dropped at once when the platform says it has
changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from catalogue import codec
from catalogue.single_flight import LIFE_SECONDS, SingleFlightCache
from redis_client.connect import AnyRedis
from relisting.tree import CategoryTree, is_open
from tiktok_shop.catalogue import Attribute, Brand, BrandList, Category, CategoryRules
from tiktok_shop.shop_client import ShopClient

CLOSED_SECONDS = 10
"""So old may be what is known to be closed to a shop when a product is about to be told of it: somebody may have got
the shop an invitation, and then says `relist retry`."""
BRAND_PAGES = 10
"""Of a leaf's brands, a hundred on each: how many there are is not documented, and some markets know tens of thousands
for a leaf. What lies behind is asked for by name."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What listing under one v2 leaf asks for."""

    rules: CategoryRules
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class LeafBrands:
    by_id: dict[str, Brand]
    is_whole: bool


class CatalogueCache:
    def __init__(
        self, redis: AnyRedis, life_seconds: int = LIFE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._answers = SingleFlightCache(redis, life_seconds, clock)
        self._seen_apart: set[str] = set()
        """Shops whose own permissions were needed once."""

    async def tree(self, client: ShopClient, region: str, shop_id: str) -> CategoryTree:
        """With the permissions of whichever shop it was read for, as long as nothing has hung on the shop's own."""
        tree = await self._tree_of(client, region)
        if shop_id not in self._seen_apart:
            return tree
        return tree.restricted_to_shop(await self._closed_to(client, shop_id))

    async def tree_for_shop(self, client: ShopClient, region: str, shop_id: str) -> CategoryTree:
        """With the shop's own permissions: one call a shop while they are kept."""
        self._seen_apart.add(shop_id)
        return await self.tree(client, region, shop_id)

    async def _closed_to(self, client: ShopClient, shop_id: str) -> dict[str, tuple[str, ...]]:
        """The statuses of the categories that are not simply open to the shop."""

        async def fetch() -> tuple[Category, ...]:
            return tuple(each for each in await client.get_categories() if not is_open(each.permission_statuses))

        async def make() -> dict[str, tuple[str, ...]]:
            categories = codec.load_categories(
                await self._answers.among_workers(f"{shop_id}:closed", fetch, CLOSED_SECONDS)
            )
            return {each.id: each.permission_statuses for each in categories}

        closed: dict[str, tuple[str, ...]] = await self._answers.in_process(f"{shop_id}:closed", client, make)
        return closed

    async def _tree_of(self, client: ShopClient, region: str) -> CategoryTree:
        async def make() -> CategoryTree:
            raw = await self._answers.among_workers(f"{region}:tree", client.get_categories)
            return CategoryTree(codec.load_categories(raw))

        tree: CategoryTree = await self._answers.in_process(f"{region}:tree", client, make)
        return tree

    async def leaf(self, client: ShopClient, region: str, category_id: str) -> Leaf:
        name = f"{region}:{category_id}"

        async def make() -> Leaf:
            rules = await self._answers.among_workers(f"{name}:rules", lambda: client.get_category_rules(category_id))
            attributes = await self._answers.among_workers(
                f"{name}:attributes", lambda: client.get_attributes(category_id)
            )
            return Leaf(codec.load_rules(rules), codec.load_attributes(attributes))

        leaf: Leaf = await self._answers.in_process(name, client, make)
        return leaf

    async def brand(
        self, client: ShopClient, region: str, category_id: str, brand_id: str, brand_name: str = ""
    ) -> Brand | None:
        """The brand as the leaf lists it; None when it does not."""
        leaf = f"{region}:{category_id}"

        async def make() -> LeafBrands:
            raw = await self._answers.among_workers(
                f"{leaf}:brand-list", lambda: client.get_brands(category_id, max_pages=BRAND_PAGES)
            )
            listed = codec.load_brand_list(raw)
            return LeafBrands({brand.id: brand for brand in listed.brands}, listed.is_whole)

        async def ask() -> BrandList:
            # Only the one is kept: to find it may take two hundred pages.
            listed = await client.get_brands(category_id, brand_name=brand_name, until_id=brand_id)
            return replace(listed, brands=tuple(each for each in listed.brands if each.id == brand_id))

        async def make_one() -> Brand | None:
            raw = await self._answers.among_workers(f"{leaf}:brand:{brand_id}", ask)
            return next(iter(codec.load_brand_list(raw).brands), None)

        brands: LeafBrands = await self._answers.in_process(f"{leaf}:brands", client, make)
        brand = brands.by_id.get(brand_id)
        if brand is None and not brands.is_whole:
            brand = await self._answers.in_process(f"{leaf}:brand:{brand_id}", client, make_one)
        return brand

    async def authorized_brands(self, client: ShopClient, shop_id: str) -> frozenset[str]:
        """Authorisations are a shop's own, unlike the rest."""

        async def make() -> frozenset[str]:
            raw = await self._answers.among_workers(
                f"{shop_id}:authorized-brands", lambda: client.get_brands(is_authorized=True)
            )
            return frozenset(brand.id for brand in codec.load_brand_list(raw).brands if brand.is_authorized)

        brands: frozenset[str] = await self._answers.in_process(f"{shop_id}:brands", client, make)
        return brands

    async def has_brand(self, client: ShopClient, shop_id: str, brand_id: str, name: str) -> bool:
        """Whether the platform knows the brand at all for this shop, which includes brands of the shop's own making."""

        async def make() -> bool:
            raw = await self._answers.among_workers(
                f"{shop_id}:own-brand:{brand_id}", lambda: client.get_brands(brand_name=name)
            )
            return any(brand.id == brand_id for brand in codec.load_brand_list(raw).brands)

        known: bool = await self._answers.in_process(f"{shop_id}:brand:{brand_id}", client, make)
        return known

    async def forget(self, region: str, category_id: str) -> None:
        """The platform says that this has changed."""
        tree, leaf = f"{region}:tree", f"{region}:{category_id}"
        await self._answers.forget(
            (tree, leaf, f"{leaf}:brands"), (tree, f"{leaf}:rules", f"{leaf}:attributes", f"{leaf}:brand-list")
        )

    async def fresh_tree_for_shop(self, client: ShopClient, region: str, shop_id: str) -> CategoryTree:
        """With permissions that were read a moment ago."""
        if self._answers.is_older(f"{shop_id}:closed", CLOSED_SECONDS):
            await self.forget_permissions(shop_id)
        return await self.tree_for_shop(client, region, shop_id)

    async def forget_permissions(self, shop_id: str) -> None:
        """The platform says that they are others than we know, or they are not known at all."""
        self._seen_apart.add(shop_id)
        await self._answers.forget((f"{shop_id}:closed",), (f"{shop_id}:closed",))
