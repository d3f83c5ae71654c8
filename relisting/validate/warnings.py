"""Warns about content that the platform may refuse, where documentation and live listings disagree. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from relisting.validate.features import Feature, features
from tiktok_shop.catalogue import CategoryRules


def edit_warnings(body: Mapping[str, Any], region: str, rules: CategoryRules) -> tuple[str, ...]:
    return feature_warnings(features(body, region, rules), rules)


def feature_warnings(found: Iterable[Feature], rules: CategoryRules) -> tuple[str, ...]:
    warnings = tuple(f"{feature.field}: {feature.warning}" for feature in found if feature.warning)
    if not rules.epr_required:
        return warnings
    epr = "the category requires an EPR registration, which belongs to the shop and is not part of the product"
    return (*warnings, epr)
