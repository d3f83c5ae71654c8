"""The effect of an edit: during a review, on a deactivated product, and on fields that it leaves out."""

from __future__ import annotations

import asyncio
import time

from calibration.findings import Finding, Inconclusive, Measured, Observed, TryAgain
from calibration.product_body import edit_body, title
from calibration.response import request_ids, rows, text
from calibration.workbench import Sample, Workbench

DEACTIVATE = "/product/202309/products/deactivate"
LOCKED = (12052901,)
OTHER_PLATFORM = "TOKOPEDIA"


async def edit_during_audit(bench: Workbench) -> list[Finding]:
    """Edit a product twice in a row. Only an edit made during the review can show that it is accepted."""
    sample = await bench.listed()
    body = edit_body(sample.body, await bench.product(sample))
    first = await bench.send_edit(sample, body | {"title": _title(bench, sample, 2)})
    began = time.monotonic()
    if not first.accepted:
        raise Inconclusive(f"an edit of an approved product was {first}")
    second = await bench.send_edit(sample, body | {"title": _title(bench, sample, 3)})
    between = time.monotonic() - began
    live = await bench.product(sample)
    under_review = await bench.is_under_review(sample)
    ids = request_ids(first, second)
    if second.code in LOCKED or second.kind == "product_locked":
        return [Measured("edit_during_audit", True, f"an edit during a review: {second}", ids)]
    if not second.accepted:
        raise Inconclusive(f"an edit during a review was {second}")
    findings: list[Finding] = []
    if under_review:
        kept = text(live, "title") == sample.body["title"]
        evidence = f"during the review the live version {'is unchanged' if kept else 'has already changed'}"
        findings.append(Observed("edit_pending", kept, evidence, ids))
    await bench.reviewed(sample)
    if time.monotonic() - began < 4 * between and not under_review:
        raise TryAgain("the review ended before a further edit could be sent")
    return [Measured("edit_during_audit", False, f"an edit during a review: {second}", ids), *findings]


async def edit_of_deactivated(bench: Workbench) -> list[Finding]:
    sample = await bench.listed()
    response = await bench.wire.write("POST", DEACTIVATE, {"product_ids": [sample.id]})
    if not response.accepted or any(rows(response.data, "errors")):
        raise Inconclusive(f"a deactivation was {response}")
    await _until_status(bench, sample, "SELLER_DEACTIVATED")
    wanted = _title(bench, sample, 2)
    edit = await bench.edit(sample, title=wanted)
    if not edit.accepted:
        raise Inconclusive(f"an edit of a deactivated product was {edit}")
    status = text(await bench.live_with(sample, wanted), "status")
    if status not in ("ACTIVATE", "SELLER_DEACTIVATED"):
        raise Inconclusive(f"after the edit of a deactivated product its status is {status}")
    evidence = f"after an edit a deactivated product is {status}"
    return [Measured("edit_of_deactivated", status == "ACTIVATE", evidence, request_ids(edit))]


async def edit_with_draft(bench: Workbench) -> list[Finding]:
    """Save a draft of a live product, then edit the product itself."""
    sample = await bench.listed()
    draft = await bench.edit(sample, title=_title(bench, sample, 2), save_mode="AS_DRAFT")
    if not draft.accepted:
        raise Inconclusive(f"a draft of a live product was {draft}")
    if (await bench.product(sample)).get("has_draft") is not True:
        raise Inconclusive("a live product with a draft does not show has_draft")
    wanted = _title(bench, sample, 3)
    edit = await bench.edit(sample, title=wanted)
    if not edit.accepted:
        raise Inconclusive(f"an edit of a product with a draft was {edit}")
    discarded = (await bench.live_with(sample, wanted)).get("has_draft") is not True
    evidence = f"an edit {'discards' if discarded else 'keeps'} the draft of a live product"
    return [Measured("edit_with_draft", discarded, evidence, request_ids(draft, edit))]


async def platforms_omitted(bench: Workbench) -> list[Finding]:
    sample, created = await bench.create(listing_platforms=["TIKTOK_SHOP", OTHER_PLATFORM])
    if sample is None:
        raise Inconclusive(f"a listing on {OTHER_PLATFORM} too was {created}")
    if not _platforms(await bench.reviewed(sample)):
        raise Inconclusive(f"a product listed on {OTHER_PLATFORM} too does not show it")
    wanted = _title(bench, sample, 2)
    edit = await bench.edit(sample, "listing_platforms", title=wanted)
    if not edit.accepted:
        raise Inconclusive(f"an edit without listing_platforms was {edit}")
    kept = _platforms(await bench.live_with(sample, wanted))
    evidence = f"an edit without listing_platforms {'keeps' if kept else 'removes'} {OTHER_PLATFORM}"
    return [Measured("platforms_omitted", kept, evidence, request_ids(edit))]


async def value_without_id(bench: Workbench) -> list[Finding]:
    sample = await bench.listed()
    if not sample.body["skus"][0]["sales_attributes"]:
        raise Inconclusive("no sample category has a sales attribute with listed values")
    wanted = _title(bench, sample, 2)
    body = edit_body(sample.body, await bench.product(sample), title=wanted)
    for each in body["skus"][0]["sales_attributes"]:
        del each["value_id"]
    edit = await bench.send_edit(sample, body)
    if not edit.accepted:
        raise Inconclusive(f"an edit that names a sales value without its id was {edit}")
    skus = [*rows(await bench.live_with(sample, wanted), "skus")]
    dropped = not any(text(each, "value_name") for sku in skus for each in rows(sku, "sales_attributes"))
    evidence = f"a sales value sent by name alone is {'dropped' if dropped else 'kept'}"
    return [Measured("value_without_id", dropped, evidence, request_ids(edit))]


async def edit_replaces(bench: Workbench) -> list[Finding]:
    sample = await bench.listed(external_product_id="calibration")
    if text(await bench.product(sample), "external_product_id") != "calibration":
        raise Inconclusive("a new product does not show its external_product_id")
    wanted = _title(bench, sample, 2)
    edit = await bench.edit(sample, "external_product_id", title=wanted)
    if not edit.accepted:
        raise Inconclusive(f"an edit without external_product_id was {edit}")
    product = await bench.live_with(sample, wanted)
    wiped = not text(product, "external_product_id")
    priced = all(isinstance(sku.get("price"), dict) for sku in rows(product, "skus"))
    evidence = f"a field left out is {'wiped' if wiped else 'kept'}, prices left out are {'kept' if priced else 'lost'}"
    return [Observed("edit_replaces", wiped and priced, evidence, request_ids(edit))]


def _title(bench: Workbench, sample: Sample, edition: int) -> str:
    if bench.shared is None:
        raise Inconclusive("the shop was not prepared")
    return title(bench.shared, sample.number, edition)


def _platforms(product: object) -> bool:
    found = rows(product, "integrated_platform_statuses") if isinstance(product, dict) else ()
    return any(text(each, "platform") == OTHER_PLATFORM for each in found)


async def _until_status(bench: Workbench, sample: Sample, wanted: str) -> None:
    deadline = time.monotonic() + bench.index_seconds
    while text(await bench.product(sample), "status") != wanted:
        if time.monotonic() > deadline:
            raise Inconclusive(f"a product did not become {wanted} within {bench.index_seconds:g} s")
        await asyncio.sleep(bench.poll_seconds)
