"""Rules for sales attributes, which distinguish the SKUs of a product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.api_error import ApiError
from simulator.media import is_uploaded
from simulator.rules.submission import Submission
from simulator.rules.texts import has_bad_format


def sales_problems(submission: Submission) -> Iterator[ApiError]:
    skus = submission.body.get("skus") or []
    known = {each["id"]: each for each in submission.attributes if each["type"] == "SALES_PROPERTY"}
    stored = {
        (each["id"], each["value_id"])
        for sku in (submission.before or {}).get("skus") or ()
        for each in sku["sales_attributes"]
    }
    for sku in skus:
        for each in sku.get("sales_attributes") or ():
            yield from _attribute(each, known, stored)
            yield from _images(each, submission.seller.region)
    kinds = [frozenset(_kind(each) for each in sku.get("sales_attributes") or ()) for sku in skus]
    if any(len(kind) > 3 for kind in kinds):
        yield ApiError(12052525, "there are more than 3 sales attributes")
    if len(set(kinds)) > 1:
        yield ApiError(12052550, "every SKU must have the same sales attributes")
    if any(count > 1 for count in Counter(_pairs(sku) for sku in skus).values()):
        yield ApiError(12052560, "two SKUs have the same sales attributes")
    pictured = {
        _kind(each)
        for sku in skus
        for each in sku.get("sales_attributes") or ()
        if (each.get("sku_img") or {}).get("uri")
    }
    if len(pictured) > 1:
        yield ApiError(12052528, "images are on more than one sales attribute")
    before = {_kind(each) for sku in (submission.before or {}).get("skus") or () for each in sku["sales_attributes"]}
    if before and kinds and not before & frozenset().union(*kinds):
        yield ApiError(12019019, "at least one sales attribute must be kept")


def _attribute(
    each: Mapping[str, Any], known: Mapping[str, dict[str, Any]], stored: set[tuple[str, str]]
) -> Iterator[ApiError]:
    identity, value_id = each.get("id"), each.get("value_id")
    is_stored = any(identity == attribute for attribute, _ in stored)
    if identity and identity not in known and not is_stored:
        yield ApiError(12052527, f"sales attribute {identity} does not exist")
    if not identity:
        name = str(each.get("name") or "")
        if not 1 <= len(name) <= 20:
            yield ApiError(12052242, "the name of a custom sales attribute has 1 to 20 characters")
        elif has_bad_format(name):
            yield ApiError(12052933, "the name of a sales attribute breaks the format rules")
    values = {value["id"] for value in known.get(str(identity), {}).get("values", ())}
    if value_id and value_id not in values and (identity, value_id) not in stored:
        yield ApiError(12052529, f"sales attribute value {value_id} does not exist")
    if not value_id:
        value = str(each.get("value_name") or "")
        if not value:
            yield ApiError(12052248, "a sales attribute has neither value_id nor value_name")
        elif len(value) > 50:
            yield ApiError(12052249, "the value of a sales attribute has at most 50 characters")
        elif has_bad_format(value):
            yield ApiError(12052934, "the value of a sales attribute breaks the format rules")


def _images(each: Mapping[str, Any], region: str) -> Iterator[ApiError]:
    picture = (each.get("sku_img") or {}).get("uri")
    more = each.get("supplementary_sku_images") or []
    if any(not is_uploaded(uri) for uri in (picture, *(image.get("uri") for image in more)) if uri is not None):
        yield ApiError(12052520, "an image of a SKU was not uploaded")
    if more and not picture:
        yield ApiError(12052522, "supplementary_sku_images need a sku_img")
    if more and (region != "US" or len(more) > 8):
        yield ApiError(98001004, "supplementary_sku_images is invalid: at most 8, and in the US only")


def _kind(attribute: Mapping[str, Any]) -> str:
    return str(attribute.get("id") or attribute.get("name"))


def _pairs(sku: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (_kind(each), str(each.get("value_id") or each.get("value_name"))) for each in sku.get("sales_attributes") or ()
    )
