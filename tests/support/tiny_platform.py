"""A small second implementation of the platform, with one shop, two leaves, and the products a test adds."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.support.any_path import serving

LEAF, OTHER_LEAF = "853000", "853001"
SEARCH_WINDOW = 10_000
CATEGORIES = [
    {"id": "850000", "parent_id": "0", "local_name": "Kitchen", "is_leaf": False},
    {"id": LEAF, "parent_id": "850000", "local_name": "Jars", "is_leaf": True},
    {"id": OTHER_LEAF, "parent_id": "850000", "local_name": "Boxes", "is_leaf": True},
]
MATERIAL = {
    "id": "100",
    "name": "Material",
    "type": "PRODUCT_PROPERTY",
    "is_requried": True,
    "values": [{"id": "1", "name": "Glass"}, {"id": "2", "name": "Oak"}],
}


class Refused(Exception):
    def __init__(self, code: int, message: str = "refused", status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Cut(Exception):
    """Raised to break the connection instead of sending a response."""


def product(product_id: str, **changes: Any) -> dict[str, Any]:
    """A product as Get Product returns it."""
    whole = {
        "id": product_id,
        "title": f"A jar of glass, number {product_id}",
        "description": "<p>Holds a litre.</p>",
        "status": "ACTIVATE",
        "audit": {"status": "APPROVED"},
        "update_time": 1_700_000_000,
        "create_time": 1_600_000_000,
        "category_chains": [{"id": LEAF, "parent_id": "850000", "local_name": "Jars", "is_leaf": True}],
        "main_images": [{"uri": "tos/1", "urls": ["https://x/1"]}],
        "product_attributes": [{"id": "100", "name": "Material", "values": [{"id": "1", "name": "Glass"}]}],
        "skus": [{"id": f"{product_id}9", "seller_sku": f"jar-{product_id}", "price": {"amount": "1"}}],
    }
    return {**whole, **changes}


@dataclass(slots=True)
class TinyPlatform:
    url: str = ""
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    on_v1: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    edits: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    attributes: list[dict[str, Any]] = field(default_factory=lambda: [MATERIAL])
    brands: list[dict[str, Any]] = field(default_factory=list)
    own_brands: list[dict[str, Any]] = field(default_factory=list)
    """The shop's custom brands, which no leaf lists."""
    recommendations: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of the requests for a recommendation."""
    edited: set[str] = field(default_factory=set)
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Versions under review."""
    answered_audit: str = "AUDITING"
    """The audit status in the response to an edit."""
    uncounted: int = 0
    """Products that only a request for the total counts."""
    closed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Cipher -> category -> the shop's permission statuses."""
    check: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    """Products for which every read fails with HTTP 500."""
    bad_reads: list[int] = field(default_factory=list)
    """For each such read, how many edits had been made before it."""
    authorized: list[dict[str, str]] = field(default_factory=list)
    """The shops that the token covers."""
    before: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    """Operation -> hooks that run before it, one per call; a hook may raise Refused or Cut."""
    after: dict[str, list[Callable[[], None]]] = field(default_factory=dict)

    def add(self, *products: dict[str, Any]) -> None:
        for each in products:
            self.products[each["id"]] = copy.deepcopy(each)
            self.on_v1.add(each["id"])

    def save(self, product_id: str, **changes: Any) -> None:
        """The seller saves a version, which is then under review."""
        self.pending[product_id] = {**copy.deepcopy(self.products[product_id]), **changes}
        self.products[product_id]["audit"] = {"status": "AUDITING"}

    def approve(self, product_id: str) -> None:
        """The version under review goes live."""
        self.products[product_id] = {**self.pending.pop(product_id), "audit": {"status": "APPROVED"}}
        if product_id in self.edited:
            self.on_v1.discard(product_id)

    def happen(self, when: dict[str, list[Callable[[], None]]], name: str) -> None:
        if when.get(name):
            when[name].pop(0)()

    def get_product(self, path_id: str, query: Any, body: Any) -> Any:
        if path_id in self.bad:
            self.bad_reads.append(len(self.edits))
            raise Refused(36009003, "internal error", 500)
        if path_id not in self.products:
            raise Refused(12052260)
        if query.get("return_under_review_version") == "true":
            if path_id not in self.pending:
                raise Refused(12052547, "no version is under review")
            return {**copy.deepcopy(self.pending[path_id]), "audit": self.products[path_id]["audit"]}
        return copy.deepcopy(self.products[path_id])

    def edit_product(self, path_id: str, query: Any, body: dict[str, Any]) -> Any:
        self.edits.append(body)
        self.edited.add(path_id)
        leaf = next(each for each in CATEGORIES if each["id"] == body["category_id"])
        shown = ("title", "description", "main_images", "product_attributes")
        chain = [{**leaf, "local_name": str(leaf["local_name"])}]
        skus = {sku["id"]: sku for sku in self.products[path_id]["skus"]}
        self.save(
            path_id,
            **{name: body[name] for name in shown if name in body},
            category_chains=chain,
            skus=[{**skus.get(sku.get("id"), {}), **sku} for sku in body["skus"]],
            **({"brand": {"id": body["brand_id"]}} if body.get("brand_id") else {}),
        )
        return {"product_id": path_id, "audit": {"status": self.answered_audit}}

    def create_product(self, path_id: str, query: Any, body: dict[str, Any]) -> Any:
        if body["idempotency_key"] in self.keys:
            raise Refused(12052996, "the idempotency key was used")
        self.keys.add(body["idempotency_key"])
        identity = str(5_000 + len(self.products))
        changes = {name: body[name] for name in ("external_product_id", "title", "description") if name in body}
        self.products[identity] = product(identity, **changes, skus=[{"id": "1", **sku} for sku in body["skus"]])
        return {"product_id": identity, "skus": []}

    def search(self, path_id: str, query: Any, body: dict[str, Any]) -> Any:
        found = [each for each in self.products.values() if self._matches(each, body)]
        first, size = int(query.get("page_token") or 0), int(query["page_size"])
        if first + size > SEARCH_WINDOW:
            raise Refused(12052180, "the search shows at most 10000 products")
        token = str(first + size) if first + size < len(found) else ""
        total = len(found) + (self.uncounted if size == 1 else 0)
        return {"products": found[first : first + size], "total_count": total, "next_page_token": token}

    def _matches(self, each: dict[str, Any], body: dict[str, Any]) -> bool:
        if body.get("category_version") not in (None, "v1" if each["id"] in self.on_v1 else "v2"):
            return False
        if "sku_ids" in body and not {sku["id"] for sku in each["skus"]} & set(body["sku_ids"]):
            return False
        if "seller_skus" in body and not {sku.get("seller_sku") for sku in each["skus"]} & set(body["seller_skus"]):
            return False
        if body.get("status", "ALL") not in ("ALL", each["status"]):
            return False
        return all(
            body.get(f"{time}_ge", 0) <= each[time] <= body.get(f"{time}_le", 1e12)
            for time in ("create_time", "update_time")
        )

    def shops(self, path_id: str, query: Any, body: Any) -> Any:
        return {"shops": self.authorized}

    def deactivate(self, path_id: str, query: Any, body: dict[str, Any]) -> Any:
        for product_id in body["product_ids"]:
            self.products[product_id]["status"] = "SELLER_DEACTIVATED"
        return {}

    def nothing(self, path_id: str, query: Any, body: Any) -> Any:
        return {}

    def brands_of(self, path_id: str, query: Any, body: Any) -> Any:
        """Every leaf has all brands except the shop's custom brands."""
        name, first, size = query.get("brand_name"), int(query.get("page_token") or 0), int(query["page_size"])
        known = self.brands if "category_id" in query else [*self.brands, *self.own_brands]
        found = [each for each in known if name in (None, each["name"])]
        token = str(first + size) if first + size < len(found) else ""
        return {"brands": found[first : first + size], "next_page_token": token}

    def listing_check(self, path_id: str, query: Any, body: Any) -> Any:
        return self.check

    def categories(self, path_id: str, query: Any, body: Any) -> Any:
        closed = self.closed.get(query["shop_cipher"], {})
        return {
            "categories": [
                {**each, "permission_statuses": closed.get(str(each["id"]), ["AVAILABLE"])} for each in CATEGORIES
            ]
        }

    def recommend(self, path_id: str, query: Any, body: Any) -> Any:
        self.recommendations.append(body)
        return {"leaf_category_id": LEAF, "categories": []}

    def attributes_of(self, path_id: str, query: Any, body: Any) -> Any:
        return {"attributes": self.attributes}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        known = ((re.fullmatch(pattern, request.path), *rest) for pattern, *rest in self.operations(request.method))
        found = next((each for each in known if each[0]), None)
        if found is None:
            return web.Response(status=404)
        match, name, handler = found
        self.calls[name] += 1
        code, message, status, data = 0, "Success", 200, None
        try:
            self.happen(self.before, name)
            path_id = match.group(1) if match and match.groups() else ""
            data = handler(path_id, request.query, orjson.loads(raw) if raw else {})
            self.happen(self.after, name)
        except Refused as refused:
            code, message, status = refused.code, refused.message, refused.status
        except Cut:
            if request.transport is not None:
                request.transport.abort()
        envelope = {"code": code, "message": message, "data": data, "request_id": f"req-{sum(self.calls.values())}"}
        return web.Response(body=orjson.dumps(envelope), status=status, content_type="application/json")

    def operations(self, method: str) -> list[tuple[str, str, Callable[[str, Any, Any], Any]]]:
        products, categories = "/product/202309/products", "/product/202309/categories"
        return {
            "GET": [
                (rf"{products}/(\d+)", "get", self.get_product),
                (categories, "tree", self.categories),
                (rf"{categories}/(\d+)/rules", "rules", self.nothing),
                (rf"{categories}/(\d+)/attributes", "attributes", self.attributes_of),
                ("/product/202309/brands", "brands", self.brands_of),
                ("/authorization/202309/shops", "shops", self.shops),
            ],
            "POST": [
                (products, "create", self.create_product),
                (f"{products}/deactivate", "deactivate", self.deactivate),
                ("/product/202502/products/search", "search", self.search),
                ("/product/202407/products/category_upgrade_task", "upgrade", self.nothing),
                (f"{products}/listing_check", "check", self.listing_check),
                (f"{categories}/recommend", "recommend", self.recommend),
            ],
            "PUT": [(r"/product/202509/products/(\d+)", "edit", self.edit_product)],
        }[method]


@asynccontextmanager
async def tiny_platform() -> AsyncIterator[TinyPlatform]:
    platform = TinyPlatform()
    async with serving(platform.answer) as platform.url:
        yield platform
