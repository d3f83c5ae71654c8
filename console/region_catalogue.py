"""Reads the category tree and the requirements of leaves for commands, through the cache that workers share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import click

from catalogue.cache import CatalogueCache
from config.settings import Settings
from console.platform_client import client_of
from mapping_studio.locales import LOCALES, best_locale, known_share
from mapping_studio.path_index import PathIndex
from mapping_studio.requirements import Requirements, requirements_of
from mapping_studio.suggestion import WELL_KNOWN
from model.shop import Shop
from redis_client.connect import AnyRedis
from relisting.inputs import LeafRequirements
from relisting.tree import CategoryTree
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.catalogue import BrandList
from tiktok_shop.errors import BadRequest, ProductProblem, Throttled
from tiktok_shop.shop_client import ShopClient

MAX_TRIES = 8
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RegionCatalogue:
    shop: Shop
    client: ShopClient
    cache: CatalogueCache

    async def tree(self, locale: str = "") -> CategoryTree:
        """The tree with this shop's permissions, or, in another language, with those of any shop of the region."""
        cache, client, shop = self.cache, self.client, self.shop
        if locale:
            return await patiently(lambda: cache.tree_in(client, shop.region, locale))
        return await patiently(lambda: cache.tree_for_shop(client, shop.region, shop.shop_id))

    async def leaf(self, category_id: str) -> LeafRequirements:
        return await patiently(lambda: self.cache.leaf(self.client, self.shop.region, category_id))

    async def first_brands(self, category_id: str) -> BrandList:
        """The brands on the first page of the leaf's list."""
        return await patiently(lambda: self.cache.first_brands(self.client, self.shop.region, category_id))

    async def requirements(
        self, leaves: Sequence[str], progress: Callable[[int, int], None]
    ) -> dict[str, Requirements]:
        """The requirements of each leaf, which cost two calls each unless they are cached."""
        found = {}
        for place, leaf in enumerate(leaves, 1):
            found[leaf] = requirements_of(await self.leaf(leaf))
            progress(place, len(leaves))
        return found

    async def index_for(self, paths: Sequence[Sequence[str]], locale: str) -> tuple[PathIndex, str, float]:
        """An index of the tree in the language of the paths, its locale, and the share of their words that it contains.

        `locale` sets the language; the default is the market's, or, if its tree contains few of the words, the language
        that contains the most.
        """
        index = PathIndex(await self.tree(locale))
        share = known_share(index, paths)
        if locale or share >= WELL_KNOWN:
            return index, locale, share
        indexes, shares = {"": index}, {"": share}
        for each in LOCALES:
            try:
                indexes[each] = PathIndex(await self.tree(each))
            except (BadRequest, ProductProblem):
                continue  # The market does not offer this language.
            shares[each] = known_share(indexes[each], paths)
        best = best_locale(shares)
        return indexes[best], best, shares[best]


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """The result of a call, which is repeated while the platform throttles it.

    Workers share the shop's allowance, so a command that reads hundreds of leaves must wait its turn.
    """
    pause = PAUSE_SECONDS
    for _ in range(MAX_TRIES - 1):
        try:
            return await call()
        except Throttled as throttled:
            await asyncio.sleep(min(throttled.retry_after or pause, LONGEST_PAUSE_SECONDS))
            pause *= 2
    return await call()


@asynccontextmanager
async def region_catalogue(settings: Settings, redis: AnyRedis, shop_id: str) -> AsyncIterator[RegionCatalogue]:
    """The catalogue as seen by this shop. Without an ID, any shop is used, provided that all are in one region.

    Raises UnknownShop, ClickException.
    """
    shop = await chosen_shop(redis, shop_id)
    async with client_of(settings, redis, shop.shop_id) as client:
        yield RegionCatalogue(shop, client, CatalogueCache(redis))


async def chosen_shop(redis: AnyRedis, shop_id: str) -> Shop:
    registry = ShopRegistry(redis)
    if shop_id:
        return await registry.get(shop_id)
    shops = await registry.all()
    if not shops:
        raise click.ClickException("there are no shops: connect one with `relist shops connect`")
    regions = sorted({shop.region for shop in shops})
    if len(regions) > 1:
        raise click.ClickException(f"your shops are in {', '.join(regions)}: choose one with --shop")
    return shops[0]
