"""Gathers the inputs of `relisting.plan.plan` from the catalogue, the operator's files and the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model.immutable import immutable
from model.job import Job
from model.job_state import RelistState, state_of
from model.shop import Shop
from relisting.attributes import DefaultValue
from relisting.inputs import (
    BrandStanding,
    Inputs,
    LeafInputs,
    Missing,
    MoveListing,
    NeedsFreshCatalogue,
    NeedsFreshPermissions,
    NeedsLeaf,
    NeedsOwnPermissions,
    NeedsVersion,
    NewListing,
    RestoreListing,
    Task,
)
from relisting.old_category import old_category
from relisting.origin import own_values, recommendation_fields
from relisting.plan import plan
from relisting.planned import Plan
from relisting.platform_habits import PlatformHabits
from relisting.recommender import Recommender
from relisting.resolution import CategorySources, NeedsRecommendation, ProposedLeaf, Recommended
from relisting.version import KnownVersion
from tiktok_shop.errors import ProductProblem
from tiktok_shop.shop_client import ShopClient
from worker.platform_habits import platform_habits
from worker.services import Services

MAX_SKUS_SEARCHED = 10
MAX_ROUNDS = 10
"""`plan` requests each input once; more rounds mean that it repeats a request."""


@immutable
class Planning:
    """Plans one job's product. Raises TikTokShopError if the catalogue is unavailable."""

    services: Services
    client: ShopClient
    shop: Shop
    job: Job
    leaves_out_legacy: bool = False
    """Whether the platform has just refused the product with values that it can omit."""

    async def plan(
        self,
        product: Mapping[str, Any],
        task: Task,
        proposed: Mapping[str, DefaultValue] | None = None,
        leaf: ProposedLeaf | None = None,
    ) -> Plan:
        """`proposed`: values that may be filled in without asking, by attribute ID; `leaf`: one that may be chosen
        without asking.
        """
        inputs = await self._first_inputs(product, task, proposed or {}, leaf)
        for _ in range(MAX_ROUNDS):
            decision = plan(product, inputs)
            if not isinstance(decision, Missing):
                return decision
            inputs = await self._gather(decision, inputs, product)
        raise RuntimeError("plan requests an input that it was already given")

    async def _first_inputs(
        self,
        product: Mapping[str, Any],
        task: Task,
        proposed: Mapping[str, DefaultValue],
        leaf: ProposedLeaf | None,
    ) -> Inputs:
        """The cached tree and the inputs that need no separate call."""
        services, job, catalogue = self.services, self.job, self.services.catalogue
        tree_of = catalogue.tree if isinstance(task, MoveListing) else catalogue.tree_for_shop
        tree = await tree_of(self.client, self.shop.region, self.shop.shop_id)
        if isinstance(task, RestoreListing):
            # A before-image is restored unchanged, so neither hints nor rules apply.
            return Inputs(
                task,
                self.shop.region,
                tree,
                CategorySources(proposed=leaf),
                allowed_fields=services.allowed_fields,
                habits=await self._habits(),
                proposed=proposed,
            )
        old_id = old_category(product)[0] if isinstance(task, MoveListing) else ""
        chosen = job.category_id or (str(product.get("category_id") or "") if isinstance(task, NewListing) else "")
        return Inputs(
            task,
            self.shop.region,
            tree,
            CategorySources(
                chosen,
                services.mapping.current().find(job.shop_id, old_id, job.origin_category),
                state_of(job.state, RelistState).changed,
                proposed=leaf,
            ),
            job.brand_id,
            job.attributes,
            job.fields or {},
            services.attribute_rules.current(),
            own_values(job.origin or {}),
            services.allowed_fields,
            describe_changes=isinstance(task, MoveListing),
            looks_again=_looks_again(job),
            refusals=await services.refusals.learned(self.shop.region),
            leaves_out_legacy=self.leaves_out_legacy,
            habits=await self._habits(),
            known_version=_known_version(job),
            proposed=proposed,
        )

    async def _habits(self) -> PlatformHabits:
        region = self.shop.region
        observed = await self.services.habits.observed(region, "edit_reactivates")
        return platform_habits(self.services.facts.current(), region, reactivation_observed=observed)

    async def _gather(self, missing: Missing, inputs: Inputs, product: Mapping[str, Any]) -> Inputs:
        catalogue, region, shop_id = self.services.catalogue, self.shop.region, self.shop.shop_id
        match missing:
            case NeedsOwnPermissions():
                return replace(inputs, tree=await catalogue.tree_for_shop(self.client, region, shop_id), resolved=None)
            case NeedsFreshPermissions():
                tree = await catalogue.fresh_tree_for_shop(self.client, region, shop_id)
                return replace(inputs, tree=tree, has_fresh_permissions=True, resolved=None)
            case NeedsFreshCatalogue():
                return await self._fresh(inputs)
            case NeedsRecommendation():
                recommended = await self._recommendation(product)
                return replace(inputs, sources=replace(inputs.sources, recommended=recommended), resolved=None)
            case NeedsLeaf(category_id, brand_id, brand_name, resolved):
                leaf = await catalogue.leaf(self.client, region, category_id)
                brand = await self._brand_status(category_id, brand_id, brand_name)
                return replace(inputs, leaf=LeafInputs(leaf, brand, brand_id), resolved=resolved)
            case NeedsVersion():
                return replace(inputs, known_version=await searched_version(self.client, product))

    async def _fresh(self, inputs: Inputs) -> Inputs:
        """Drops the cached data behind the decision, so that it is read again when requested."""
        leaf = inputs.leaf
        category_id = leaf.leaf.category_id if leaf else ""
        brand_id = leaf.brand_id if leaf else ""
        await self.services.catalogue.refresh(self.shop.region, self.shop.shop_id, category_id, brand_id)
        tree = await self.services.catalogue.tree_for_shop(self.client, self.shop.region, self.shop.shop_id)
        return replace(inputs, tree=tree, leaf=None, is_fresh=True, has_fresh_permissions=True, resolved=None)

    async def _recommendation(self, product: Mapping[str, Any]) -> Recommended:
        tests = self.services.recommender
        recommender = await tests.recommender(self.shop.region) if tests is not None else Recommender()
        return Recommended(await self.recommended_leaf(product), recommender)

    async def recommended_leaf(self, product: Mapping[str, Any]) -> str | None:
        """The platform's recommendation. Recommend Category refuses a product for which it has no recommendation."""
        title, description = str(product.get("title") or ""), str(product.get("description") or "")
        body: dict[str, Any] = {"product_title": title, "description": description}
        if uris := [{"uri": image["uri"]} for image in product.get("main_images") or () if image.get("uri")]:
            body["images"] = uris
        body |= recommendation_fields(self.job.origin or {}, self.job.origin_category)
        try:
            return (await self.client.recommend_category(body)).leaf_category_id or None
        except ProductProblem:
            return None

    async def _brand_status(self, category_id: str, brand_id: str, name: str) -> BrandStanding:
        """Finds the brand by name, which costs one call, or else page by page.

        The authorisations are this shop's, even if the leaf's brands were read for another shop.
        """
        if not brand_id:
            return BrandStanding()
        catalogue, client, shop = self.services.catalogue, self.client, self.shop
        brand = await catalogue.brand_named(client, shop.region, category_id, brand_id, name) if name else None
        if brand is None and name and await catalogue.brand_of_shop(client, shop.shop_id, brand_id, name):
            return BrandStanding()
        if brand is None:
            brand = await catalogue.brand_listed(client, shop.region, category_id, brand_id)
        if brand is None:
            # A person or a feeder gives only the ID. A wrong one would clear the brand that the product has.
            return BrandStanding(is_unknown=bool(name) or await catalogue.is_no_brand(client, shop.shop_id, brand_id))
        if not brand.is_t1 and brand.is_available is not False:
            return BrandStanding(brand)
        return BrandStanding(replace(brand, is_authorized=await self._is_authorized(brand.id, name)))

    async def _is_authorized(self, brand_id: str, name: str) -> bool:
        catalogue, client, shop = self.services.catalogue, self.client, self.shop
        own = await catalogue.brand_of_shop(client, shop.shop_id, brand_id, name) if name else None
        if own is not None:
            return own.is_authorized
        return brand_id in await catalogue.authorized_brands(client, shop.shop_id)


async def searched_version(client: ShopClient, product: Mapping[str, Any]) -> KnownVersion:
    """Whether a search for products on v2 finds the product. Raises TikTokShopError."""
    skus = [str(sku["id"]) for sku in product.get("skus") or () if sku.get("id")][:MAX_SKUS_SEARCHED]
    if not skus:
        return KnownVersion(None)
    found = await client.search_products({"status": "ALL", "category_version": "v2", "sku_ids": skus})
    is_found = any(str(each.get("id")) == str(product.get("id")) for each in found.products)
    return KnownVersion("v2" if is_found else None)


def _known_version(job: Job) -> KnownVersion | None:
    """The version known without a search: from a webhook, or from the search that found the product.

    After a failed attempt the product may have moved, so the result of that search no longer counts.
    """
    if state_of(job.state, RelistState).changed:
        return KnownVersion(None)
    return KnownVersion("v1") if state_of(job.state, RelistState).on_v1 and not job.attempts else None


def _looks_again(job: Job) -> bool:
    """Whether a person has acted on the product: the job has a decision or is a retry."""
    return bool(
        job.category_id or job.brand_id or job.attributes or job.fields or state_of(job.state, RelistState).looks_again
    )
