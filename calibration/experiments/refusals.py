"""Which request bodies the platform accepts in an edit of an approved product. An accepted edit only starts a review.

Each experiment starts from a product that the platform accepts, so that only its one change can be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from calibration.findings import Finding, Inconclusive, Measured, Observed
from calibration.image_file import png
from calibration.leaves import Leaf, open_leaves, simple_leaves
from calibration.preparing import IMAGES
from calibration.response import RawResponse, request_ids, rows, text
from calibration.workbench import Workbench

NO_BRAND = "7"
"""An id that belongs to no brand."""
WEIGHT_ZERO = 12052823
SMALLEST, DOCUMENTED = 100, 300
CENTIMETERS = {"width": "10", "height": "10", "unit": "CENTIMETER"}
LEAVES_COMPARED = 40


async def indonesian_packages(bench: Workbench) -> list[Finding]:
    sizes = {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"}
    response = await _edit(bench, package_dimensions=sizes)
    evidence = f"package_dimensions 0/0/0: {response}"
    return [Measured("indonesian_packages", response.accepted, evidence, request_ids(response))]


async def package_size_sum(bench: Workbench) -> list[Finding]:
    response = await _edit(bench, package_dimensions={"length": "150", **CENTIMETERS})
    limit = 0 if response.accepted else 160
    return [Measured("package_size_sum", limit, f"a package of 150 x 10 x 10 cm: {response}", request_ids(response))]


async def more_decimals(bench: Workbench) -> list[Finding]:
    response = await _edit(bench, package_weight={"value": "0.50001", "unit": "KILOGRAM"})
    evidence = f"a package weight of 0.50001 kg: {response}"
    return [Measured("more_decimals", response.accepted, evidence, request_ids(response))]


async def weight_zero(bench: Workbench) -> list[Finding]:
    response = await _edit(bench, package_weight={"value": "0", "unit": "KILOGRAM"})
    return [
        Observed(
            "weight_zero", response.code == WEIGHT_ZERO, f"a package weight of 0: {response}", request_ids(response)
        )
    ]


async def unknown_brand(bench: Workbench) -> list[Finding]:
    response = await _edit(bench, brand_id=NO_BRAND)
    return [Measured("unknown_brand", not response.accepted, f"an unknown brand: {response}", request_ids(response))]


async def description_images(bench: Workbench) -> list[Finding]:
    """First send an image with its dimensions: if that is refused too, the dimensions are not the reason."""
    upload = await bench.wire.upload(IMAGES, png(600, 600, 120), "DESCRIPTION_IMAGE")
    url = text(upload.data, "url").strip()
    if not upload.accepted or not url:
        raise Inconclusive(f"an upload for a description was {upload}")
    sample = await bench.listed(description=f'<p>A sample.</p><img src="{url}" width="600" height="600" />')
    response = _decided(await bench.edit(sample, description=f'<p>A sample.</p><img src="{url}" />'))
    needed = not response.accepted
    evidence = f"an image without sizes in a description: {response}"
    return [Measured("description_images", needed, evidence, request_ids(response))]


async def main_image_size(bench: Workbench) -> list[Finding]:
    """Upload a picture of 100 px twice and compare the two URIs."""
    first = await bench.wire.upload(IMAGES, png(SMALLEST, SMALLEST), "MAIN_IMAGE")
    if not first.accepted:
        larger = await bench.wire.upload(IMAGES, png(DOCUMENTED, DOCUMENTED), "MAIN_IMAGE")
        if not larger.accepted:
            raise Inconclusive(f"a picture of {DOCUMENTED} px was {larger}, one of {SMALLEST} px {first}")
        return [Measured("main_image_size", DOCUMENTED, f"a picture of {SMALLEST} px: {first}", request_ids(first))]
    again = await bench.wire.upload(IMAGES, png(SMALLEST, SMALLEST), "MAIN_IMAGE")
    same = text(first.data, "uri") == text(again.data, "uri")
    evidence = f"the same picture twice has {'one uri' if same else 'two uris'}"
    return [
        Measured("main_image_size", SMALLEST, f"a picture of {SMALLEST} px: {first}", request_ids(first)),
        Observed("image_uris", same, evidence, request_ids(first, again)),
    ]


async def invite_only_elsewhere(bench: Workbench) -> list[Finding]:
    if bench.region == "US":
        raise Inconclusive("the fact concerns markets other than the US")
    async for leaf in simple_leaves(bench.wire, open_leaves(bench.tree, "INVITE_ONLY")):
        sample, response = await bench.create(leaf)
        evidence = f"a product in the INVITE_ONLY category {leaf.id}: {response}"
        refused = sample is None
        return [Measured("invite_only_elsewhere", refused, evidence, request_ids(response))]
    raise Inconclusive("no INVITE_ONLY category is simple enough for a sample product")


async def legacy_values(bench: Workbench) -> list[Finding]:
    """Move a product to a category that does not list one of the product's values."""
    pair = await _differing_leaves(bench)
    if pair is None:
        raise Inconclusive("no two simple categories differ in the fixed values of an attribute")
    sample, created = await bench.create(
        pair.old, product_attributes=_with(pair.old.required_values(), pair.attribute_id, pair.value_id)
    )
    if sample is None:
        raise Inconclusive(f"a product with the value {pair.value_id} was {created}")
    await bench.reviewed(sample)
    control = _with(pair.new.required_values(), pair.attribute_id, pair.kept_id)
    legacy = _with(pair.new.required_values(), pair.attribute_id, pair.value_id)
    response = _decided(await bench.edit(sample, category_id=pair.new.id, product_attributes=legacy))
    if not response.accepted:
        other = _decided(await bench.edit(sample, category_id=pair.new.id, product_attributes=control))
        if not other.accepted:
            raise Inconclusive(f"a move was refused with a listed value too: {other}")
    evidence = f"a value that the live listing has and the new category does not list: {response}"
    return [Measured("legacy_values", response.accepted, evidence, request_ids(response))]


@dataclass(frozen=True, slots=True)
class _Pair:
    old: Leaf
    new: Leaf
    attribute_id: str
    value_id: str
    """Only the old category lists it."""
    kept_id: str
    """Both list it."""


async def _differing_leaves(bench: Workbench) -> _Pair | None:
    read: list[Leaf] = []
    async for leaf in simple_leaves(bench.wire, open_leaves(bench.tree)):
        for other in read:
            for old, new in ((leaf, other), (other, leaf)):
                pair = next(_pairs(old, new), None)
                if pair is not None:
                    return pair
        read.append(leaf)
        if len(read) == LEAVES_COMPARED:
            break
    return None


def _pairs(old: Leaf, new: Leaf) -> Iterator[_Pair]:
    there = {each.id: each for each in new.attributes if each.type == "PRODUCT_PROPERTY" and not each.is_customizable}
    for attribute in old.attributes:
        known = {each.id for each in there[attribute.id].values} if attribute.id in there else set()
        kept = [each.id for each in attribute.values if each.id in known]
        if attribute.type == "PRODUCT_PROPERTY" and kept:
            for value in attribute.values:
                if value.id not in known:
                    yield _Pair(old, new, attribute.id, value.id, kept[0])


def _with(given: list[dict[str, Any]], attribute_id: str, value_id: str) -> list[dict[str, Any]]:
    others = [each for each in given if each["id"] != attribute_id]
    return [*others, {"id": attribute_id, "values": [{"id": value_id}]}]


async def _edit(bench: Workbench, **changes: Any) -> RawResponse:
    return _decided(await bench.edit(await bench.listed(), **changes))


def _decided(response: RawResponse) -> RawResponse:
    """Return the response if it judges the body. Raises Inconclusive for any other refusal."""
    if not response.accepted and not response.refuses_the_body:
        raise Inconclusive(f"an edit was {response}")
    return response


async def drafts_lenient(bench: Workbench) -> list[Finding]:
    """Save a draft without required attributes and one that repeats an attribute, then list the latter."""
    leaf = await bench.samples_leaf()
    required = leaf.required_values()
    if not required:
        raise Inconclusive("the sample category requires no attribute")
    repeated = [*required, required[0]]
    bare, first = await bench.create(leaf, save_mode="AS_DRAFT", product_attributes=[])
    twice, second = await bench.create(leaf, save_mode="AS_DRAFT", product_attributes=repeated)
    listed, third = await bench.create(leaf, product_attributes=repeated)
    agrees = bare is not None and twice is not None and listed is None
    evidence = f"a draft without attributes: {first}; with one twice: {second}; a listing with one twice: {third}"
    return [Observed("drafts_lenient", agrees, evidence, request_ids(first, second, third))]


async def drafts_incomplete(bench: Workbench) -> list[Finding]:
    """Save a complete draft, then remove its description and its package."""
    draft, created = await bench.create(save_mode="AS_DRAFT")
    if draft is None:
        raise Inconclusive(f"a complete draft was {created}")
    response = _decided(await bench.edit(draft, "package_weight", "package_dimensions", description=""))
    evidence = f"a draft without a description or a package: {response}"
    return [Measured("drafts_incomplete", response.accepted, evidence, request_ids(response))]


async def unknown_product_in_batch(bench: Workbench) -> list[Finding]:
    response = await bench.wire.write("POST", "/product/202309/products/deactivate", {"product_ids": ["1"]})
    codes = [each.get("code") for each in rows(response.data, "errors")]
    agrees = response.accepted and codes == [12052032]
    evidence = f"deactivating an unknown product: {response}, errors {codes}"
    return [Observed("unknown_product_in_batch", agrees, evidence, request_ids(response))]


async def listing_quota(bench: Workbench) -> list[Finding]:
    """Last of the experiments on products: did a creation or an edit exceed the daily quota?"""
    response = bench.daily_quota
    if response is None:
        raise Inconclusive("the daily listing quota was not reached")
    if response.code not in (12052093, 12052109):
        raise Inconclusive(f"the daily listing quota is {response}, which the fact does not know")
    return [Measured("listing_quota", response.code, f"a listing was {response}", request_ids(response))]
