"""Search Products: filters, pages, and the window of 10,000 results."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from simulator.api_error import ApiError
from simulator.call import Call
from simulator.endpoints.pages import page_size
from simulator.rules.codes import OVERLOADED
from simulator.shop import SimulatedShop
from simulator.skus import seller_sku_owner, sku_owner
from simulator.traits import Traits
from simulator.world import World

WINDOW = 10_000
FOREVER = 2**40
STATUSES = frozenset(
    ["ALL", "DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED"]
)
SHOWN = (
    "id", "title", "status", "create_time", "update_time", "is_not_for_sale", "recommended_categories",
    "listing_quality_tier", "integrated_platform_statuses", "product_families", "has_draft", "scheduled_sale",
    "product_tags", "selling_format",
)  # fmt: skip
SKU_SHOWN = ("id", "seller_sku", "price", "inventory", "list_price", "external_list_prices", "pre_sale", "status_info",
             "fees")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    version: str | None
    status: str
    audit_statuses: frozenset[str]
    tiers: frozenset[str]
    created: tuple[int, int]
    updated: tuple[int, int]
    seller_skus: frozenset[str]
    sku_ids: frozenset[str]

    @property
    def looks_inside(self) -> bool:
        """Whether matching needs whole products and not only their traits."""
        return bool(self.seller_skus or self.sku_ids or self.tiers)

    def fits(self, world: World, shop: SimulatedShop, index: int) -> bool:
        status, audit = world.row_status(shop, index)
        return (
            (self.version is None or world.on_v2(shop, index) == (self.version == "v2"))
            and (self.status == "ALL" or status == self.status)
            and (not self.audit_statuses or audit in self.audit_statuses)
            and self.updated[0] <= world.update_time(shop, index) <= self.updated[1]
            and self.created[0] <= world.create_time(shop, index) <= self.created[1]
            and (not self.looks_inside or self._fits_inside(world.peek(shop, index)))
        )

    def _fits_inside(self, product: dict[str, Any]) -> bool:
        return (
            (not self.tiers or product.get("listing_quality_tier") in self.tiers)
            and (not self.seller_skus or any(sku.get("seller_sku") in self.seller_skus for sku in product["skus"]))
            and (not self.sku_ids or any(sku["id"] in self.sku_ids for sku in product["skus"]))
        )


def search_products(call: Call) -> dict[str, Any]:
    world, shop, wanted, size = call.world, call.shop, _filter(call), page_size(call)
    already, begin, total = _page(call.query("page_token"))
    if already + size > WINDOW:
        raise ApiError(12052180, "search cannot page past 10000 results, split it by time")
    by_offset = world.options.pages_by_offset
    matches = (
        index
        for index in _candidates(world, shop, wanted, 0 if by_offset else begin)
        if wanted.fits(world, shop, index)
    )
    if by_offset:
        for _ in range(already):
            next(matches, None)
    found = [index for index, _ in zip(matches, range(size + 1), strict=False)]
    if total is None:
        total = _total(world, shop, wanted)
    following = ""
    if len(found) > size:
        following = base64.b64encode(f"offset={already + size}&index={found[size]}&total={total}".encode()).decode()
    answer = {
        "total_count": total,
        "products": [_row(world, shop, index) for index in found[:size]],
        "next_page_token": following,
    }
    if not found and world.options.omits_empty_lists:
        del answer["products"]
    return answer


def _candidates(world: World, shop: SimulatedShop, wanted: Filter, start: int) -> Iterator[int]:
    if not wanted.seller_skus and not wanted.sku_ids:
        yield from world.candidates(shop, start, wanted.updated)
        return
    owners = {seller_sku_owner(each) for each in wanted.seller_skus} | {sku_owner(each) for each in wanted.sku_ids}
    made = {world.index_of(shop, owner) for owner in owners if _exists(world, shop, owner)}
    yield from (index for index in sorted(made | shop.touched.keys()) if index >= start)


def _exists(world: World, shop: SimulatedShop, identity: str) -> bool:
    try:
        world.index_of(shop, identity)
    except ApiError:
        return False
    return True


def _total(world: World, shop: SimulatedShop, wanted: Filter) -> int:
    """The number of matches: counted from the trait pattern, then corrected for changed products."""
    if wanted.looks_inside or wanted.created != (0, FOREVER):
        return sum(wanted.fits(world, shop, index) for index in _candidates(world, shop, wanted, 0))
    made = world.count_untouched(shop, _traits_fit(wanted), wanted.updated)
    for index in shop.touched:
        if index < shop.products:
            made -= world.would_fit(shop, index, _traits_fit(wanted), wanted.updated)
        made += wanted.fits(world, shop, index)
    return made


def _traits_fit(wanted: Filter) -> Callable[[Traits], bool]:
    def fits(traits: Traits) -> bool:
        return (
            (wanted.version is None or traits.born_on_v2 == (wanted.version == "v2"))
            and (wanted.status == "ALL" or traits.status == wanted.status)
            and (not wanted.audit_statuses or traits.audit_status in wanted.audit_statuses)
        )

    return fits


def _filter(call: Call) -> Filter:
    """Parses the filter. Versions before 202502 ignore `category_version`. Raises ApiError."""
    body = call.body
    version = body.get("category_version") if call.version == "202502" else None
    if version is not None:
        lowered = (
            version.lower() if isinstance(version, str) and call.world.options.version_case_insensitive else version
        )
        if lowered not in ("v1", "v2"):
            raise ApiError(OVERLOADED, "category_version is invalid")
        version = lowered
    status = body.get("status") or "ALL"
    if status not in STATUSES:
        raise ApiError(OVERLOADED, "status is invalid")
    return Filter(
        version,
        status,
        _names(body, "audit_status"),
        _names(body, "listing_quality_tiers"),
        _times(body, "create_time", 12019118),
        _times(body, "update_time", 12019119),
        _names(body, "seller_skus", 10, 12019027),
        _names(body, "sku_ids", 10, 12019087),
    )


def _names(body: dict[str, Any], name: str, most: int = 100, code: int = OVERLOADED) -> frozenset[str]:
    given = body.get(name) or []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ApiError(OVERLOADED, f"{name} is invalid: an array of string")
    if len(given) > most:
        raise ApiError(code, f"{name} takes at most {most}")
    return frozenset(given)


def _times(body: dict[str, Any], name: str, code: int) -> tuple[int, int]:
    first, last = body.get(f"{name}_ge"), body.get(f"{name}_le")
    for each in (first, last):
        if each is not None and (not isinstance(each, int) or isinstance(each, bool) or each < 0):
            raise ApiError(code, f"{name} filter is invalid")
    times = (first or 0, FOREVER if last is None else last)
    if times[0] > times[1]:
        raise ApiError(code, f"{name} filter is invalid: it begins after its end")
    return times


def _page(token: str) -> tuple[int, int, int | None]:
    """Number of results shown, index of the next product, and the total of the first page. Raises ApiError."""
    if not token:
        return 0, 0, None
    try:
        fields = parse_qs(base64.b64decode(token, validate=True).decode())
        return int(fields["offset"][0]), int(fields["index"][0]), int(fields["total"][0])
    except (binascii.Error, UnicodeDecodeError, KeyError, ValueError):
        raise ApiError(12019108, "page_token is invalid") from None


def _row(world: World, shop: SimulatedShop, index: int) -> dict[str, Any]:
    product = world.peek(shop, index)
    shown = {name: product[name] for name in SHOWN if name in product}
    shown["status"], shown["audit"] = world.row_status(shop, index)[0], product["audit"]
    shown["sales_regions"] = [shop.region]
    shown["skus"] = [{name: sku[name] for name in SKU_SHOWN if name in sku} for sku in product["skus"]]
    return shown
