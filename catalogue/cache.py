"""A cache of the v2 catalogue: categories, rules, attributes and brands.

All shops of a region share most of it. Permissions and brand authorisations are cached per shop. Entries expire after a
short time because the tree changes often, and are dropped immediately when the platform reports a change.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from catalogue import codec
from catalogue.single_flight import LIFE_SECONDS, SingleFlightCache
from redis_client.connect import AnyRedis
from relisting.inputs import LeafRequirements
from relisting.tree import CategoryTree, is_open
from tiktok_shop.catalogue import Brand, BrandList, Category
from tiktok_shop.shop_client import ShopClient

CLOSED_SECONDS = 10
"""Maximum age in seconds of cached permissions used to refuse a product. It is short because access may have been
granted just before `relist retry`."""
BRAND_PAGES = 10
"""Maximum number of cached pages of a leaf's brands, 100 brands each. The number of brands is undocumented; in some
markets a leaf has tens of thousands."""


@dataclass(frozen=True, slots=True)
class LeafBrands:
    by_id: dict[str, Brand]
    is_whole: bool


class CatalogueCache:
    def __init__(
        self, redis: AnyRedis, life_seconds: int = LIFE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cache = SingleFlightCache(redis, life_seconds, clock)
        self._needs_own: set[str] = set()
        """Shops for which `tree` includes the shop's permissions, because they were needed before."""

    async def tree(self, client: ShopClient, region: str, shop_id: str) -> CategoryTree:
        """The tree with the permissions of any shop of the region, or of this shop if they were needed before."""
        tree: CategoryTree = self._cache.ready(f"{region}:tree") or await self._tree_of(client, region)
        if shop_id not in self._needs_own:
            return tree
        closed = self._cache.ready(f"{shop_id}:closed")
        if closed is None:
            closed = await self._closed_to(client, shop_id)
        return tree.restricted_to_shop(closed)

    async def tree_for_shop(self, client: ShopClient, region: str, shop_id: str) -> CategoryTree:
        """The tree with this shop's permissions, which costs one call per shop while they are cached."""
        self._needs_own.add(shop_id)
        return await self.tree(client, region, shop_id)

    async def fresh_tree_for_shop(self, client: ShopClient, region: str, shop_id: str) -> CategoryTree:
        """The tree with permissions that are at most CLOSED_SECONDS old."""
        if self._cache.is_older(f"{shop_id}:closed", CLOSED_SECONDS):
            await self.forget_permissions(shop_id)
        return await self.tree_for_shop(client, region, shop_id)

    async def tree_in(self, client: ShopClient, region: str, locale: str) -> CategoryTree:
        """The tree with names in another language, such as `de-DE`, and the permissions of any shop."""
        name = f"{region}:tree:{locale}"

        async def make() -> CategoryTree:
            raw = await self._cache.across_workers(name, lambda: client.get_categories(locale))
            return CategoryTree(codec.load_categories(raw))

        tree: CategoryTree = await self._cache.in_process(name, client, make)
        return tree

    async def leaf(self, client: ShopClient, region: str, category_id: str) -> LeafRequirements:
        name = f"{region}:{category_id}"

        async def make() -> LeafRequirements:
            rules = await self._cache.across_workers(f"{name}:rules", lambda: client.get_category_rules(category_id))
            attributes = await self._cache.across_workers(
                f"{name}:attributes", lambda: client.get_attributes(category_id)
            )
            return LeafRequirements(category_id, codec.load_rules(rules), codec.load_attributes(attributes))

        leaf: LeafRequirements = self._cache.ready(name) or await self._cache.in_process(name, client, make)
        return leaf

    async def brand_named(
        self, client: ShopClient, region: str, category_id: str, brand_id: str, name: str
    ) -> Brand | None:
        """The brand as listed for the leaf, found by name, or None."""

        async def fetch() -> BrandList:
            return _only(await client.get_brands(category_id, brand_name=name, until_id=brand_id), brand_id)

        return await self._one_brand(client, f"{region}:{category_id}:brand:{brand_id}", fetch)

    async def brand_listed(self, client: ShopClient, region: str, category_id: str, brand_id: str) -> Brand | None:
        """The brand as listed for the leaf, found page by page. This is slow; use it if only the id is known."""
        leaf = f"{region}:{category_id}"

        async def make() -> LeafBrands:
            raw = await self._cache.across_workers(
                f"{leaf}:brand-list", lambda: client.get_brands(category_id, max_pages=BRAND_PAGES)
            )
            listed = codec.load_brand_list(raw)
            return LeafBrands({brand.id: brand for brand in listed.brands}, listed.is_whole)

        async def fetch_one() -> BrandList:
            return _only(await client.get_brands(category_id, until_id=brand_id), brand_id)

        brands: LeafBrands = await self._cache.in_process(f"{leaf}:brands", client, make)
        brand = brands.by_id.get(brand_id)
        if brand is None and not brands.is_whole:
            brand = await self._one_brand(client, f"{leaf}:listed-brand:{brand_id}", fetch_one)
        return brand

    async def first_brands(self, client: ShopClient, region: str, category_id: str) -> BrandList:
        """The first page of the leaf's brands, with the authorisations of any shop of the region."""
        name = f"{region}:{category_id}:first-brands"
        return codec.load_brand_list(
            await self._cache.across_workers(name, lambda: client.get_brands(category_id, max_pages=1))
        )

    async def brand_of_shop(self, client: ShopClient, shop_id: str, brand_id: str, name: str) -> Brand | None:
        """The brand with this shop's authorisation, for any category; includes the shop's custom brands."""

        async def fetch() -> BrandList:
            return _only(await client.get_brands(brand_name=name), brand_id)

        return await self._one_brand(client, f"{shop_id}:own-brand:{brand_id}", fetch)

    async def is_no_brand(self, client: ShopClient, shop_id: str, brand_id: str) -> bool:
        """Whether the shop's whole list, for any category, lacks the brand. Reads page by page; use it if only the id
        is known.
        """
        name = f"{shop_id}:any-brand:{brand_id}"

        async def fetch() -> BrandList:
            return _only(await client.get_brands(until_id=brand_id), brand_id)

        async def make() -> bool:
            listed = codec.load_brand_list(await self._cache.across_workers(name, fetch, locks=False))
            return listed.is_whole and not listed.brands

        lacking: bool = await self._cache.in_process(name, client, make)
        return lacking

    async def _one_brand(
        self, client: ShopClient, name: str, fetch: Callable[[], Awaitable[BrandList]]
    ) -> Brand | None:
        async def make() -> Brand | None:
            raw = await self._cache.across_workers(name, fetch, locks=False)
            return next(iter(codec.load_brand_list(raw).brands), None)

        brand: Brand | None = await self._cache.in_process(name, client, make)
        return brand

    async def authorized_brands(self, client: ShopClient, shop_id: str) -> frozenset[str]:
        """Ids of the brands the shop is authorised for."""

        async def make() -> frozenset[str]:
            raw = await self._cache.across_workers(
                f"{shop_id}:authorized-brands", lambda: client.get_brands(is_authorized=True)
            )
            return frozenset(brand.id for brand in codec.load_brand_list(raw).brands if brand.is_authorized)

        brands: frozenset[str] = await self._cache.in_process(f"{shop_id}:brands", client, make)
        return brands

    async def refresh(self, region: str, shop_id: str, category_id: str, brand_id: str) -> None:
        """Drops the cached data on which one product's decision depends, unless this process did so within
        CLOSED_SECONDS.

        Call it before refusing a product on which a person acted.
        """
        leaf, brands = f"{region}:{category_id}", f"{shop_id}:brands"
        of_brand = (
            *(f"{leaf}:brand:{brand_id}", f"{leaf}:listed-brand:{brand_id}"),
            *(f"{shop_id}:own-brand:{brand_id}", f"{shop_id}:any-brand:{brand_id}"),
        )
        names = (leaf, f"{leaf}:brands", brands, *of_brand)
        keys = (
            *(f"{leaf}:rules", f"{leaf}:attributes", f"{leaf}:brand-list", f"{shop_id}:authorized-brands"),
            *of_brand,
        )
        for name in (f"{shop_id}:closed", f"{region}:tree"):
            await self._cache.forget_older(CLOSED_SECONDS, name, (name,), (name,))
        await self._cache.forget_older(CLOSED_SECONDS, f"{leaf}:{shop_id}:{brand_id}", names, keys)

    async def forget(self, region: str, category_id: str) -> None:
        """Drops the tree and one leaf, because the platform reported a change."""
        tree, leaf = f"{region}:tree", f"{region}:{category_id}"
        await self._cache.forget(
            (tree, leaf, f"{leaf}:brands"), (tree, f"{leaf}:rules", f"{leaf}:attributes", f"{leaf}:brand-list")
        )

    async def forget_permissions(self, shop_id: str) -> None:
        """Drops a shop's permissions, because the platform reported a change."""
        self._needs_own.add(shop_id)
        await self._cache.forget((f"{shop_id}:closed",), (f"{shop_id}:closed",))

    async def _tree_of(self, client: ShopClient, region: str) -> CategoryTree:
        async def make() -> CategoryTree:
            raw = await self._cache.across_workers(f"{region}:tree", client.get_categories)
            return CategoryTree(codec.load_categories(raw))

        tree: CategoryTree = await self._cache.in_process(f"{region}:tree", client, make)
        return tree

    async def _closed_to(self, client: ShopClient, shop_id: str) -> dict[str, tuple[str, ...]]:
        """Category id -> permission statuses, for the categories that are not open to the shop."""

        async def fetch() -> tuple[Category, ...]:
            return tuple(each for each in await client.get_categories() if not is_open(each.permission_statuses))

        async def make() -> dict[str, tuple[str, ...]]:
            raw = await self._cache.across_workers(f"{shop_id}:closed", fetch, CLOSED_SECONDS)
            return {each.id: each.permission_statuses for each in codec.load_categories(raw)}

        closed: dict[str, tuple[str, ...]] = await self._cache.in_process(f"{shop_id}:closed", client, make)
        return closed


def _only(listed: BrandList, brand_id: str) -> BrandList:
    return replace(listed, brands=tuple(each for each in listed.brands if each.id == brand_id))
