"""Every operation the client calls: method, path, access class and whether it takes a `shop_cipher`.

Path versions are those of the partner documentation as of 2026-10: Edit and Partial Edit 202509, Search 202502.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiktok_shop.call_permits import Access, Purpose
from tiktok_shop.response_body import SMALL_RESPONSE_BYTES

Method = Literal["GET", "POST", "PUT", "DELETE"]
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the platform. The caller fills in the `{}` of its path."""

    name: str
    method: Method
    path: str
    access: Access = "read"
    takes_cipher: bool = True
    """The platform refuses a `shop_cipher` on operations that do not take one (36009004)."""
    max_response_bytes: int = SMALL_RESPONSE_BYTES
    parses_rows: bool = False
    """The parser of its data drops single rows that are unreadable, so one bad row does not invalidate the response."""
    purpose: Purpose = "other"
    """The purpose under which its requests are counted, unless the client names another one."""


AUTHORIZED_SHOPS = Endpoint("authorized_shops", "GET", "/authorization/202309/shops", takes_cipher=False)
GET_CATEGORIES = Endpoint(
    "get_categories", "GET", "/product/202309/categories", max_response_bytes=32 * MEBIBYTE, purpose="catalogue"
)
RECOMMEND_CATEGORY = Endpoint(
    "recommend_category", "POST", "/product/202309/categories/recommend", purpose="recommendation"
)
GET_RULES = Endpoint("get_category_rules", "GET", "/product/202309/categories/{}/rules", purpose="catalogue")
GET_ATTRIBUTES = Endpoint(
    "get_attributes",
    "GET",
    "/product/202309/categories/{}/attributes",
    max_response_bytes=8 * MEBIBYTE,
    purpose="catalogue",
)
GET_BRANDS = Endpoint("get_brands", "GET", "/product/202309/brands", purpose="brands")
CREATE_PRODUCT = Endpoint("create_product", "POST", "/product/202309/products", "write")
EDIT_PRODUCT = Endpoint("edit_product", "PUT", "/product/202509/products/{}", "write", purpose="edit")
GET_PRODUCT = Endpoint("get_product", "GET", "/product/202309/products/{}", purpose="read")
SEARCH_PRODUCTS = Endpoint(
    "search_products",
    "POST",
    "/product/202502/products/search",
    max_response_bytes=16 * MEBIBYTE,
    parses_rows=True,
    purpose="search",
)
DEACTIVATE = Endpoint("deactivate_products", "POST", "/product/202309/products/deactivate", "write")
LISTING_CHECK = Endpoint("listing_check", "POST", "/product/202309/products/listing_check", "write")
UPGRADE_TASK = Endpoint("category_upgrade_task", "POST", "/product/202407/products/category_upgrade_task", "write")
UPLOAD_IMAGE = Endpoint("upload_image", "POST", "/product/202309/images/upload", "write", takes_cipher=False)
GET_WEBHOOKS = Endpoint("get_webhooks", "GET", "/event/202309/webhooks")
SET_WEBHOOK = Endpoint("set_webhook", "PUT", "/event/202309/webhooks", "write")
