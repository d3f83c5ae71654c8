"""Edit, partial edit and create: the checks in the platform's order, and the version submitted for review."""

from __future__ import annotations

import time
from typing import Any

from simulator import reviews
from simulator.accepted_edits import EditResult, accept, as_read, count_submission, today, warnings_of
from simulator.api_error import ApiError
from simulator.rules.body_shape import check_shape
from simulator.rules.category import check_leaf, version_of
from simulator.rules.codes import OVERLOADED
from simulator.rules.listing import check_listing, listing_problems
from simulator.rules.submission import Submission
from simulator.shapes import READ_ONLY, to_edit
from simulator.shop import SimulatedShop
from simulator.world import World

NOT_EDITABLE = frozenset({"FREEZE", "DELETED"})
NO_DRAFT = frozenset({"DELETED", "PENDING", "FREEZE"})
READ_NAMES = {
    "brand_id": "brand",
    "delivery_option_ids": "delivery_options",
    "listing_platforms": "integrated_platform_statuses",
}
LONGEST_KEY = 128


def edit(world: World, shop: SimulatedShop, identity: str, body: dict[str, Any]) -> EditResult:
    """Replaces the whole product once the audit ends. Raises ApiError."""
    index = world.index_of(shop, identity)
    before = world.peek(shop, index)
    _check_editable(world, shop, index, before)
    is_draft = _is_draft(body)
    if not is_draft:
        _check_quota(world, shop)
    submission = _submission(world, shop, body, before, is_draft=is_draft)
    if is_draft and before["status"] in NO_DRAFT:
        raise ApiError(12052901, f"a product that is {before['status']} cannot be saved as a draft")
    check_listing(submission)
    return accept(world, shop, world.touch(shop, index), submission, is_draft=is_draft)


def partial_edit(world: World, shop: SimulatedShop, identity: str, body: dict[str, Any]) -> EditResult:
    """Replaces each named property completely and keeps the others from the version under review, if there is one.

    The body has no `category_id`. Properties that already break a rule may stay unchanged. Raises ApiError.
    """
    index = world.index_of(shop, identity)
    live = world.peek(shop, index)
    _check_editable(world, shop, index, live)
    _check_quota(world, shop)
    listing = world.touch(shop, index)
    base = listing.pending or live
    on_v2 = listing.pending_on_v2 if listing.pending is not None else listing.on_v2
    changes = {name: value for name, value in body.items() if name not in ("category_id", "category_version")}
    check_shape(changes)
    unchanged = to_edit(base)
    merged = {**unchanged, **changes, "category_version": body.get("category_version")}
    submission = _submission(world, shop, merged, live)
    there_before = {
        (problem.code, problem.message)
        for problem in listing_problems(_submission(world, shop, {**merged, **unchanged}, live))
    }
    for problem in listing_problems(submission):
        if (problem.code, problem.message) not in there_before:
            raise problem
    names = frozenset(READ_NAMES.get(name, name) for name in changes)
    chain = base["category_chains"]
    return accept(world, shop, listing, submission, changes=names, chain=chain, on_v2=on_v2)


def create(world: World, shop: SimulatedShop, body: dict[str, Any]) -> EditResult:
    """Creates a product. A used idempotency key is refused, not answered with the first response. Raises ApiError."""
    key = body.get("idempotency_key")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_KEY):
        raise ApiError(98001004, f"idempotency_key is invalid: at most {LONGEST_KEY} characters")
    if key and key in shop.created:
        raise ApiError(12052996, "idempotency_key has been used")
    is_draft = _is_draft(body)
    if not is_draft:
        _check_quota(world, shop)
    submission = _submission(world, shop, body, None, is_draft=is_draft)
    if any(sku.get("id") for sku in body.get("skus") or ()):
        raise ApiError(12052557, "a SKU id does not belong to this product")
    check_listing(submission)
    now = int(time.time())
    product = as_read(world, shop, submission, {name: body[name] for name in READ_ONLY if name in body})
    status = "DRAFT" if is_draft else "PENDING"
    product |= {"status": status, "product_status": "DRAFT" if is_draft else "INITIAL", "has_draft": is_draft}
    product |= {"create_time": now, "update_time": now, "audit": {"status": "NONE" if is_draft else "AUDITING"}}
    listing = world.create(shop, product)
    listing.on_v2 = submission.version == "v2"
    if key:
        shop.created[key] = product["id"]
    if not is_draft:
        count_submission(shop)
        reviews.submit(listing, dict(product), on_v2=listing.on_v2)
    return EditResult(listing, product, product["audit"]["status"], warnings_of(submission))


def submission_of_check(world: World, shop: SimulatedShop, body: dict[str, Any]) -> Submission:
    """The submission for a dry run of Create Product. Raises ApiError."""
    return _submission(world, shop, body, None)


def _submission(
    world: World, shop: SimulatedShop, body: dict[str, Any], before: dict[str, Any] | None, *, is_draft: bool = False
) -> Submission:
    version = version_of(world.options, body.get("category_version"))
    check_shape(body)
    check_leaf(world.trees, body.get("category_id"), version)
    return Submission(
        body, body["category_id"], version, shop.seller, world.trees, world.catalogue, world.options, before, is_draft
    )


def _check_editable(world: World, shop: SimulatedShop, index: int, before: dict[str, Any]) -> None:
    if before["status"] in NOT_EDITABLE:
        raise ApiError(12052901, f"the product is {before['status']}: its status does not allow this operation")
    if world.options.refuses_edit_during_audit and world.status(shop, index)[1] == "AUDITING":
        raise ApiError(12052901, "the product is under review: its status does not allow this operation")


def _check_quota(world: World, shop: SimulatedShop) -> None:
    quota = world.faults.quota_per_day
    if quota is not None and shop.submitted[today()] >= quota:
        raise ApiError(world.options.quota_code, "daily upload limit reached: the daily listing quota is used up")


def _is_draft(body: dict[str, Any]) -> bool:
    mode = body.get("save_mode") or "LISTING"
    if mode not in ("LISTING", "AS_DRAFT"):
        raise ApiError(OVERLOADED, "save_mode is invalid")
    return bool(mode == "AS_DRAFT")
