"""Finds features of an edit that the platform may refuse although no documented rule clearly forbids them. Pure.

Documentation and live listings disagree about these, so an edit with them is sent with a warning. If the platform
refuses them, refusals.py learns from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from relisting.validate.package import SIDES, has_more_decimals, is_zero
from relisting.validate.reasons import EMOJI
from relisting.validate.texts import image_tags, lacks_sizes
from tiktok_shop.catalogue import CategoryRules

SIZE_CHART_NOT_SUPPORTED = "size_chart_not_supported"
"""The id of a feature that the platform is documented to ignore."""
IMAGE_HOSTS = (
    ".ibyteimg.com",
    ".byteimg.com",
    ".tiktokcdn.com",
    ".tiktokcdn-us.com",
    ".tiktokcdn-eu.com",
    ".ttwstatic.com",
)
"""Hosts in the platform's samples and responses; there is no published list."""
PLAIN_TAGS = frozenset(
    {
        "p",
        "br",
        "img",
        "ul",
        "ol",
        "li",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "span",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    }
)
"""Tags in the descriptions of the platform's samples."""


@dataclass(frozen=True, slots=True)
class Feature:
    id: str
    """A stable id, by which learned refusals are stored."""
    field: str
    statement: str
    """A sentence for the seller."""
    warning: str = ""
    """A warning for the outcome; empty if the feature needs none while the platform accepts it."""


def features(body: Mapping[str, Any], region: str, rules: CategoryRules) -> tuple[Feature, ...]:
    return (
        *_description(str(body.get("description") or "")),
        *_category(body, rules),
        *_variants(body, region),
        *_package(body, rules),
    )


def created_features(found: Iterable[Feature]) -> tuple[Feature, ...]:
    """The same features as of a new listing, which the platform may judge more strictly than a live one."""
    return tuple(replace(feature, id=f"new_{feature.id}") for feature in found)


def _description(description: str) -> Iterator[Feature]:
    tags = image_tags(description)
    # The documentation requires both; the platform's own published product has neither.
    if lacks_sizes(tags):
        yield Feature(
            "description_image_without_size",
            "description",
            "An image in the description has no width or height.",
        )
    for host in sorted({_host(image.get("src", "")) for image in tags.images}):
        if not f".{host}".endswith(IMAGE_HOSTS):
            name = host or "an unknown host"
            yield Feature(
                "description_foreign_image",
                "description",
                f"The description has an image from {name}. Upload it to TikTok Shop instead.",
                f"an image from {name}, which may not be the platform's own host",
            )
    if EMOJI.search(description):
        yield Feature(
            "description_emoji",
            "description",
            "The description contains emoji.",
            "contains emoji, which the platform's rules forbid and live listings have",
        )
    for tag in sorted(tags.names - PLAIN_TAGS):
        yield Feature(f"description_tag_{tag}", "description", f"The description has HTML of the kind <{tag}>.")


def _category(body: Mapping[str, Any], rules: CategoryRules) -> Iterator[Feature]:
    known = {certification.id for certification in rules.certifications}
    for each in body.get("certifications") or ():
        if str(each.get("id") or "") not in known:
            yield Feature(
                "certificate_not_of_category",
                "certifications",
                f"The product has a certificate that its category does not ask for ({each.get('id')}). Remove it.",
                f"the category does not ask for the certificate {each.get('id')}; it is sent anyway",
            )
    if body.get("size_chart") and not rules.size_chart_supported:
        yield Feature(
            SIZE_CHART_NOT_SUPPORTED,
            "size_chart",
            "The product has a size chart, which its category does not support. Remove it.",
            "the category does not support one, so the platform will drop the product's size chart",
        )


def _variants(body: Mapping[str, Any], region: str) -> Iterator[Feature]:
    attributes = [each for sku in body.get("skus") or () for each in sku.get("sales_attributes") or ()]
    if region != "US" and any(each.get("supplementary_sku_images") for each in attributes):
        yield Feature(
            "additional_variant_images",
            "skus",
            "A variant has additional images, which are for shops in the United States only.",
            "additional images of variants are for shops in the United States only",
        )


def _package(body: Mapping[str, Any], rules: CategoryRules) -> Iterator[Feature]:
    """Features of the package and of the SKUs' own packages; a feature is the same wherever it occurs."""
    packages = [("The package", "package_weight", body.get("package_weight"), body.get("package_dimensions"))]
    for sku in body.get("skus") or ():
        weight, sizes = sku.get("sku_weight"), sku.get("sku_dimensions")
        if weight or sizes:
            packages.append(("A variant", "skus", weight, sizes))
    found: dict[str, Feature] = {}
    for owner, field, weight, sizes in packages:
        for feature in (*_weight(owner, field, weight or {}), *_sizes(owner, field, sizes or {}, rules)):
            found.setdefault(feature.id, feature)
    yield from found.values()


def _weight(owner: str, field: str, weight: Mapping[str, Any]) -> Iterator[Feature]:
    value = str(weight.get("value") or "")
    if "," in value:
        yield Feature("weight_with_comma", field, f"{owner} has the weight {value!r}. Write it with a point.")
    if weight.get("unit") == "GRAM":
        yield Feature("weight_in_grams", field, f"{owner} has a weight in grams.")
    if has_more_decimals(weight, "value"):
        statement = f"{owner} has the weight {value} {weight.get('unit')}, which has too many decimals."
        yield Feature("weight_decimals", field, statement)


def _sizes(owner: str, field: str, sizes: Mapping[str, Any], rules: CategoryRules) -> Iterator[Feature]:
    sides = {side: str(sizes.get(side) or "") for side, _ in SIDES} if sizes else {}
    field = "package_dimensions" if field == "package_weight" else field
    if any("," in side for side in sides.values()):
        statement = f"{owner} has a dimension that is written with a comma. Write it with a point."
        yield Feature("dimension_with_comma", field, statement)
    if any(has_more_decimals(sizes, side) for side in sides):
        yield Feature("dimension_decimals", field, f"{owner} has a dimension with more than two decimals.")
    if any(is_zero(side) for side in sides.values()):
        # The platform may tolerate zeros only where the category does not require dimensions.
        name = "zero_required_dimensions" if rules.package_dimension_required else "zero_dimensions"
        yield Feature(name, field, f"{owner} has a dimension of zero. Enter the real size.")


def _host(address: str) -> str:
    """The host of the URL; empty if there is none. Sellers also write invalid URLs (`http://[`)."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
