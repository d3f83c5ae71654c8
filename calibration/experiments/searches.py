"""The results and pages of a search, tried on drafts of ours."""

from __future__ import annotations

import asyncio
import secrets
import time

from calibration.findings import Finding, Inconclusive, Measured, Observed
from calibration.response import RawResponse, request_ids, rows, text
from calibration.workbench import PRODUCTS, SEARCH, Sample, Workbench

DRAFTS = 3


async def empty_search(bench: Workbench) -> list[Finding]:
    wanted = {"seller_skus": [f"relist-none-{secrets.token_hex(6)}"]}
    response = await bench.wire.read("POST", SEARCH, wanted, page_size="10")
    if not response.accepted:
        raise Inconclusive(f"a search without results was {response}")
    if any(rows(response.data, "products")):
        raise Inconclusive("a search for an unknown seller_sku returns products")
    omitted = response.data.get("products") is None
    evidence = f"a search without results {'leaves out `products`' if omitted else 'has an empty list'}"
    return [Measured("empty_search", omitted, evidence, request_ids(response))]


async def search_pages(bench: Workbench) -> list[Finding]:
    """Read a page of drafts, delete the draft on it, and see where the next page begins.

    The deleted draft then shows whether a search without a status filter returns it.
    """
    samples = [await _draft(bench) for _ in range(DRAFTS)]
    own = {each.id for each in samples}
    order = [each for each in await _shown(bench, own, status="DRAFT") if each in own]
    first, token = await _first_of_ours(bench, own)
    await _delete(bench, order[0])
    await _until_missing(bench, order[0])
    following = await bench.search(1, token, status="DRAFT")
    shown = [text(row, "id") for row in rows(following.data, "products")]
    finding = _where(order, shown, request_ids(first, following))
    gone = await bench.search()
    returned = order[0] in [text(row, "id") for row in rows(gone.data, "products")]
    evidence = f"a deleted draft is {'returned' if returned else 'not returned'} without a status filter"
    return [finding, Observed("search_returns_deleted", returned, evidence, request_ids(gone))]


def _where(order: list[str], shown: list[str], ids: tuple[str, ...]) -> Measured:
    """Decide from the order before the deletion and the page after it. Raises Inconclusive."""
    if shown[:1] == [order[1]]:
        return Measured("search_pages", False, "after a deletion, the next page continues where the last ended", ids)
    if shown[:1] == [order[2]]:
        return Measured("search_pages", True, "after a deletion, the next page skips a product", ids)
    raise Inconclusive("the page after a deletion shows none of the drafts")


async def _draft(bench: Workbench) -> Sample:
    sample, response = await bench.create(save_mode="AS_DRAFT")
    if sample is None:
        raise Inconclusive(f"a draft was {response}")
    return sample


async def _shown(bench: Workbench, own: set[str], **wanted: str) -> list[str]:
    """Wait until a search shows all the drafts; return every id in its order. Raises Inconclusive."""
    deadline = time.monotonic() + bench.index_seconds
    while time.monotonic() < deadline:
        ids: list[str] = []
        token = ""
        while True:
            page = await bench.search(100, token, **wanted)
            ids += [text(row, "id") for row in rows(page.data, "products")]
            token = text(page.data, "next_page_token")
            if not token:
                break
        if own <= set(ids):
            return ids
        await asyncio.sleep(bench.poll_seconds)
    raise Inconclusive(f"a search did not show new drafts within {bench.index_seconds:g} s")


async def _first_of_ours(bench: Workbench, own: set[str]) -> tuple[RawResponse, str]:
    """Read pages of one row up to our first draft; return that page and the token of the next page."""
    token = ""
    while True:
        page = await bench.search(1, token, status="DRAFT")
        token = text(page.data, "next_page_token")
        if any(text(row, "id") in own for row in rows(page.data, "products")):
            if not token:
                raise Inconclusive("the first of three drafts is on the last page")
            return page, token
        if not token:
            raise Inconclusive("a search page by page does not show the drafts")


async def _delete(bench: Workbench, product_id: str) -> None:
    response = await bench.wire.write("DELETE", PRODUCTS, {"product_ids": [product_id]})
    if not response.accepted or any(rows(response.data, "errors")):
        raise Inconclusive(f"a draft cannot be deleted: {response}")
    bench.created.pop(product_id, None)


async def _until_missing(bench: Workbench, product_id: str) -> None:
    deadline = time.monotonic() + bench.index_seconds
    while time.monotonic() < deadline:
        page = await bench.search(status="DRAFT")
        if product_id not in [text(row, "id") for row in rows(page.data, "products")]:
            return
        await asyncio.sleep(bench.poll_seconds)
    raise Inconclusive(f"a search showed a deleted draft as DRAFT for {bench.index_seconds:g} s")
