"""Creates, reads, edits and removes the products used by experiments, and touches no others."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from calibration.findings import Inconclusive, TryAgain
from calibration.leaves import CATEGORIES, Leaf, open_leaves, simple_leaves, tree_of
from calibration.product_body import SELLER_SKUS, Ingredients, create_body, edit_body, is_ours
from calibration.response import RawResponse, rows, text
from calibration.wire import Wire

PRODUCTS = "/product/202309/products"
EDIT = "/product/202509/products"
SEARCH = "/product/202502/products/search"
KEY_IS_USED = 12052996
NO_VERSION_UNDER_REVIEW = 12052547
LEAVES_KEPT = 3
MAX_SEARCH_PAGES = 50


class Notice(Protocol):
    """A webhook about a pre-approved product."""

    @property
    def is_singular(self) -> bool: ...

    @property
    def notification_id(self) -> str: ...


class Notices(Protocol):
    async def latest(self) -> Notice | None:
        """The latest webhook about a pre-approved product of this shop that a gateway has received."""


@dataclass(slots=True)
class Sample:
    """One of our products."""

    id: str
    number: int
    body: dict[str, Any]
    """The Create body."""
    leaf: Leaf


@dataclass(slots=True)
class Workbench:
    wire: Wire
    region: str
    review_seconds: float
    """Maximum wait for one review."""
    poll_seconds: float = 2.0
    index_seconds: float = 30.0
    """Maximum delay before a search shows a change."""
    shared: Ingredients | None = None
    tree: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    problem: str = ""
    """Why the shop could not be prepared."""
    created: dict[str, str] = field(default_factory=dict)
    """Product id -> title, for every product created and not yet deleted."""
    daily_quota: RawResponse | None = None
    """The response that refused a creation because of the daily listing quota."""
    notices: Notices | None = None
    """The webhooks that a gateway has received; None if this run has no access to them."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def samples_leaf(self) -> Leaf:
        """Return a simple leaf. Raises Inconclusive."""
        if not self.leaves:
            raise Inconclusive(self.problem or "no open category is simple enough for a sample product")
        return self.leaves[0]

    async def create(self, leaf: Leaf | None = None, **changes: Any) -> tuple[Sample | None, RawResponse]:
        """Create a product. Returns None and the response if its content is refused.

        If the response to a creation is lost, the creation is repeated with its key, and the product is found by its
        title. Raises Inconclusive.
        """
        if self.shared is None:
            raise Inconclusive(self.problem or "the shop was not prepared")
        leaf = leaf or await self.samples_leaf()
        number = next(self._numbers)
        body = create_body(self.shared, leaf, number, **changes) | {"idempotency_key": uuid.uuid4().hex}
        for attempt in range(4):
            try:
                response = await self.wire.write("POST", PRODUCTS, body)
            except TryAgain:
                await asyncio.sleep(0.2 * 2**attempt)
                continue
            if response.code == KEY_IS_USED and attempt:
                return Sample(await self._find(body["title"]), number, body, leaf), response
            if response.kind == "quota_day":
                self.daily_quota = response
                raise Inconclusive(f"the daily listing quota is used up: {response}")
            product_id = text(response.data, "product_id")
            if response.accepted and product_id:
                self.created[product_id] = body["title"]
                return Sample(product_id, number, body, leaf), response
            if response.accepted:
                raise Inconclusive("the response to a creation contains no product id")
            if not response.refuses_the_body:
                raise Inconclusive(f"a creation was {response}")
            return None, response
        raise Inconclusive("no response to a creation arrives")

    async def listed(self, **changes: Any) -> Sample:
        """Create a product and wait until it is on sale. Raises Inconclusive."""
        refusal: RawResponse | None = None
        for leaf in self.leaves or [await self.samples_leaf()]:
            sample, response = await self.create(leaf, **changes)
            if sample is not None:
                await self.reviewed(sample)
                return sample
            refusal = response
        raise Inconclusive(f"the platform accepts no sample product: {refusal}")

    async def read(self, sample: Sample, **query: str) -> RawResponse:
        return await self.wire.read("GET", f"{PRODUCTS}/{sample.id}", **query)

    async def product(self, sample: Sample) -> Mapping[str, Any]:
        """Return the live version. Raises Inconclusive."""
        response = await self.read(sample)
        if not response.accepted:
            raise Inconclusive(f"a product that was created cannot be read: {response}")
        return response.data

    async def edit(self, sample: Sample, *without: str, **changes: Any) -> RawResponse:
        """Send our product back with changes; `without` lists the fields to leave out. Raises Inconclusive."""
        body = edit_body(sample.body, await self.product(sample), **changes)
        return await self.send_edit(sample, {name: value for name, value in body.items() if name not in without})

    async def send_edit(self, sample: Sample, body: Mapping[str, Any]) -> RawResponse:
        """Send an Edit body. Raises TryAgain if its response is lost, or Inconclusive if a limit refuses it."""
        response = await self.wire.write("PUT", f"{EDIT}/{sample.id}", body)
        if response.kind == "quota_day":
            self.daily_quota = response
            raise Inconclusive(f"the daily listing quota is used up: {response}")
        return response

    async def is_under_review(self, sample: Sample) -> bool:
        return _is_under_review(await self.product(sample), await self.read(sample, return_under_review_version="true"))

    async def reviewed(self, sample: Sample) -> Mapping[str, Any]:
        """Wait for the end of a review and return the product. Raises Inconclusive if the review is slow or rejects the
        product.
        """
        deadline, pause = time.monotonic() + self.review_seconds, min(0.1, self.poll_seconds)
        while True:
            product = await self.product(sample)
            audit = product.get("audit")
            status = text(audit, "status") if isinstance(audit, dict) else ""
            if status == "FAILED" or text(product, "status") == "FAILED":
                raise TryAgain("the review rejected the sample product")
            if status == "PRE_APPROVED":
                raise Inconclusive("the review ends as PRE_APPROVED: the seller has to be verified or qualified first")
            waits = status == "AUDITING" or text(product, "status") == "PENDING"
            if not waits and not status:
                waits = (await self.read(sample, return_under_review_version="true")).accepted
            if not waits:
                return product
            if time.monotonic() > deadline:
                raise Inconclusive(f"a review took longer than {self.review_seconds:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, self.poll_seconds)

    async def live_with(self, sample: Sample, wanted: str) -> Mapping[str, Any]:
        """Wait until the live version has this title and return it. Raises Inconclusive."""
        deadline = time.monotonic() + self.review_seconds
        while True:
            product = await self.reviewed(sample)
            if text(product, "title") == wanted:
                return product
            if time.monotonic() > deadline:
                raise Inconclusive("an accepted edit does not appear in the live version")
            await asyncio.sleep(self.poll_seconds)

    async def search(self, size: int = 100, page_token: str = "", **wanted: Any) -> RawResponse:
        """Return one page of a search among the SKUs of our products. Raises Inconclusive."""
        query = {"page_size": str(size)} | ({"page_token": page_token} if page_token else {})
        response = await self.wire.read("POST", SEARCH, {"seller_skus": list(SELLER_SKUS), **wanted}, **query)
        if not response.accepted:
            raise Inconclusive(f"a search by seller_skus was {response}")
        return response

    async def ours(self) -> dict[str, str]:
        """Return the id and status of each of our products that a search finds. Raises Inconclusive."""
        found: dict[str, str] = {}
        token = ""
        for _ in range(MAX_SEARCH_PAGES):
            response = await self.search(page_token=token)
            found |= {text(row, "id"): text(row, "status") for row in rows(response.data, "products") if is_ours(row)}
            token = text(response.data, "next_page_token")
            if not token:
                break
        return found

    async def _find(self, wanted: str) -> str:
        """Find a product by its title. Raises Inconclusive."""
        deadline = time.monotonic() + self.index_seconds
        while time.monotonic() < deadline:
            for row in rows((await self.search()).data, "products"):
                if text(row, "title") == wanted:
                    self.created[text(row, "id")] = wanted
                    return text(row, "id")
            await asyncio.sleep(self.poll_seconds)
        raise Inconclusive("the response to a creation was lost, and no search finds the product")


def _is_under_review(live: Mapping[str, Any], pending: RawResponse) -> bool:
    audit = live.get("audit")
    status = text(audit, "status") if isinstance(audit, dict) else ""
    return status == "AUDITING" or text(live, "status") == "PENDING" or (not status and pending.accepted)


async def read_tree(wire: Wire) -> dict[str, Mapping[str, Any]]:
    """Return the v2 tree by id. Raises Inconclusive."""
    response = await wire.read("GET", CATEGORIES, category_version="v2")
    if not response.accepted:
        raise Inconclusive(f"the category tree cannot be read: {response}")
    return tree_of(response.data)


async def choose_leaves(wire: Wire, tree: Mapping[str, Mapping[str, Any]]) -> list[Leaf]:
    """Return a few simple leaves."""
    chosen: list[Leaf] = []
    async for leaf in simple_leaves(wire, open_leaves(tree)):
        chosen.append(leaf)
        if len(chosen) == LEAVES_KEPT:
            break
    return chosen
