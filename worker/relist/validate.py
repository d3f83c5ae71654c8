"""Everything the platform would refuse that can be known before the edit, all at once. Pure.

Codes are the platform's where it has one, so that a reason looks the same whether found here or told by an answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from shop_queue.outcome import AllowedValue, Reason
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules, RequirementCondition
from worker.relist.attributes import condition_holds

MOST_VALUES_SHOWN = 100
TITLE_LENGTHS = {
    **dict.fromkeys(("DE", "ES", "FR", "IE", "IT", "JP", "GB", "UK", "US"), (1, 255)),
    **dict.fromkeys(("BR", "MX"), (1, 300)),
}
OTHER_TITLE_LENGTH = (25, 255)
MANY_SKU_REGIONS = frozenset({"BR", "DE", "ES", "FR", "IE", "IT", "MX", "JP", "GB", "UK", "US"})
IDENTIFIER_LENGTHS = {"GTIN": (14,), "EAN": (8, 13, 14), "UPC": (12,), "ISBN": (10, 13), "JAN": (8, 13)}
NUMBER = re.compile(r"\d+(\.\d+)?")

Values = Mapping[str, Sequence[Mapping[str, str]]]


def validate(
    body: Mapping[str, Any], region: str, rules: CategoryRules, attributes: Sequence[Attribute], brand: Brand | None
) -> tuple[Reason, ...]:
    """`brand` is what the catalogue tells of the body's brand; None = it has none or the catalogue does not know it."""
    values: Values = {each["id"]: each["values"] for each in body.get("product_attributes") or ()}
    return (
        *_texts(body, region),
        *_attributes(attributes, values),
        *_brand(brand),
        *_certifications(body, rules, values),
        *_category_rules(body, rules),
        *_skus(body, region),
    )


def _reason(
    code: int | str,
    field: str,
    message: str,
    actor: Literal["seller", "operator", "platform"] = "seller",
    attribute: Attribute | None = None,
) -> Reason:
    allowed = attribute.values[:MOST_VALUES_SHOWN] if attribute else ()
    return Reason(
        str(code),
        message,
        actor,
        field,
        attribute.id if attribute else None,
        tuple(AllowedValue(value.id, value.name) for value in allowed),
    )


def _texts(body: Mapping[str, Any], region: str) -> list[Reason]:
    reasons = []
    shortest, longest = TITLE_LENGTHS.get(region, OTHER_TITLE_LENGTH)
    if not shortest <= len(body.get("title") or "") <= longest:
        reasons.append(_reason("title_length", "title", f"The title must have {shortest} to {longest} characters."))
    if len(body.get("description") or "") > 10_000:
        reasons.append(_reason("description_length", "description", "The description has more than 10,000 characters."))
    if not (body.get("description") or "").strip():
        reasons.append(_reason("description_missing", "description", "The description is empty."))
    if not 1 <= len(body.get("main_images") or ()) <= 9:
        reasons.append(_reason("main_images_count", "main_images", "A product needs 1 to 9 main images."))
    return reasons


def _attributes(attributes: Sequence[Attribute], values: Values) -> list[Reason]:
    reasons = []
    for attribute in attributes:
        if attribute.type != "PRODUCT_PROPERTY":
            continue
        given = values.get(attribute.id, ())
        conditional = condition_holds(attribute, values)  # type: ignore[arg-type]
        if not given and (attribute.is_required or conditional):
            code, because = (
                (12052104, "") if attribute.is_required else (12052182, " with the other attributes as they are")
            )
            message = f"{attribute.name} is required in this category{because}."
            reasons.append(_reason(code, "product_attributes", message, attribute=attribute))
        if given and attribute.conditions and not attribute.is_required and not conditional:
            message = f"{attribute.name} must be empty with the other attributes as they are."
            reasons.append(_reason(12052183, "product_attributes", message, attribute=attribute))
        if len(given) > 1 and not attribute.is_multiple_selection:
            message = f"{attribute.name} takes one value only."
            reasons.append(_reason(12052246, "product_attributes", message, attribute=attribute))
        known = {value.id for value in attribute.values}
        for value in given:
            if value.get("id"):
                if value["id"] not in known:
                    message = f"{value.get('name') or value['id']} is not one of the values of {attribute.name}."
                    reasons.append(
                        _reason("attribute_value_unknown", "product_attributes", message, attribute=attribute)
                    )
            elif not attribute.is_customizable:
                message = f"{attribute.name} takes only values of its list, not {value.get('name')!r}."
                reasons.append(_reason(12052247, "product_attributes", message, attribute=attribute))
            elif attribute.value_format == "POSITIVE_INT_OR_DECIMAL" and not NUMBER.fullmatch(value.get("name", "")):
                message = f"{attribute.name} must be a number, not {value.get('name')!r}."
                reasons.append(_reason(12052256, "product_attributes", message, attribute=attribute))
    return reasons


def _brand(brand: Brand | None) -> list[Reason]:
    if brand is None or (brand.is_authorized and brand.is_available is not False):
        return []
    if brand.is_t1 and not brand.is_authorized:
        message = f"The shop has no authorisation for the brand {brand.name}: ask for it in Seller Center."
        return [_reason(12052208, "brand_id", message)]
    if brand.is_authorized:
        return [_reason(12052207, "brand_id", f"The brand {brand.name} is not available in this category.")]
    return []


def _certifications(body: Mapping[str, Any], rules: CategoryRules, values: Values) -> list[Reason]:
    reasons = []
    given = {str(each.get("id")): each for each in body.get("certifications") or ()}
    for certification in rules.certifications:
        own = given.get(certification.id)
        if own is None:
            if certification.is_required or _any_holds(certification.conditions, values):
                message = f"The certificate {certification.name} is required in this category."
                reasons.append(_reason(12052105, "certifications", message))
        elif certification.needs_expiration_date and not own.get("expiration_date"):
            message = f"The certificate {certification.name} needs its expiry date."
            reasons.append(_reason("certification_expiration", "certifications", message))
    return reasons


def _any_holds(conditions: Sequence[RequirementCondition], values: Values) -> bool:
    return any(
        value.get("id") == condition.value_id
        for condition in conditions
        for value in values.get(condition.attribute_id, ())
    )


def _category_rules(body: Mapping[str, Any], rules: CategoryRules) -> list[Reason]:
    required = (
        (rules.size_chart_required, "size_chart", 12052128, "A size chart is required in this category."),
        (rules.package_dimension_required, "package_dimensions", 12052116, "The package's dimensions are required."),
        (rules.manufacturer_required, "manufacturer_ids", "manufacturer", "A manufacturer is required."),
        (rules.responsible_person_required, "responsible_person_ids", "responsible", "A responsible person is needed."),
    )  # fmt: skip
    return [
        _reason(code, field, message) for needed, field, code, message in required if needed and not body.get(field)
    ]


def _skus(body: Mapping[str, Any], region: str) -> list[Reason]:
    reasons = []
    skus = body.get("skus") or ()
    most = 300 if region in MANY_SKU_REGIONS else 100
    if not 1 <= len(skus) <= most:
        reasons.append(_reason("sku_count", "skus", f"A product has 1 to {most} variants, this one {len(skus)}."))
    for index, sku in enumerate(skus):
        identifier = sku.get("identifier_code")
        if identifier and len(str(identifier.get("code"))) not in IDENTIFIER_LENGTHS.get(
            identifier.get("type"), (len(str(identifier.get("code"))),)
        ):
            message = f"{identifier.get('code')} is no {identifier.get('type')}: its length is wrong."
            reasons.append(_reason("identifier_length", f"skus[{index}].identifier_code", message))
        if len(str(sku.get("seller_sku") or "")) > 50:
            message = "A seller SKU has at most 50 characters."
            reasons.append(_reason(12019059, f"skus[{index}].seller_sku", message))
    types = {frozenset(_sales_types(sku)) for sku in skus}
    if len(types) > 1:
        reasons.append(_reason(12052550, "skus", "All variants must have the same kinds of sales attributes."))
    if any(len(kinds) > 3 for kinds in types):
        reasons.append(_reason("sales_attribute_count", "skus", "At most three kinds of sales attributes."))
    pairs = Counter(_sales_values(sku) for sku in skus)
    if any(count > 1 for count in pairs.values()):
        reasons.append(_reason(12052560, "skus", "Two variants have the same sales attributes."))
    return reasons


def _sales_types(sku: Mapping[str, Any]) -> list[str]:
    return [str(each.get("id") or each.get("name")) for each in sku.get("sales_attributes") or ()]


def _sales_values(sku: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (str(each.get("id") or each.get("name")), str(each.get("value_id") or each.get("value_name")))
        for each in sku.get("sales_attributes") or ()
    )
