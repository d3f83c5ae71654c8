"""Get, create, edit, partial edit, listing check, activate, deactivate."""

from __future__ import annotations

from typing import Any

from simulator import edits, reviews
from simulator.call import Call
from simulator.edits import Done
from simulator.refusal import Refusal
from simulator.rules.listing import listing_problems
from simulator.rules.submission import OVERLOADED

MOST_IDS = 20


def get_product(call: Call) -> dict[str, Any]:
    world, shop = call.world, call.shop
    index = world.index_of(shop, call.path("product"), 12019150)
    audited = world.status(shop, index)[1] == "AUDITING"
    # A review from before this world began ends some time after somebody looks.
    listing = world.touch(shop, index) if audited else shop.touched.get(index)
    if listing is not None:
        call.audits.schedule(shop, listing)
    if call.query("return_under_review_version") == "true":
        if listing is None or listing.pending is None:
            raise Refusal(12052547, "there is no version under review")
        return {**listing.pending, "audit": listing.live["audit"]}
    if call.query("return_draft_version") == "true" and listing is not None and listing.draft is not None:
        return {**listing.draft, "audit": listing.live["audit"], "has_draft": True}
    product = world.look(shop, index)
    if world.options.shows_v2_chains and not world.on_v2(shop, index):
        chain = world.trees.chain(product["category_chains"][-1]["id"], world.trees.v2)
        return {**product, "category_chains": chain or product["category_chains"]}
    return product


def create_product(call: Call) -> dict[str, Any]:
    done = edits.create(call.world, call.shop, call.body)
    call.audits.schedule(call.shop, done.listing)
    return _answer(done.product["id"], done)


def edit_product(call: Call) -> dict[str, Any]:
    """202309 knows no audit in its answer."""
    done = edits.edit(call.world, call.shop, call.path("product"), call.body)
    call.audits.schedule(call.shop, done.listing)
    answer = _answer(call.path("product"), done)
    return answer if call.version == "202309" else {**answer, "audit": {"status": done.audit_status}}


def partial_edit(call: Call) -> dict[str, Any]:
    done = edits.partial_edit(call.world, call.shop, call.path("product"), call.body)
    call.audits.schedule(call.shop, done.listing)
    answer = _answer(call.path("product"), done)
    return answer if call.version == "202309" else {**answer, "audit": {"status": done.audit_status}}


def _answer(product_id: str, done: Done) -> dict[str, Any]:
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
    """A dry run of Create: all problems at once. The warnings are an object here, as in the published sample."""
    answer: dict[str, Any] = {"check_result": "PASS", "fail_reasons": []}
    try:
        submission = edits.submission_of_check(call.world, call.shop, call.body)
        problems = list(listing_problems(submission))
    except Refusal as refusal:
        problems = [refusal]
    if problems:
        answer["check_result"] = "FAILED"
        answer["fail_reasons"] = [{"code": each.code, "message": each.message} for each in problems]
        answer["warnings"] = {"message": "Your product will not be sent for review."}
    if call.query("is_diagnosis_required") == "true":
        short = len(str(call.body.get("title") or "")) < 40
        answer["listing_quality"] = {
            "current_tier": "POOR" if short else "GOOD",
            "remaining_recommendations": int(short),
        }
        diagnosis = {
            "code": "TITLE_LESS_THAN_40_CHARACTERS",
            "how_to_solve": "Names must be at least 40 characters long.",
            "quality_tier": "POOR",
        }
        answer["diagnoses"] = [{"field": "TITLE", "diagnosis_results": [diagnosis]}] if short else []
    return answer


def activate(call: Call) -> dict[str, Any]:
    """Sends the product to an audit of what it is."""
    return {"errors": _each(call, _activate)}


def deactivate(call: Call) -> dict[str, Any]:
    return {"errors": _each(call, _deactivate)}


def _each(call: Call, change: Any) -> list[dict[str, Any]]:
    """Partial failures are told inside a success. Raises Refusal for the batch as a whole."""
    ids = call.body.get("product_ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise Refusal(OVERLOADED, "product_ids is invalid: an array of string")
    if len(ids) > MOST_IDS:
        raise Refusal(12019120, f"product_ids has more than {MOST_IDS} ids")
    errors = []
    for identity in ids:
        try:
            change(call, call.world.index_of(call.shop, identity, 12052048))
        except Refusal as refusal:
            errors.append({"code": refusal.code, "message": refusal.message, "detail": {"product_id": identity}})
    return errors


def _activate(call: Call, index: int) -> None:
    status = call.world.status(call.shop, index)[0]
    if status not in ("SELLER_DEACTIVATED", "ACTIVATE", "DRAFT", "FAILED"):
        raise Refusal(12052901, f"a product that is {status} can not be activated")
    if status == "ACTIVATE":
        return
    listing = call.world.touch(call.shop, index)
    reviews.submit(listing, dict(listing.live), on_v2=listing.on_v2)
    listing.sent, listing.changes = frozenset(), frozenset({"status", "product_status"})
    listing.live["status"] = "PENDING"
    call.audits.schedule(call.shop, listing)


def _deactivate(call: Call, index: int) -> None:
    status = call.world.status(call.shop, index)[0]
    if status not in ("ACTIVATE", "SELLER_DEACTIVATED", "PENDING"):
        raise Refusal(12052901, f"a product that is {status} can not be deactivated")
    listing = call.world.touch(call.shop, index)
    new = {"status": "SELLER_DEACTIVATED", "product_status": "SELLER_DEACTIVATED"}
    listing.live, listing.original = {**listing.live, **new}, {**listing.original, **new}
