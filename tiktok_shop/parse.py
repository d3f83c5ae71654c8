"""From the wire to the types of `catalogue.py`: lenient, since the platform's own samples break its own schema.

`is_requried` is the real name, `UNAUTHORIEZD` the real value, lists come as strings or null, ids as numbers.
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


def text(value: Any) -> str:
    """An id or a name as a string; null, and what is neither, is empty."""
    return str(value) if isinstance(value, str | int | float) else ""


def number(value: Any) -> int:
    """A count or a code, also one that came as a string; zero for what is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def flag(value: Any) -> bool:
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def objects(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects, whatever stands for an empty one."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return []
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def strings(value: Any) -> tuple[str, ...]:
    """A list of strings; also one that came quoted, or separated by commas."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = [part.strip(" []\"'") for part in value.split(",")]
        if isinstance(value, str):
            value = [value]  # The published rules have a single name quoted twice: "\"PRE_ORDER\"".
    return tuple(text(each) for each in value if text(each)) if isinstance(value, list) else ()


def section(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def parse_categories(data: Mapping[str, Any]) -> tuple[Category, ...]:
    return tuple(
        Category(
            id=text(each.get("id")),
            parent_id=text(each.get("parent_id")) or "0",
            name=text(each.get("local_name") or each.get("name")),
            is_leaf=flag(each.get("is_leaf")),
            permission_statuses=strings(each.get("permission_statuses")),
        )
        for each in objects(data.get("categories"))
        if each.get("id") is not None
    )


def parse_conditions(value: Any) -> tuple[RequirementCondition, ...]:
    return tuple(
        RequirementCondition(text(each.get("attribute_id")), text(each.get("attribute_value_id")))
        for each in objects(value)
        if each.get("condition_type") in (None, "VALUE_ID_MATCH")
    )


def parse_attributes(data: Mapping[str, Any]) -> tuple[Attribute, ...]:
    return tuple(_attribute(each) for each in objects(data.get("attributes")))


def _attribute(each: Mapping[str, Any]) -> Attribute:
    standards = tuple(_metric_standard(standard) for standard in objects(each.get("metric_standards")))
    return Attribute(
        id=text(each.get("id")),
        name=text(each.get("name")),
        type="SALES_PROPERTY" if each.get("type") == "SALES_PROPERTY" else "PRODUCT_PROPERTY",
        is_required=flag(each.get("is_requried", each.get("is_required"))),
        is_customizable=flag(each.get("is_customizable")),
        is_multiple_selection=flag(each.get("is_multiple_selection")),
        values=tuple(
            AttributeValue(text(value.get("id")), text(value.get("name"))) for value in objects(each.get("values"))
        ),
        conditions=parse_conditions(each.get("requirement_conditions")),
        value_format=text(each.get("value_data_format")) or None,
        has_metric_standards=bool(standards),
        metric_standards=standards,
    )


def _metric_standard(standard: Mapping[str, Any]) -> dict[str, Any]:
    """As it came, but for what is not of the documented shape."""
    return {
        **standard,
        "id": text(standard.get("id")),
        "metric_value_modules": [
            {
                **module,
                "id": text(module.get("id")),
                "units": [
                    {**unit, "id": text(unit.get("id")), "name": text(unit.get("name"))}
                    for unit in objects(module.get("units"))
                ],
                "value_limit": {
                    name: section(section(module.get("value_limit")).get(name))
                    for name in ("num_limit", "length_limit")
                },
            }
            for module in objects(standard.get("metric_value_modules"))
        ],
    }


def parse_rules(data: Mapping[str, Any]) -> CategoryRules:
    size_chart = section(data.get("size_chart"))

    def required(name: str) -> bool:
        return flag(section(data.get(name)).get("is_required"))

    return CategoryRules(
        certifications=tuple(
            Certification(
                id=text(each.get("id")),
                name=text(each.get("name")),
                is_required=flag(each.get("is_required")),
                conditions=parse_conditions(each.get("requirement_conditions")),
                needs_expiration_date=flag(section(each.get("expiration_date")).get("is_required")),
            )
            for each in objects(data.get("product_certifications"))
        ),
        size_chart_supported=flag(size_chart.get("is_supported")),
        size_chart_required=flag(size_chart.get("is_required")),
        cod_supported=flag(section(data.get("cod")).get("is_supported")),
        package_dimension_required=required("package_dimension"),
        epr_required=required("epr"),
        responsible_person_required=required("responsible_person"),
        manufacturer_required=required("manufacturer"),
        seller_sku_required=required("seller_sku"),
        allowed_special_product_types=strings(data.get("allowed_special_product_types")),
        required_fees=tuple(
            text(each.get("type")) for each in objects(data.get("fees")) if flag(each.get("is_required"))
        ),
    )


def parse_brands(brands: Iterable[Mapping[str, Any]]) -> tuple[Brand, ...]:
    return tuple(
        Brand(
            id=text(each.get("id")),
            name=text(each.get("name")),
            is_authorized=each.get("authorized_status") == "AUTHORIZED",
            is_t1=flag(each.get("is_t1_brand")),
            is_available={"AVAILABLE": True, "UNAVAILABLE": False}.get(text(each.get("brand_status"))),
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
