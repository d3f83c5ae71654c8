"""What the platform may object to and nobody outside can be sure of: told as warnings, never a reason to stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from relisting.validate.reasons import EMOJI
from relisting.validate.texts import ImageTags
from tiktok_shop.catalogue import CategoryRules

IMAGE_HOSTS = (
    ".ibyteimg.com",
    ".byteimg.com",
    ".tiktokcdn.com",
    ".tiktokcdn-us.com",
    ".tiktokcdn-eu.com",
    ".ttwstatic.com",
)
"""Hosts seen in the platform's own samples and answers; there is no published list."""


def edit_warnings(body: Mapping[str, Any], region: str, rules: CategoryRules) -> tuple[str, ...]:
    return tuple(_doubts(body, region, rules))


def _doubts(body: Mapping[str, Any], region: str, rules: CategoryRules) -> Iterator[str]:
    description = str(body.get("description") or "")
    images = ImageTags(description).images
    # The documentation asks for both; the platform's own published product has neither.
    if not all(image.get("width") and image.get("height") for image in images):
        yield "description: an image lacks width or height, which the documentation asks for"
    for host in sorted({_host(image.get("src", "")) for image in images}):
        if not f".{host}".endswith(IMAGE_HOSTS):
            yield f"description: an image from {host or 'nowhere'}, which may not be the platform's own host"
    if EMOJI.search(description):
        yield "description: contains emoji, which the platform's rules forbid and live listings have"
    known = {certification.id for certification in rules.certifications}
    for each in body.get("certifications") or ():
        if str(each.get("id") or "") not in known:
            yield f"certifications: the category asks for no certificate {each.get('id')}; it is sent all the same"
    if body.get("size_chart") and not rules.size_chart_supported:
        yield "size_chart: the category takes none, so the platform will leave the product's size chart out"
    attributes = [each for sku in body.get("skus") or () for each in sku.get("sales_attributes") or ()]
    if region != "US" and any(each.get("supplementary_sku_images") for each in attributes):
        yield "skus: further images of variants are for shops in the United States only"
    if rules.epr_required:
        yield "the category asks for an EPR registration, which is the shop's and not in the product"


def _host(address: str) -> str:
    """Empty for an address that names none; what sellers write there may be no address at all (`http://[`)."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
