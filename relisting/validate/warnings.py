"""Warnings about content the platform may refuse, where the documentation and live listings disagree."""

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
"""Hosts in the platform's own samples and responses; there is no published list."""


def edit_warnings(body: Mapping[str, Any], region: str, rules: CategoryRules) -> tuple[str, ...]:
    return (*_description(str(body.get("description") or "")), *_category(body, rules), *_variants(body, region))


def _description(description: str) -> Iterator[str]:
    images = ImageTags(description).images
    # The documentation requires both; the platform's own published product has neither.
    if not all(image.get("width") and image.get("height") for image in images):
        yield "description: an image lacks width or height, which the documentation requires"
    for host in sorted({_host(image.get("src", "")) for image in images}):
        if not f".{host}".endswith(IMAGE_HOSTS):
            yield f"description: an image from {host or 'an unknown host'}, which may not be the platform's own host"
    if EMOJI.search(description):
        yield "description: contains emoji, which the platform's rules forbid and live listings have"


def _category(body: Mapping[str, Any], rules: CategoryRules) -> Iterator[str]:
    known = {certification.id for certification in rules.certifications}
    for each in body.get("certifications") or ():
        if str(each.get("id") or "") not in known:
            yield f"certifications: the category does not ask for the certificate {each.get('id')}; it is sent anyway"
    if body.get("size_chart") and not rules.size_chart_supported:
        yield "size_chart: the category does not support one, so the platform will drop the product's size chart"
    if rules.epr_required:
        yield "the category requires an EPR registration, which belongs to the shop and is not part of the product"


def _variants(body: Mapping[str, Any], region: str) -> Iterator[str]:
    attributes = [each for sku in body.get("skus") or () for each in sku.get("sales_attributes") or ()]
    if region != "US" and any(each.get("supplementary_sku_images") for each in attributes):
        yield "skus: additional images of variants are for shops in the United States only"


def _host(address: str) -> str:
    """Empty if the address has none; sellers also write text that is no address at all (`http://[`)."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
