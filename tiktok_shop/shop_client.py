"""One shop's view of the platform: a method an operation, paced by the gate, signed, refreshed once when expired."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from tiktok_shop import endpoints
from tiktok_shop.call_permits import CallPermits, UnlimitedPermits
from tiktok_shop.catalogue import Attribute, AuthorizedShop, Brand, BrandList, Category, CategoryRules
from tiktok_shop.errors import (
    AuthFailed,
    ClockSkewed,
    MalformedResponse,
    NonApiResponse,
    Throttled,
    TikTokShopError,
    Transient,
)
from tiktok_shop.parse import (
    MalformedData,
    identity,
    listed,
    number,
    objects,
    parse_attributes,
    parse_brands,
    parse_categories,
    parse_rules,
    parse_shops,
    text,
    word,
)
from tiktok_shop.product_responses import (
    EditAnswer,
    ItemError,
    SearchPage,
    doubtful_product,
    parse_edit,
    parse_item_errors,
    parse_search_page,
)
from tiktok_shop.transport import Answer, Endpoint, Transport, Upload

T = TypeVar("T")
PAGE_SIZE = 100
READ_AGAIN_SECONDS = (0.4, 1.2)
"""Pauses before a read that failed is sent again: a job makes half a dozen, and one bad answer in five would leave few
jobs that come to their end. A write is never repeated here."""
QUICK_SECONDS = 5.0
"""What failed later than this has cost enough of a slot's time."""
MOST_BRAND_PAGES = 200


class Credentials(Protocol):
    """Where tokens come from (tokens.py); one authorisation may cover several shops."""

    async def access_token(self) -> str:
        """A token that has not expired. Raises AuthFailed."""

    async def refreshed(self, expired: str) -> str:
        """Another token than the one the platform called expired. Raises AuthFailed."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    leaf_category_id: str
    path: tuple[Category, ...]
    """Root to leaf."""


@dataclass(frozen=True, slots=True)
class UploadedImage:
    uri: str
    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShopClient:
    """Methods raise TikTokShopError; `version` is always sent, in lowercase, where the operation wants it."""

    transport: Transport
    credentials: Credentials
    cipher: str = field(repr=False)
    gate: CallPermits = field(default_factory=UnlimitedPermits)

    # --- products ---------------------------------------------------------------------------------------------------

    async def get_product(self, product_id: str, *, under_review: bool = False) -> dict[str, Any]:
        """The product exactly as the platform returns it. Raises ProductNotFound, MalformedResponse."""
        query = {"return_under_review_version": "true"} if under_review else {}
        answer = await self._call(endpoints.GET_PRODUCT, product_id, query=query)
        product = answer.data
        doubt = doubtful_product(product, product_id)
        if doubt:
            raise MalformedResponse(doubt, endpoint="get_product", request_id=answer.request_id)
        return product

    async def search_products(
        self, search: Mapping[str, Any], page_token: str = "", page_size: int = PAGE_SIZE
    ) -> SearchPage:
        """One page; the platform shows 10,000 results at most (search_window.py goes past that)."""
        query = {"page_size": str(page_size)}
        if page_token:
            query["page_token"] = page_token
        body = dict(search)
        if "category_version" in body:
            body["category_version"] = str(body["category_version"]).lower()
        answer = await self._call(endpoints.SEARCH_PRODUCTS, query=query, body=body)
        return _understood(endpoints.SEARCH_PRODUCTS, answer, parse_search_page)

    async def edit_product(self, product_id: str, body: Mapping[str, Any], *, version: str = "v2") -> EditAnswer:
        """Replaces the whole product: what the body leaves out is wiped, except price and inventory."""
        sent = {**body, "category_version": version.lower()}
        return parse_edit(await self._call(endpoints.EDIT_PRODUCT, product_id, body=sent), product_id)

    async def partial_edit(self, product_id: str, body: Mapping[str, Any], *, version: str = "v2") -> EditAnswer:
        """Changes the named properties only; it can not move a product to another category."""
        sent = {**body, "category_version": version.lower()}
        return parse_edit(await self._call(endpoints.PARTIAL_EDIT, product_id, body=sent), product_id)

    async def create_product(self, body: Mapping[str, Any], *, version: str = "v2") -> EditAnswer:
        """A used `idempotency_key` is refused (12052996), it does not replay the first answer."""
        answer = await self._call(endpoints.CREATE_PRODUCT, body={**body, "category_version": version.lower()})
        try:
            created = identity(answer.data, "product_id")
        except MalformedData as misshapen:
            problem = MalformedResponse(str(misshapen), endpoint="create_product", request_id=answer.request_id)
            problem.outcome_unknown = True
            raise problem from None
        return parse_edit(answer, created)

    async def activate(self, product_ids: Iterable[str]) -> tuple[ItemError, ...]:
        """At most 20 ids; the refused ones with their reasons."""
        answer = await self._call(endpoints.ACTIVATE, body={"product_ids": list(product_ids)})
        return parse_item_errors(answer)

    async def deactivate(self, product_ids: Iterable[str]) -> tuple[ItemError, ...]:
        answer = await self._call(endpoints.DEACTIVATE, body={"product_ids": list(product_ids)})
        return parse_item_errors(answer)

    async def listing_check(self, body: Mapping[str, Any], *, version: str = "v2") -> dict[str, Any]:
        """The platform's own dry run of a Create body."""
        sent = {**body, "category_version": version.lower()}
        return (await self._call(endpoints.LISTING_CHECK, query={"is_diagnosis_required": "true"}, body=sent)).data

    async def category_upgrade_task(self) -> str | None:
        """Asks the platform to upgrade the whole shop; no task id is told. Returns the request id."""
        return (await self._call(endpoints.UPGRADE_TASK)).request_id

    async def upload_image(
        self, content: bytes, use_case: str = "MAIN_IMAGE", filename: str = "image"
    ) -> UploadedImage:
        data = (await self._call(endpoints.UPLOAD_IMAGE, upload=Upload(content, filename, use_case))).data
        return UploadedImage(
            text(data.get("uri")), text(data.get("url")), number(data.get("width")), number(data.get("height"))
        )

    # --- the catalogue ----------------------------------------------------------------------------------------------

    async def get_categories(self, *, version: str = "v2") -> tuple[Category, ...]:
        answer = await self._call(endpoints.GET_CATEGORIES, query={"category_version": version.lower()})
        return _understood(endpoints.GET_CATEGORIES, answer, _tree)

    async def recommend_category(self, body: Mapping[str, Any], *, version: str = "v2") -> Recommendation:
        """`body` needs `product_title`. Raises ProductProblem (12019064) when nothing matches."""
        sent = {**body, "category_version": version.lower()}
        return _understood(
            endpoints.RECOMMEND_CATEGORY, await self._call(endpoints.RECOMMEND_CATEGORY, body=sent), _recommendation
        )

    async def get_category_rules(self, category_id: str, *, version: str = "v2") -> CategoryRules:
        query = {"category_version": version.lower()}
        answer = await self._call(endpoints.GET_RULES, category_id, query=query)
        return _understood(endpoints.GET_RULES, answer, parse_rules)

    async def get_attributes(self, category_id: str, *, version: str = "v2") -> tuple[Attribute, ...]:
        query = {"category_version": version.lower()}
        answer = await self._call(endpoints.GET_ATTRIBUTES, category_id, query=query)
        return _understood(endpoints.GET_ATTRIBUTES, answer, parse_attributes)

    async def get_brands(
        self,
        category_id: str = "",
        *,
        is_authorized: bool | None = None,
        brand_name: str = "",
        version: str = "v2",
        most_pages: int = MOST_BRAND_PAGES,
        until: str = "",
    ) -> BrandList:
        """All pages, but no more than `most_pages`, and none after the one that has the brand with the id `until`."""
        query = {"page_size": str(PAGE_SIZE), "category_version": version.lower()}
        if category_id:
            query["category_id"] = category_id
        if is_authorized is not None:
            query["is_authorized"] = str(is_authorized).lower()
        if brand_name:
            query["brand_name"] = brand_name
        brands: list[Brand] = []
        seen = set()
        for _ in range(most_pages):
            page, token = _understood(
                endpoints.GET_BRANDS, await self._call(endpoints.GET_BRANDS, query=query), _brand_page
            )
            brands += page
            if not token or token in seen:
                return BrandList(tuple(brands), is_whole=True)
            if until and any(brand.id == until for brand in page):
                break
            seen.add(token)
            query["page_token"] = token
        return BrandList(tuple(brands), is_whole=False)

    async def get_listing_schemas(self, category_ids: Iterable[str], *, version: str = "v2") -> dict[str, Any]:
        """Withdrawn from the current documentation; attributes and rules are what the service builds on."""
        ids = "[" + ",".join(category_ids) + "]"
        query = {"category_ids": ids, "category_version": version.lower()}
        return (await self._call(endpoints.GET_LISTING_SCHEMAS, query=query)).data

    # --- webhooks ---------------------------------------------------------------------------------------------------

    async def get_webhooks(self) -> dict[str, str]:
        """Event type -> address it is sent to."""
        data = (await self._call(endpoints.GET_WEBHOOKS)).data
        return {text(each.get("event_type")): text(each.get("address")) for each in objects(data.get("webhooks"))}

    async def set_webhook(self, event_type: str, address: str) -> None:
        """`address` is public HTTPS on a domain, at most 255 characters."""
        await self._call(endpoints.SET_WEBHOOK, body={"event_type": event_type, "address": address})

    # --- the call ---------------------------------------------------------------------------------------------------

    async def _call(
        self,
        endpoint: Endpoint,
        path_id: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        upload: Upload | None = None,
    ) -> Answer:
        path = endpoint.path.format(path_id) if path_id else endpoint.path
        parameters = dict(query or {})
        if endpoint.takes_cipher:
            parameters["shop_cipher"] = self.cipher
        token = await self.credentials.access_token()
        refreshed = resigned = False
        pauses = iter(READ_AGAIN_SECONDS if endpoint.access == "read" else ())
        while True:
            await self.gate.acquire(endpoint.access)
            began = time.monotonic()
            try:
                answer = await self.transport.send(endpoint, path, token, query=parameters, body=body, upload=upload)
            except Throttled as throttled:
                if not self.gate.report(endpoint.access, True, throttled.retry_after):
                    raise
            except AuthFailed as failure:
                self.gate.report(endpoint.access, False, None)
                if refreshed or not failure.expired:
                    raise
                token, refreshed = await self.credentials.refreshed(token), True
            except ClockSkewed:
                self.gate.report(endpoint.access, False, None)
                if resigned:
                    raise
                resigned = True
            except TikTokShopError as error:
                if error.code:
                    self.gate.report(endpoint.access, False, None)
                pause = next(pauses, None) if _passes(error) and time.monotonic() - began < QUICK_SECONDS else None
                if pause is None:
                    raise
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            else:
                self.gate.report(endpoint.access, False, None)
                return answer


def _passes(error: TikTokShopError) -> bool:
    """Whether the next moment may bring a better answer; one that is odd in itself will be as odd again."""
    return isinstance(error, NonApiResponse) or (
        isinstance(error, Transient) and not isinstance(error, MalformedResponse)
    )


async def authorized_shops(transport: Transport, access_token: str) -> tuple[AuthorizedShop, ...]:
    """The shops a token covers, with the cipher of each."""
    endpoint = endpoints.AUTHORIZED_SHOPS
    return parse_shops((await transport.send(endpoint, endpoint.path, access_token)).data)


def _understood(endpoint: Endpoint, answer: Answer, parse: Callable[[Mapping[str, Any]], T]) -> T:
    """Raises MalformedResponse."""
    try:
        return parse(answer.data)
    except MalformedData as problem:
        raise MalformedResponse(str(problem), endpoint=endpoint.name, request_id=answer.request_id) from None


def _tree(data: Mapping[str, Any]) -> tuple[Category, ...]:
    categories = parse_categories(data)
    if not categories:
        raise MalformedData("there are no categories")
    return categories


def _recommendation(data: Mapping[str, Any]) -> Recommendation:
    leaf = identity(data, "leaf_category_id") if data.get("leaf_category_id") else ""
    return Recommendation(leaf, parse_categories(data))


def _brand_page(data: Mapping[str, Any]) -> tuple[tuple[Brand, ...], str]:
    return parse_brands(listed(data, "brands")), word(data, "next_page_token")
