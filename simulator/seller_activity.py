"""Simulates sellers who edit titles, prices and stock and delete and add products while the service runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Any

from simulator import reviews
from simulator.api_error import ApiError
from simulator.audits import Audits
from simulator.listing import Listing, record_seller_change
from simulator.products import make_product
from simulator.shop import SimulatedShop
from simulator.traits import Traits
from simulator.webhooks import STATUS_CHANGE, Webhooks
from simulator.world import World

CLOSED = frozenset({"DELETED", "FREEZE", "PLATFORM_DEACTIVATED"})
ATTEMPTS = 50
"""Number of random draws before the search for a changeable product is given up."""


class SellerActivity:
    def __init__(self, world: World, audits: Audits, webhooks: Webhooks) -> None:
        self._world, self._audits, self._webhooks = world, audits, webhooks
        self._random = Random(f"sellers:{world.options.seed}")
        self._changes = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts the timer, which is idle while `seller_changes_per_second` is 0."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def change(self, shop: SimulatedShop, kind: str, identity: str | None = None) -> dict[str, Any]:
        """Makes one change of `kind` (KINDS) to the given or a random product; returns the product and its new value.

        Raises ApiError when the product does not exist or cannot be changed.
        """
        self._changes += 1
        if kind == "add":
            value: Any = None
            listing = self._add(shop)
        else:
            index = self._draw(shop) if identity is None else self._world.index_of(shop, identity, 12052032)
            if self._world.status(shop, index)[0] in CLOSED:
                raise ApiError(12052901, "the product's status does not allow a change")
            listing = self._world.touch(shop, index)
            value = KINDS[kind](listing, self._changes)
        shop.seller_activity[kind] += 1
        self._audits.schedule(shop, listing)
        if kind in ("delete", "deactivate"):
            data = {"product_id": int(listing.live["id"]), "status": "PRODUCT_STATUS_CHANGED", "suspended_reason": ""}
            await self._webhooks.send(STATUS_CHANGE, shop, {**data, "update_time": int(time.time())})
        return {"product_id": listing.live["id"], "kind": kind, "value": value}

    async def _run(self) -> None:
        while True:
            rate = self._world.options.seller_changes_per_second
            await asyncio.sleep(1 / rate if rate else 0.2)
            if not rate:
                continue
            shop = self._random.choice(self._world.shops)
            try:
                await self.change(shop, self._random.choice(USUAL))
            except ApiError:
                continue  # All drawn products were deleted or frozen.

    def _draw(self, shop: SimulatedShop) -> int:
        """Raises ApiError."""
        count = self._world.count(shop)
        for _ in range(ATTEMPTS if count else 0):
            index = self._random.randrange(count)
            if self._world.status(shop, index)[0] not in CLOSED:
                return index
        raise ApiError(12052901, "no product of the shop can be changed")

    def _add(self, shop: SimulatedShop) -> Listing:
        """Adds a product under the v2 tree that is live immediately."""
        world, now = self._world, int(time.time())
        product = make_product(world.source, shop.seller, Traits(born_on_v2=True), world.count(shop))
        return world.create(shop, {**product, "create_time": now, "update_time": now})


def change_title(listing: Listing, number: int) -> str:
    title = f"{listing.live['title'].partition(', change ')[0]}, change {number}"
    if listing.live["status"] == "DRAFT":
        listing.live = {**listing.live, "title": title}
        listing.original = {**listing.original, "title": title}
        record_seller_change(listing, "title", title, "saved")
        return title
    # The seller's editor opens the version under review if there is one.
    under_review = listing.pending is not None
    base = listing.pending if listing.pending is not None else listing.live
    on_v2 = listing.pending_on_v2 if under_review else listing.on_v2
    changes = listing.changes if under_review else frozenset()
    if not under_review:
        listing.sent = frozenset()
    reviews.submit(listing, {**base, "title": title}, on_v2=on_v2, by_seller=True)
    listing.changes = changes | {"title"}
    record_seller_change(listing, "title", title, "under_review")
    return title


def change_price(listing: Listing, number: int) -> str:
    amount = f"{10 + number % 900}.{number % 100:02d}"
    sku = listing.live["skus"][0]
    set_offer(listing, sku["id"], "price", {**sku["price"], "tax_exclusive_price": amount, "sale_price": amount})
    return amount


def change_stock(listing: Listing, number: int) -> int:
    first, *others = listing.live["skus"][0]["inventory"]
    quantity = 1 + number % 900
    set_offer(listing, listing.live["skus"][0]["id"], "inventory", [{**first, "quantity": quantity}, *others])
    return quantity


def set_offer(listing: Listing, sku_id: str, name: str, value: Any) -> None:
    """Sets price or inventory of a SKU immediately and without a review. Raises ApiError for an unknown SKU."""
    if all(sku["id"] != sku_id for sku in listing.live["skus"]):
        raise ApiError(12052557, "a SKU id does not belong to this product")
    now = int(time.time())
    for version in ("live", "original"):
        product = getattr(listing, version)
        skus = [{**sku, name: value} if sku["id"] == sku_id else sku for sku in product["skus"]]
        setattr(listing, version, {**product, "skus": skus, "update_time": now})
    if name == "price":
        record_seller_change(listing, f"skus.{sku_id}.price", value, "saved")


def deactivate(listing: Listing, _: int = 0) -> None:
    set_status(listing, "SELLER_DEACTIVATED")


def delete(listing: Listing, _: int = 0) -> None:
    reviews.withdraw(listing)
    set_status(listing, "DELETED")
    for version in (listing.live, listing.original):
        version["audit"] = {"status": "NONE"}


def set_status(listing: Listing, status: str) -> None:
    """Sets the status in the live version and in the seller's version."""
    new = {"status": status, "product_status": status, "update_time": int(time.time())}
    listing.live, listing.original = {**listing.live, **new}, {**listing.original, **new}


KINDS: dict[str, Callable[[Listing, int], Any]] = {
    "title": change_title,
    "price": change_price,
    "stock": change_stock,
    "deactivate": deactivate,
    "delete": delete,
}
"""The kinds of seller changes to a product; `add` is separate because it needs no product."""
USUAL = ("title",) * 3 + ("price",) * 3 + ("stock",) * 6 + ("delete", "add")
"""The kinds from which the timer draws."""
