"""Activate, deactivate, delete and recover up to 20 products per call. A successful response lists failed products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator import reviews
from simulator.api_error import ApiError
from simulator.call import Call
from simulator.rules.codes import OVERLOADED
from simulator.seller_activity import delete, set_status

MAX_IDS = 20
UNKNOWN, FOREIGN = 12052032, 12052048


def activate(call: Call) -> dict[str, Any]:
    """Submits each product unchanged."""
    return {"errors": _each(call, _activate)}


def deactivate(call: Call) -> dict[str, Any]:
    return {"errors": _each(call, _deactivate)}


def delete_products(call: Call) -> dict[str, Any]:
    return {"errors": _each(call, _delete)}


def recover_products(call: Call) -> dict[str, Any]:
    """A recovered product is deactivated until the seller activates it."""
    return {"errors": _each(call, _recover)}


def _each(call: Call, change: Callable[[Call, int], None]) -> list[dict[str, Any]]:
    """Applies `change` to each product. Raises ApiError for the batch. Facts: batches, unknown_product_in_batch."""
    ids = call.body.get("product_ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise ApiError(OVERLOADED, "product_ids is invalid: an array of string")
    if len(ids) > MAX_IDS:
        raise ApiError(12019120, f"product_ids has more than {MAX_IDS} ids")
    errors = []
    for identity in ids:
        try:
            change(call, _index(call, identity))
        except ApiError as error:
            errors.append({"code": error.code, "message": error.message, "detail": {"product_id": identity}})
    return errors


def _index(call: Call, identity: str) -> int:
    """Raises ApiError."""
    for shop in call.world.shops:
        try:
            index = call.world.index_of(shop, identity)
        except ApiError:
            continue
        if shop is not call.shop:
            raise ApiError(FOREIGN, "You can't edit other sellers' products")
        return index
    raise ApiError(UNKNOWN, "product does not exist")


def _activate(call: Call, index: int) -> None:
    status = call.world.status(call.shop, index)[0]
    if status not in ("SELLER_DEACTIVATED", "ACTIVATE", "DRAFT", "FAILED"):
        raise ApiError(12052901, f"a product that is {status} cannot be activated")
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
        raise ApiError(12052901, f"a product that is {status} cannot be deactivated")
    set_status(call.world.touch(call.shop, index), "SELLER_DEACTIVATED")


def _delete(call: Call, index: int) -> None:
    status = call.world.status(call.shop, index)[0]
    if status in ("DELETED", "FREEZE"):
        raise ApiError(12052901, f"a product that is {status} cannot be deleted")
    delete(call.world.touch(call.shop, index))


def _recover(call: Call, index: int) -> None:
    status = call.world.status(call.shop, index)[0]
    if status != "DELETED":
        raise ApiError(12052901, f"a product that is {status} cannot be recovered")
    set_status(call.world.touch(call.shop, index), "SELLER_DEACTIVATED")
