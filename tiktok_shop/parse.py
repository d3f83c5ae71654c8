"""Parses category data into the types of `catalogue.py`. Pure.

Anything of an unknown shape raises MalformedData instead of being guessed at: an attribute list misread as empty would
wipe the attributes of every product of that category for the lifetime of the cache. The platform really does spell a
field `is_requried` and a value `UNAUTHORIEZD`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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
from tiktok_shop.fields import (
    MalformedData,
    lenient_objects,
    lenient_str,
    object_list,
    optional_bool,
    optional_object,
    optional_str,
    required_id,
    string_list,
)
from tiktok_shop.product_shape import is_amount


def parse_categories(data: Mapping[str, Any]) -> tuple[Category, ...]:
    return tuple(
        Category(
            id=required_id(each, "id"),
            parent_id=required_id(each, "parent_id") if each.get("parent_id") else "0",
            name=optional_str(each, "local_name", "name"),
            is_leaf=optional_bool(each, "is_leaf"),
            permission_statuses=string_list(each, "permission_statuses"),
        )
        for each in object_list(data, "categories")
    )


def parse_conditions(parent: Mapping[str, Any]) -> tuple[RequirementCondition, ...]:
    return tuple(
        RequirementCondition(required_id(each, "attribute_id"), required_id(each, "attribute_value_id"))
        for each in object_list(parent, "requirement_conditions")
        if optional_str(each, "condition_type") in ("", "VALUE_ID_MATCH")
    )


def parse_attributes(data: Mapping[str, Any]) -> tuple[Attribute, ...]:
    return tuple(_attribute(each) for each in object_list(data, "attributes"))


def _attribute(each: Mapping[str, Any]) -> Attribute:
    return Attribute(
        id=required_id(each, "id"),
        name=optional_str(each, "name"),
        type="SALES_PROPERTY" if optional_str(each, "type") == "SALES_PROPERTY" else "PRODUCT_PROPERTY",
        is_required=optional_bool(each, "is_requried", "is_required"),
        is_customizable=optional_bool(each, "is_customizable"),
        is_multiple_selection=optional_bool(each, "is_multiple_selection"),
        values=tuple(
            AttributeValue(required_id(value, "id"), optional_str(value, "name"))
            for value in object_list(each, "values")
        ),
        conditions=parse_conditions(each),
        value_format=optional_str(each, "value_data_format") or None,
        metric_standards=tuple(_metric_standard(standard) for standard in object_list(each, "metric_standards")),
    )


def _metric_standard(standard: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **standard,
        "id": required_id(standard, "id"),
        "metric_value_modules": [
            {
                **module,
                "id": required_id(module, "id"),
                "units": [
                    {**unit, "id": required_id(unit, "id"), "name": optional_str(unit, "name")}
                    for unit in object_list(module, "units")
                ],
                "value_limit": {name: _limit(module, name) for name in ("num_limit", "length_limit")},
            }
            for module in object_list(standard, "metric_value_modules")
        ],
    }


def _limit(module: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    limit = optional_object(optional_object(module, "value_limit"), name)
    for each in limit.values():
        if each is not None and not is_amount(each):
            raise MalformedData(f"{name} is not a number")
    return limit


def parse_rules(data: Mapping[str, Any]) -> CategoryRules:
    size_chart = optional_object(data, "size_chart")

    def required(name: str) -> bool:
        return optional_bool(optional_object(data, name), "is_required")

    return CategoryRules(
        certifications=tuple(
            Certification(
                id=required_id(each, "id"),
                name=optional_str(each, "name"),
                is_required=optional_bool(each, "is_required"),
                conditions=parse_conditions(each),
                needs_expiration_date=optional_bool(optional_object(each, "expiration_date"), "is_required"),
            )
            for each in object_list(data, "product_certifications")
        ),
        size_chart_supported=optional_bool(size_chart, "is_supported"),
        size_chart_required=optional_bool(size_chart, "is_required"),
        cod_supported=optional_bool(optional_object(data, "cod"), "is_supported"),
        package_dimension_required=required("package_dimension"),
        epr_required=required("epr"),
        responsible_person_required=required("responsible_person"),
        manufacturer_required=required("manufacturer"),
        seller_sku_required=required("seller_sku"),
        allowed_special_product_types=string_list(data, "allowed_special_product_types"),
        required_fees=tuple(
            optional_str(each, "type") for each in object_list(data, "fees") if optional_bool(each, "is_required")
        ),
    )


def parse_brands(brands: Iterable[Mapping[str, Any]]) -> tuple[Brand, ...]:
    return tuple(
        Brand(
            id=required_id(each, "id"),
            name=optional_str(each, "name"),
            is_authorized=optional_str(each, "authorized_status") == "AUTHORIZED",
            is_t1=optional_bool(each, "is_t1_brand"),
            is_available={"AVAILABLE": True, "UNAVAILABLE": False}.get(optional_str(each, "brand_status")),
        )
        for each in brands
    )


def parse_shops(data: Mapping[str, Any]) -> tuple[AuthorizedShop, ...]:
    return tuple(
        AuthorizedShop(
            id=lenient_str(each.get("id")),
            name=lenient_str(each.get("name")),
            region=lenient_str(each.get("region")),
            cipher=lenient_str(each.get("cipher")),
            code=lenient_str(each.get("code")),
        )
        for each in lenient_objects(data.get("shops"))
    )
