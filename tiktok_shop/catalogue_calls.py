"""Operations on the catalogue: categories, their rules and attributes, and brands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from tiktok_shop import endpoints
from tiktok_shop.catalogue import Attribute, Brand, BrandList, Category, CategoryRules
from tiktok_shop.fields import MalformedData, object_list, optional_str, required_id
from tiktok_shop.parse import parse_attributes, parse_brands, parse_categories, parse_rules
from tiktok_shop.shop_calls import PAGE_SIZE, ShopCalls, parsed

MAX_BRAND_PAGES = 200


@dataclass(frozen=True, slots=True)
class Recommendation:
    leaf_category_id: str
    path: tuple[Category, ...]
    """From the root to the leaf."""


@dataclass(frozen=True, slots=True)
class CatalogueCalls(ShopCalls):
    """The catalogue operations of ShopClient."""

    async def get_categories(self, locale: str = "") -> tuple[Category, ...]:
        """Return the whole category tree, with this shop's permissions (Get Categories 202309).

        Names are in the language of `locale`, such as `de-DE`; the default is that of the shop's market.
        """
        query = {"category_version": self.category_version, **({"locale": locale} if locale else {})}
        return parsed(endpoints.GET_CATEGORIES, await self._call(endpoints.GET_CATEGORIES, query=query), _category_tree)

    async def recommend_category(self, body: Mapping[str, Any]) -> Recommendation:
        """Recommend a leaf category (Recommend Category 202309).

        `body` needs `product_title`. Raises ProductProblem (12019064) if the platform has no recommendation.
        """
        response = await self._call(endpoints.RECOMMEND_CATEGORY, body=self._versioned(body))
        return parsed(endpoints.RECOMMEND_CATEGORY, response, _recommendation)

    async def get_category_rules(self, category_id: str) -> CategoryRules:
        """Return the listing rules of a leaf category (Get Category Rules 202309)."""
        query = {"category_version": self.category_version}
        return parsed(endpoints.GET_RULES, await self._call(endpoints.GET_RULES, category_id, query=query), parse_rules)

    async def get_attributes(self, category_id: str) -> tuple[Attribute, ...]:
        """Return the attributes of a leaf category (Get Attributes 202309)."""
        query = {"category_version": self.category_version}
        response = await self._call(endpoints.GET_ATTRIBUTES, category_id, query=query)
        return parsed(endpoints.GET_ATTRIBUTES, response, parse_attributes)

    async def get_brands(
        self,
        category_id: str = "",
        *,
        is_authorized: bool | None = None,
        brand_name: str = "",
        max_pages: int = MAX_BRAND_PAGES,
        until_id: str = "",
    ) -> BrandList:
        """Return the brands on up to `max_pages` pages, stopping after the page with the brand `until_id`."""
        query = self._brands_query(category_id, is_authorized, brand_name)
        brands: list[Brand] = []
        seen: set[str] = set()
        for _ in range(max_pages):
            page, token = await self._brand_page(query)
            brands += page
            # If the platform repeated a page token, the loop would never end.
            if not token or token in seen:
                return BrandList(tuple(brands), is_whole=True)
            if until_id and any(brand.id == until_id for brand in page):
                break
            seen.add(token)
            query["page_token"] = token
        return BrandList(tuple(brands), is_whole=False)

    async def iter_brands(
        self, category_id: str = "", *, is_authorized: bool | None = None, brand_name: str = ""
    ) -> AsyncIterator[Brand]:
        """Yield every brand, page by page (Get Brands 202309)."""
        query = self._brands_query(category_id, is_authorized, brand_name)
        seen: set[str] = set()
        while True:
            page, token = await self._brand_page(query)
            for brand in page:
                yield brand
            if not token or token in seen:
                return
            seen.add(token)
            query["page_token"] = token

    def _brands_query(self, category_id: str, is_authorized: bool | None, brand_name: str) -> dict[str, str]:
        query = {"page_size": str(PAGE_SIZE), "category_version": self.category_version}
        if category_id:
            query["category_id"] = category_id
        if is_authorized is not None:
            query["is_authorized"] = str(is_authorized).lower()
        if brand_name:
            query["brand_name"] = brand_name
        return query

    async def _brand_page(self, query: Mapping[str, str]) -> tuple[tuple[Brand, ...], str]:
        """Return the brands of a page and the token of the next."""
        response = await self._call(endpoints.GET_BRANDS, query=query)
        return parsed(endpoints.GET_BRANDS, response, _brands_and_token)


def _category_tree(data: Mapping[str, Any]) -> tuple[Category, ...]:
    categories = parse_categories(data)
    if not categories:
        raise MalformedData("the response contains no categories")
    return categories


def _recommendation(data: Mapping[str, Any]) -> Recommendation:
    leaf = required_id(data, "leaf_category_id") if data.get("leaf_category_id") else ""
    return Recommendation(leaf, parse_categories(data))


def _brands_and_token(data: Mapping[str, Any]) -> tuple[tuple[Brand, ...], str]:
    return parse_brands(object_list(data, "brands")), optional_str(data, "next_page_token")
