"""Finds all reasons for which the platform would refuse an edit, as far as they can be known in advance. Pure.

Reasons have the platform's error codes where these exist, so they look the same whether found here or by the platform.
Restricted words, title prefixes, image quality and the price limits of a market cannot be known in advance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model.outcome import Reason
from relisting.validate.attributes import check_attributes
from relisting.validate.category import check_brand, check_category_rules, check_certifications, check_replicas
from relisting.validate.package import check_package
from relisting.validate.skus import check_skus
from relisting.validate.texts import check_texts
from relisting.validate.warnings import edit_warnings
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules

__all__ = ["edit_warnings", "validate"]


def validate(
    body: Mapping[str, Any],
    region: str,
    rules: CategoryRules,
    attributes: Sequence[Attribute],
    brand: Brand | None,
    *,
    product: Mapping[str, Any] | None = None,
    brand_unknown: bool = False,
) -> tuple[Reason, ...]:
    """The reasons against sending `body`.

    `brand` is the catalogue's entry for the body's brand; None if the body has no brand or it is not listed.
    `brand_unknown` means that the shop's brand list lacks it. `product` is the product as read, since the edit's body
    lacks image sizes and replicas.
    """
    read = product or {}
    return (
        *check_texts(body, region, read),
        *check_attributes(body.get("product_attributes") or (), attributes, region),
        *check_brand(body, brand, brand_unknown=brand_unknown),
        *check_certifications(body, rules),
        *check_category_rules(body, rules),
        *check_replicas(body, read),
        *check_package(body, region, rules),
        *check_skus(body, region, rules),
    )
