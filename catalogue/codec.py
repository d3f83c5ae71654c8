"""Encodes the catalogue's types to JSON and back, for the cache in Redis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from tiktok_shop.catalogue import (
    Attribute,
    AttributeValue,
    Brand,
    BrandList,
    Category,
    CategoryRules,
    Certification,
    RequirementCondition,
)


def dump(value: object) -> bytes:
    """`value` is one of the catalogue's types, or a tuple of them."""
    return orjson.dumps(value)


def load_categories(raw: bytes) -> tuple[Category, ...]:
    return tuple(_with_tuples(Category, each, "permission_statuses") for each in orjson.loads(raw))


def load_brand_list(raw: bytes) -> BrandList:
    body = orjson.loads(raw)
    return BrandList(tuple(Brand(**each) for each in body["brands"]), body["is_whole"])


def load_attributes(raw: bytes) -> tuple[Attribute, ...]:
    attributes = []
    for each in orjson.loads(raw):
        each["values"] = tuple(AttributeValue(**value) for value in each["values"])
        each["conditions"] = _conditions(each["conditions"])
        each.pop("has_metric_standards", None)  # Cached by releases before 0.2.
        attributes.append(_with_tuples(Attribute, each, "metric_standards"))
    return tuple(attributes)


def load_rules(raw: bytes) -> CategoryRules:
    body = orjson.loads(raw)
    body["certifications"] = tuple(
        Certification(**{**each, "conditions": _conditions(each["conditions"])}) for each in body["certifications"]
    )
    rules: CategoryRules = _with_tuples(CategoryRules, body, "allowed_special_product_types", "required_fees")
    return rules


def _conditions(conditions: Iterable[dict[str, str]]) -> tuple[RequirementCondition, ...]:
    return tuple(RequirementCondition(**each) for each in conditions)


def _with_tuples(kind: Any, body: dict[str, Any], *names: str) -> Any:
    return kind(**{**body, **{name: tuple(body[name]) for name in names}})
