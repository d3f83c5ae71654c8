"""Creates, reads, edits and removes the products that experiments work on; it touches no others."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from calibration.answer import Answer, rows, text
from calibration.findings import Inconclusive, TryAgain
from calibration.leaves import CATEGORIES, Leaf, open_leaves, simple_leaves, tree_of
from calibration.product_body import SELLER_SKUS, Ingredients, create_body, edit_body, is_ours
from calibration.wire import Wire

PRODUCTS = "/product/202309/products"
EDIT = "/product/202509/products"
SEARCH = "/product/202502/products/search"
KEY_IS_USED = 12052996
NO_VERSION_UNDER_REVIEW = 12052547
LEAVES_KEPT = 3
MOST_SEARCH_PAGES = 50


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
    """One product of ours."""

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
    """How long to wait for one review."""
    poll_seconds: float = 2.0
    index_seconds: float = 30.0
    """How long a search may take to show a change."""
    shared: Ingredients | None = None
    tree: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    problem: str = ""
    """Why the shop could not be prepared."""
    created: dict[str, str] = field(default_factory=dict)
    """Product id -> title, of everything created and not deleted."""
    daily_quota: Answer | None = None
    """The answer that refused a creation because of the daily listing quota."""
    notices: Notices | None = None
    """The webhooks that a gateway has received; None if there is no way to see them."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def samples_leaf(self) -> Leaf:
        """Return a simple leaf. Raises Inconclusive."""
        if not self.leaves:
            raise Inconclusive(self.problem or "no open category is simple enough for a sample product")
        return self.leaves[0]

    async def create(self, leaf: Leaf | None = None, **changes: Any) -> tuple[Sample | None, Answer]:
        """Create a product. Returns None with the answer if its content is refused.

        A creation whose answer is lost is repeated with its key, and the product is found by its title. Raises
        Inconclusive.
        """
        if self.shared is None:
            raise Inconclusive(self.problem or "the shop was not prepared")
        leaf = leaf or await self.samples_leaf()
        number = next(self._numbers)
        body = create_body(self.shared, leaf, number, **changes) | {"idempotency_key": uuid.uuid4().hex}
        for attempt in range(4):
            try:
                answer = await self.wire.write("POST", PRODUCTS, body)
            except TryAgain:
                await asyncio.sleep(0.2 * 2**attempt)
                continue
            if answer.code == KEY_IS_USED and attempt:
                return Sample(await self._find(body["title"]), number, body, leaf), answer
            if answer.kind == "quota_day":
                self.daily_quota = answer
                raise Inconclusive(f"the daily listing quota is used up: {answer}")
            product_id = text(answer.data, "product_id")
            if answer.accepted and product_id:
                self.created[product_id] = body["title"]
                return Sample(product_id, number, body, leaf), answer
            if answer.accepted:
                raise Inconclusive("the answer to a creation names no product")
            if not answer.refuses_the_body:
                raise Inconclusive(f"a creation was {answer}")
            return None, answer
        raise Inconclusive("no answer arrives to a creation")

    async def listed(self, **changes: Any) -> Sample:
        """Create a product and wait until it is on sale. Raises Inconclusive."""
        refusal: Answer | None = None
        for leaf in self.leaves or [await self.samples_leaf()]:
            sample, answer = await self.create(leaf, **changes)
            if sample is not None:
                await self.reviewed(sample)
                return sample
            refusal = answer
        raise Inconclusive(f"the platform takes no sample product: {refusal}")

    async def read(self, sample: Sample, **query: str) -> Answer:
        return await self.wire.read("GET", f"{PRODUCTS}/{sample.id}", **query)

    async def product(self, sample: Sample) -> Mapping[str, Any]:
        """Return the live version. Raises Inconclusive."""
        answer = await self.read(sample)
        if not answer.accepted:
            raise Inconclusive(f"a product that was created cannot be read: {answer}")
        return answer.data

    async def edit(self, sample: Sample, *without: str, **changes: Any) -> Answer:
        """Send our product back with changes; `without` names fields to leave out. Raises Inconclusive."""
        body = edit_body(sample.body, await self.product(sample), **changes)
        return await self.send_edit(sample, {name: value for name, value in body.items() if name not in without})

    async def send_edit(self, sample: Sample, body: Mapping[str, Any]) -> Answer:
        """Send an Edit body. Raises TryAgain if its answer is lost, Inconclusive if a limit refuses it."""
        answer = await self.wire.write("PUT", f"{EDIT}/{sample.id}", body)
        if answer.kind == "quota_day":
            self.daily_quota = answer
            raise Inconclusive(f"the daily listing quota is used up: {answer}")
        return answer

    async def is_under_review(self, sample: Sample) -> bool:
        return _is_under_review(await self.product(sample), await self.read(sample, return_under_review_version="true"))

    async def reviewed(self, sample: Sample) -> Mapping[str, Any]:
        """Wait for the end of a review and return the product. Raises Inconclusive if it is slow or rejects."""
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
                raise Inconclusive("an accepted edit does not show in the live version")
            await asyncio.sleep(self.poll_seconds)

    async def search(self, size: int = 100, page_token: str = "", **wanted: Any) -> Answer:
        """One page of a search among the SKUs of our products. Raises Inconclusive."""
        query = {"page_size": str(size)} | ({"page_token": page_token} if page_token else {})
        answer = await self.wire.read("POST", SEARCH, {"seller_skus": list(SELLER_SKUS), **wanted}, **query)
        if not answer.accepted:
            raise Inconclusive(f"a search by seller_skus was {answer}")
        return answer

    async def ours(self) -> dict[str, str]:
        """Return the id and status of every product of ours that a search finds. Raises Inconclusive."""
        found: dict[str, str] = {}
        token = ""
        for _ in range(MOST_SEARCH_PAGES):
            answer = await self.search(page_token=token)
            found |= {text(row, "id"): text(row, "status") for row in rows(answer.data, "products") if is_ours(row)}
            token = text(answer.data, "next_page_token")
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
        raise Inconclusive("the answer to a creation was lost, and no search finds the product")


def _is_under_review(live: Mapping[str, Any], pending: Answer) -> bool:
    audit = live.get("audit")
    status = text(audit, "status") if isinstance(audit, dict) else ""
    return status == "AUDITING" or text(live, "status") == "PENDING" or (not status and pending.accepted)


async def read_tree(wire: Wire) -> dict[str, Mapping[str, Any]]:
    """Return the v2 tree by id. Raises Inconclusive."""
    answer = await wire.read("GET", CATEGORIES, category_version="v2")
    if not answer.accepted:
        raise Inconclusive(f"the category tree cannot be read: {answer}")
    return tree_of(answer.data)


async def choose_leaves(wire: Wire, tree: Mapping[str, Mapping[str, Any]]) -> list[Leaf]:
    """Return a few simple leaves."""
    chosen: list[Leaf] = []
    async for leaf in simple_leaves(wire, open_leaves(tree)):
        chosen.append(leaf)
        if len(chosen) == LEAVES_KEPT:
            break
    return chosen
