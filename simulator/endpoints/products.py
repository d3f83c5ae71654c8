"""Get, create, edit, partial edit, listing check, diagnoses."""

from __future__ import annotations

from typing import Any

from simulator import edits
from simulator.accepted_edits import EditResult
from simulator.api_error import ApiError
from simulator.call import Call
from simulator.listing import mark_read
from simulator.rules.listing import listing_problems

MAX_DIAGNOSED = 20
GOOD_TITLE_LENGTH = 40


def get_product(call: Call) -> dict[str, Any]:
    world, shop = call.world, call.shop
    index = world.index_of(shop, call.path("product"), 12019150)
    audited = world.status(shop, index)[1] == "AUDITING"
    # A review that began before the simulation ends some time after the product is first read.
    listing = world.touch(shop, index) if audited else shop.touched.get(index)
    if listing is not None:
        call.audits.schedule(shop, listing)
        mark_read(listing)
    if call.flag("return_under_review_version"):
        if listing is None or listing.pending is None:
            raise ApiError(12052547, "there is no version under review")
        return {**listing.pending, "audit": listing.live["audit"]}
    if call.flag("return_draft_version") and listing is not None and listing.draft is not None:
        return {**listing.draft, "audit": listing.live["audit"], "has_draft": True}
    product = world.peek(shop, index)
    if world.options.shows_v2_chains and not world.on_v2(shop, index):
        chain = world.trees.chain(product["category_chains"][-1]["id"], world.trees.v2)
        return {**product, "category_chains": chain or product["category_chains"]}
    return product


def create_product(call: Call) -> dict[str, Any]:
    done = edits.create(call.world, call.shop, call.body)
    call.audits.schedule(call.shop, done.listing)
    return _answer(done.product["id"], done)


def edit_product(call: Call) -> dict[str, Any]:
    """Edits the product. The response of 202309 does not contain the audit."""
    done = edits.edit(call.world, call.shop, call.path("product"), call.body)
    call.audits.schedule(call.shop, done.listing)
    answer = _answer(call.path("product"), done)
    return answer if call.version == "202309" else {**answer, "audit": {"status": done.audit_status}}


def partial_edit(call: Call) -> dict[str, Any]:
    done = edits.partial_edit(call.world, call.shop, call.path("product"), call.body)
    call.audits.schedule(call.shop, done.listing)
    answer = _answer(call.path("product"), done)
    return answer if call.version == "202309" else {**answer, "audit": {"status": done.audit_status}}


def _answer(product_id: str, done: EditResult) -> dict[str, Any]:
    skus = []
    for sku in done.product["skus"]:
        attributes = [{"id": each["id"], "value_id": each["value_id"]} for each in sku["sales_attributes"]]
        shown = {"id": sku["id"], "seller_sku": sku.get("seller_sku", ""), "sales_attributes": attributes}
        skus.append(shown | {name: sku[name] for name in ("external_sku_id", "fees") if name in sku})
    answer: dict[str, Any] = {"product_id": product_id, "skus": skus}
    if done.warnings:
        answer["warnings"] = [{"message": each} for each in done.warnings]
    return answer


def listing_check(call: Call) -> dict[str, Any]:
    """A dry run of Create that reports all problems. `warnings` is an object here, as in the published sample."""
    answer: dict[str, Any] = {"check_result": "PASS", "fail_reasons": []}
    try:
        submission = edits.submission_of_check(call.world, call.shop, call.body)
        problems = list(listing_problems(submission))
    except ApiError as error:
        problems = [error]
    if problems:
        answer["check_result"] = "FAILED"
        answer["fail_reasons"] = [{"code": each.code, "message": each.message} for each in problems]
        answer["warnings"] = {"message": "Your product will not be sent for review."}
    if call.flag("is_diagnosis_required"):
        short = len(str(call.body.get("title") or "")) < GOOD_TITLE_LENGTH
        answer["listing_quality"] = {
            "current_tier": "POOR" if short else "GOOD",
            "remaining_recommendations": int(short),
        }
        answer["diagnoses"] = _title_diagnoses(short)
    return answer


def diagnoses(call: Call) -> dict[str, Any]:
    """Diagnoses titles that are too short; unknown ids are left out."""
    ids = [each for each in call.query("product_ids").strip("[]").replace('"', "").split(",") if each.strip()]
    if len(ids) > MAX_DIAGNOSED:
        raise ApiError(12019120, f"product_ids has more than {MAX_DIAGNOSED} ids")
    products = []
    for identity in map(str.strip, ids):
        try:
            product = call.world.peek(call.shop, call.world.index_of(call.shop, identity))
        except ApiError:
            continue
        short = len(product["title"]) < GOOD_TITLE_LENGTH
        tier = {"current_tier": "POOR" if short else "GOOD", "remaining_recommendations": int(short)}
        products.append({"id": identity, "diagnoses": _title_diagnoses(short), "listing_quality": tier})
    return {"products": products}


def _title_diagnoses(short: bool) -> list[dict[str, Any]]:
    diagnosis = {
        "code": "TITLE_LESS_THAN_40_CHARACTERS",
        "how_to_solve": "Names must be at least 40 characters long.",
        "quality_tier": "POOR",
    }
    return [{"field": "TITLE", "diagnosis_results": [diagnosis]}] if short else []
