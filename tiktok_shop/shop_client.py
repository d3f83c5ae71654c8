"""A client for one shop: one method per operation.

Operations, paths and fields are those of the partner documentation; docs/platform-facts.md lists where the platform
behaves differently.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tiktok_shop import endpoints
from tiktok_shop.catalogue import AuthorizedShop
from tiktok_shop.catalogue_calls import CatalogueCalls
from tiktok_shop.errors import MalformedResponse, TikTokShopError
from tiktok_shop.fields import MalformedData, lenient_int, lenient_objects, lenient_str, required_id
from tiktok_shop.parse import parse_shops
from tiktok_shop.product_responses import (
    EditResponse,
    ItemError,
    SearchPage,
    parse_edit,
    parse_item_errors,
    parse_search_page,
    why_not_editable,
)
from tiktok_shop.search_window import (
    WINDOW_EXCEEDED,
    SearchCursor,
    exceeds_window,
    first_cursor,
    halve,
    next_cursor,
    page_request,
)
from tiktok_shop.shop_calls import PAGE_SIZE, parsed
from tiktok_shop.transport import Transport, Upload


@dataclass(frozen=True, slots=True)
class UploadedImage:
    uri: str
    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShopClient(CatalogueCalls):
    """Every operation on one shop: products, images and webhooks here, the catalogue in CatalogueCalls.

    All methods raise TikTokShopError. Bodies and products are dicts of the platform's own field names.
    """

    async def get_product(self, product_id: str, *, under_review: bool = False) -> dict[str, Any]:
        """Return a product exactly as the platform sends it (Get Product 202309).

        `under_review` asks for the version in review instead of the live one. Raises ProductNotFound, and
        MalformedResponse if an edit built on the response could damage the listing.
        """
        query = {"return_under_review_version": "true"} if under_review else {}
        response = await self._call(endpoints.GET_PRODUCT, product_id, query=query)
        if problem := why_not_editable(response.data, product_id):
            raise MalformedResponse(problem, endpoint="get_product", request_id=response.request_id)
        return response.data

    async def search_products(
        self, search: Mapping[str, Any], page_token: str = "", page_size: int = PAGE_SIZE
    ) -> SearchPage:
        """Return one page (Search Products 202502). The platform returns at most 10,000 results over all pages."""
        query = {"page_size": str(page_size)}
        if page_token:
            query["page_token"] = page_token
        body = dict(search)
        if "category_version" in body:
            body["category_version"] = str(body["category_version"]).lower()
        response = await self._call(endpoints.SEARCH_PRODUCTS, query=query, body=body)
        return parsed(endpoints.SEARCH_PRODUCTS, response, parse_search_page)

    async def iter_products(self, search: Mapping[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield every row of a search, page by page, also beyond 10,000 results.

        Rows are what Search Products sends: id, title, status, timestamps and SKUs, not the whole product. Products
        that change while pages are read may be missed or repeated. Raises TikTokShopError.
        """
        cursor: SearchCursor | None = first_cursor(self.transport.timestamp())
        while cursor is not None:
            body, page_token = page_request(cursor, dict(search or {}))
            try:
                page = await self.search_products(body, page_token)
            except TikTokShopError as error:
                if error.code != WINDOW_EXCEEDED or cursor.last <= cursor.first:
                    raise
                cursor = halve(cursor)
                continue
            if exceeds_window(cursor, page.total_count):
                cursor = halve(cursor)
                continue
            for product in page.products:
                yield product
            cursor = next_cursor(cursor, page.next_page_token)

    async def edit_product(self, product_id: str, body: Mapping[str, Any]) -> EditResponse:
        """Replace a product (Edit Product 202509). Fields that the body omits are wiped, except price and inventory."""
        response = await self._call(endpoints.EDIT_PRODUCT, product_id, body=self._versioned(body))
        return parsed(endpoints.EDIT_PRODUCT, response, lambda _: parse_edit(response, product_id))

    async def create_product(self, body: Mapping[str, Any]) -> EditResponse:
        """Create a product (Create Product 202309).

        An `idempotency_key` that was used before is refused with 12052996; the first response is not repeated.
        """
        response = await self._call(endpoints.CREATE_PRODUCT, body=self._versioned(body))
        try:
            product_id = required_id(response.data, "product_id")
        except MalformedData as malformed:
            error = MalformedResponse(str(malformed), endpoint="create_product", request_id=response.request_id)
            error.outcome_unknown = True
            raise error from None
        return parse_edit(response, product_id)

    async def deactivate(self, product_ids: Iterable[str]) -> tuple[ItemError, ...]:
        """Take up to 20 products off sale. Returns the refused ones (Deactivate Products 202309)."""
        return parse_item_errors(await self._call(endpoints.DEACTIVATE, body={"product_ids": list(product_ids)}))

    async def listing_check(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the platform's own check of a Create body (Check Product Listing 202309)."""
        query = {"is_diagnosis_required": "true"}
        return (await self._call(endpoints.LISTING_CHECK, query=query, body=self._versioned(body))).data

    async def category_upgrade_task(self) -> str | None:
        """Ask the platform to upgrade the whole shop to v2. Returns the request id; the platform sends no task id."""
        return (await self._call(endpoints.UPGRADE_TASK)).request_id

    async def upload_image(
        self, content: bytes, use_case: str = "MAIN_IMAGE", filename: str = "image"
    ) -> UploadedImage:
        """Upload an image (Upload Product Image 202309). Its `uri` goes into product bodies."""
        data = (await self._call(endpoints.UPLOAD_IMAGE, upload=Upload(content, filename, use_case))).data
        return UploadedImage(
            lenient_str(data.get("uri")),
            lenient_str(data.get("url")),
            lenient_int(data.get("width")),
            lenient_int(data.get("height")),
        )

    async def authorized_shops(self) -> tuple[AuthorizedShop, ...]:
        """Return every shop that the access token covers (Get Authorized Shops 202309)."""
        return parse_shops((await self._call(endpoints.AUTHORIZED_SHOPS)).data)

    async def get_webhooks(self) -> dict[str, str]:
        """Return the address of each subscribed event type (Get Shop Webhooks 202309)."""
        webhooks = lenient_objects((await self._call(endpoints.GET_WEBHOOKS)).data.get("webhooks"))
        return {lenient_str(each.get("event_type")): lenient_str(each.get("address")) for each in webhooks}

    async def set_webhook(self, event_type: str, address: str) -> None:
        """Subscribe to an event (Update Shop Webhook 202309).

        `address` must be public HTTPS on a domain, at most 255 characters. The platform may report success without
        keeping the subscription, so list the webhooks afterwards.
        """
        await self._call(endpoints.SET_WEBHOOK, body={"event_type": event_type, "address": address})


async def authorized_shops(transport: Transport, access_token: str) -> tuple[AuthorizedShop, ...]:
    """Return the shops that a token covers, for a caller without a cipher."""
    endpoint = endpoints.AUTHORIZED_SHOPS
    return parse_shops((await transport.send(endpoint, endpoint.path, access_token)).data)
