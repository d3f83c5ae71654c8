"""Checks required attributes, attributes that must be empty, and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.outcome import Reason
from relisting.attribute_values import values_by_id
from relisting.attributes import condition_holds, product_properties, properties_by_id
from relisting.measures import measure_problem
from relisting.validate.codes import Code
from relisting.validate.reasons import format_problem, has_chinese, reason
from tiktok_shop.catalogue import Attribute

FIELD = "product_attributes"
VALUE_LENGTH = 2000
NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)

Values = Mapping[str, Sequence[Mapping[str, Any]]]


def check_attributes(
    given: Sequence[Mapping[str, Any]], attributes: Sequence[Attribute], region: str
) -> Iterator[Reason]:
    """Checks product attributes. Those that define variants (SALES_PROPERTY) belong to SKUs and are never required."""
    properties = properties_by_id(product_properties(tuple(attributes)))
    values: Values = {str(each.get("id")): each.get("values") or () for each in given}
    if len(values) < len(given):
        yield reason(Code.ATTRIBUTE_TWICE, FIELD, "The same attribute is given twice.")
    for attribute_id in values:
        if attribute_id not in properties:
            message = f"The category has no attribute {attribute_id}."
            yield reason(Code.ATTRIBUTE_NOT_OF_CATEGORY, FIELD, message, actor="operator")
    for attribute in properties.values():
        own = values.get(attribute.id, ())
        if attribute.conditions or (attribute.is_required and not own):
            yield from _presence(attribute, own, condition_holds(attribute, values))
        if own:
            yield from _values(attribute, own, region)


def _presence(attribute: Attribute, own: Sequence[Mapping[str, Any]], condition: bool) -> Iterator[Reason]:
    if not own and attribute.is_required:
        message = f"{attribute.name} is required in this category."
        yield reason(Code.ATTRIBUTE_REQUIRED, FIELD, message, attribute=attribute)
    elif not own and condition:
        message = f"{attribute.name} is required with the other attributes as they are."
        yield reason(Code.ATTRIBUTE_REQUIRED_BY_OTHER, FIELD, message, attribute=attribute)
    if own and attribute.conditions and not attribute.is_required and not condition:
        message = f"{attribute.name} must be empty with the other attributes as they are."
        yield reason(Code.ATTRIBUTE_MUST_BE_EMPTY, FIELD, message, attribute=attribute)


def _values(attribute: Attribute, own: Sequence[Mapping[str, Any]], region: str) -> Iterator[Reason]:
    def problem(code: Code, message: str) -> Reason:
        return reason(code, FIELD, message, attribute=attribute)

    if len(own) > 1 and not attribute.is_multiple_selection:
        yield problem(Code.ATTRIBUTE_ONE_VALUE, f"{attribute.name} accepts only one value.")
    ids = [value["id"] for value in own if value.get("id")]
    names = [value["name"] for value in own if value.get("name") and not value.get("id")]
    if len(set(ids)) < len(ids):
        yield problem(Code.VALUE_ID_TWICE, f"{attribute.name} has the same value twice.")
    if len(set(names)) < len(names):
        yield problem(Code.VALUE_TWICE, f"{attribute.name} has the same value twice.")
    known = values_by_id(attribute.values)
    for value in own:
        name = str(value.get("name") or "")
        if value.get("id"):
            if value["id"] not in known:
                message = f"{name or value['id']} is not one of the values of {attribute.name}."
                yield problem(Code.VALUE_UNKNOWN, message)
        elif value.get("metric_standard_info"):
            if wrong := measure_problem(value["metric_standard_info"], attribute.metric_standards):
                yield problem(Code.VALUE_MEASURE, f"{attribute.name}: {wrong}.")
        elif not name.strip():
            yield problem(Code.VALUE_EMPTY, f"{attribute.name} has an empty value.")
        elif not attribute.is_customizable:
            message = f"{attribute.name} accepts only the listed values, not {name!r}."
            yield problem(Code.ATTRIBUTE_NO_CUSTOM_VALUE, message)
        else:
            yield from _custom_value(attribute, name, region)


def _custom_value(attribute: Attribute, name: str, region: str) -> Iterator[Reason]:
    def problem(code: Code, message: str) -> Reason:
        return reason(code, FIELD, message, attribute=attribute)

    if attribute.value_format == "POSITIVE_INT_OR_DECIMAL":
        if not NUMBER.fullmatch(name) or float(name) == 0:
            yield problem(Code.VALUE_NOT_NUMERIC, f"{attribute.name} must be a number above zero, not {name!r}.")
        return
    if len(name) > VALUE_LENGTH:
        yield problem(Code.VALUE_TOO_LONG, f"{attribute.name} has more than 2,000 characters.")
    if has_chinese(name, region):
        yield problem(Code.VALUE_CHINESE, f"{attribute.name} contains Chinese characters.")
    if wrong := format_problem(name):
        yield problem(Code.VALUE_FORMAT, f"{attribute.name} {wrong}.")
