"""From the wire to the types of `catalogue.py`: the sloppiness that is known is put right, anything else is refused.

Known: `is_requried` is the real name, `UNAUTHORIEZD` the real value, lists come as strings or null, ids as numbers.
What is of no known form is not guessed at: an attribute list taken for empty would wipe the attributes of every product
on that leaf, for as long as the catalogue is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from tiktok_shop.catalogue import (
    Attribute,
    AttributeValue,
    AuthorizedShop,
    Brand,
    Category,
    CategoryRules,
    Certification,
    RequirementCondition,
)
from tiktok_shop.product_shape import is_amount, is_identity


class MalformedData(ValueError):
    """Something in an answer has no form that is known; the text says what."""


def text(value: Any) -> str:
    """An id or a name as a string; null, and what is neither, is empty."""
    return str(value) if isinstance(value, str | int | float) else ""


def number(value: Any) -> int:
    """A count or a code, also one that came as a string; zero for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def objects(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects, whatever stands for an empty one; what is none is left out."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return []
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


# --- catalogue data: raises MalformedData


def identity(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    if not value or not is_identity(value):
        raise MalformedData(f"{name} is not an id")
    return str(value)


def word(of: Mapping[str, Any], *names: str) -> str:
    """The first of these that is there; empty when none is."""
    value = next((of[name] for name in names if of.get(name) is not None), "")
    if not isinstance(value, str):
        raise MalformedData(f"{names[0]} is not a text")
    return value


def flag(value: Any) -> bool:
    if value in (None, "", 0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise MalformedData("neither true nor false")


def listed(of: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects, also one that came quoted; null and a blank stand for an empty one."""
    value = of.get(name) or []
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = value.strip()
    if value and not (isinstance(value, list) and all(isinstance(each, Mapping) for each in value)):
        raise MalformedData(f"{name} is not a list of objects")
    return value or []


def strings(value: Any) -> tuple[str, ...]:
    """A list of strings; also one that came quoted, or separated by commas."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = [part.strip(" []\"'") for part in value.split(",")]
        if isinstance(value, str):
            value = [value]  # The published rules have a single name quoted twice: "\"PRE_ORDER\"".
    if not isinstance(value, list | None) or not all(isinstance(each, str) for each in value or ()):
        raise MalformedData("not a list of words")
    return tuple(each for each in value or () if each)


def section(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name) or {}
    if not isinstance(value, Mapping):
        raise MalformedData(f"{name} is not an object")
    return value


def parse_categories(data: Mapping[str, Any]) -> tuple[Category, ...]:
    return tuple(
        Category(
            id=identity(each, "id"),
            parent_id=identity(each, "parent_id") if each.get("parent_id") else "0",
            name=word(each, "local_name", "name"),
            is_leaf=flag(each.get("is_leaf")),
            permission_statuses=strings(each.get("permission_statuses")),
        )
        for each in listed(data, "categories")
    )


def parse_conditions(of: Mapping[str, Any]) -> tuple[RequirementCondition, ...]:
    return tuple(
        RequirementCondition(identity(each, "attribute_id"), identity(each, "attribute_value_id"))
        for each in listed(of, "requirement_conditions")
        if word(each, "condition_type") in ("", "VALUE_ID_MATCH")
    )


def parse_attributes(data: Mapping[str, Any]) -> tuple[Attribute, ...]:
    return tuple(_attribute(each) for each in listed(data, "attributes"))


def _attribute(each: Mapping[str, Any]) -> Attribute:
    standards = tuple(_metric_standard(standard) for standard in listed(each, "metric_standards"))
    return Attribute(
        id=identity(each, "id"),
        name=word(each, "name"),
        type="SALES_PROPERTY" if word(each, "type") == "SALES_PROPERTY" else "PRODUCT_PROPERTY",
        is_required=flag(each.get("is_requried", each.get("is_required"))),
        is_customizable=flag(each.get("is_customizable")),
        is_multiple_selection=flag(each.get("is_multiple_selection")),
        values=tuple(AttributeValue(identity(value, "id"), word(value, "name")) for value in listed(each, "values")),
        conditions=parse_conditions(each),
        value_format=word(each, "value_data_format") or None,
        has_metric_standards=bool(standards),
        metric_standards=standards,
    )


def _metric_standard(standard: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **standard,
        "id": identity(standard, "id"),
        "metric_value_modules": [
            {
                **module,
                "id": identity(module, "id"),
                "units": [
                    {**unit, "id": identity(unit, "id"), "name": word(unit, "name")} for unit in listed(module, "units")
                ],
                "value_limit": {name: _limit(module, name) for name in ("num_limit", "length_limit")},
            }
            for module in listed(standard, "metric_value_modules")
        ],
    }


def _limit(module: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    limit = section(section(module, "value_limit"), name)
    for each in limit.values():
        if each is not None and not is_amount(each):
            raise MalformedData(f"{name} is no limit")
    return limit


def parse_rules(data: Mapping[str, Any]) -> CategoryRules:
    size_chart = section(data, "size_chart")

    def required(name: str) -> bool:
        return flag(section(data, name).get("is_required"))

    return CategoryRules(
        certifications=tuple(
            Certification(
                id=identity(each, "id"),
                name=word(each, "name"),
                is_required=flag(each.get("is_required")),
                conditions=parse_conditions(each),
                needs_expiration_date=flag(section(each, "expiration_date").get("is_required")),
            )
            for each in listed(data, "product_certifications")
        ),
        size_chart_supported=flag(size_chart.get("is_supported")),
        size_chart_required=flag(size_chart.get("is_required")),
        cod_supported=flag(section(data, "cod").get("is_supported")),
        package_dimension_required=required("package_dimension"),
        epr_required=required("epr"),
        responsible_person_required=required("responsible_person"),
        manufacturer_required=required("manufacturer"),
        seller_sku_required=required("seller_sku"),
        allowed_special_product_types=strings(data.get("allowed_special_product_types")),
        required_fees=tuple(word(each, "type") for each in listed(data, "fees") if flag(each.get("is_required"))),
    )


def parse_brands(brands: Iterable[Mapping[str, Any]]) -> tuple[Brand, ...]:
    return tuple(
        Brand(
            id=identity(each, "id"),
            name=word(each, "name"),
            is_authorized=word(each, "authorized_status") == "AUTHORIZED",
            is_t1=flag(each.get("is_t1_brand")),
            is_available={"AVAILABLE": True, "UNAVAILABLE": False}.get(word(each, "brand_status")),
        )
        for each in brands
    )


def parse_shops(data: Mapping[str, Any]) -> tuple[AuthorizedShop, ...]:
    return tuple(
        AuthorizedShop(
            id=text(each.get("id")),
            name=text(each.get("name")),
            region=text(each.get("region")),
            cipher=text(each.get("cipher")),
            seller_type=text(each.get("seller_type")),
            code=text(each.get("code")),
        )
        for each in objects(data.get("shops"))
    )
