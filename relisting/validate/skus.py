"""Checks the variants: number, sales attributes, codes and images."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from model.outcome import Reason
from relisting.validate.codes import Code
from relisting.validate.reasons import format_problem, reason
from tiktok_shop.catalogue import CategoryRules

STRICT_SELLER_SKU_REGIONS = frozenset({"DE", "ES", "FR", "IT", "PL", "NL", "BE", "CZ", "AT", "GR", "PT", "HU"})
MANY_SKU_REGIONS = STRICT_SELLER_SKU_REGIONS | {"IE", "BR", "MX", "JP", "GB", "UK", "US"}
STRICT_SELLER_SKU = re.compile(r"[A-Za-z0-9_-]{6,}")
SPACE = re.compile(r"\s")
SELLER_SKU_LENGTH = 50
IDENTIFIERS = {"GTIN": (14,), "EAN": (8, 13, 14), "UPC": (12,), "ISBN": (10, 13), "JAN": (8, 13)}
MAX_SALES_ATTRIBUTES = 3
NAME_LENGTH, VALUE_LENGTH = 20, 50
MORE_IMAGES = 8
LIST_PRICE_REGION, LIST_PRICE_USD = "US", (0.01, 7600.0)


def check_skus(body: Mapping[str, Any], region: str, rules: CategoryRules) -> Iterator[Reason]:
    skus: Sequence[Mapping[str, Any]] = body.get("skus") or ()
    most = 300 if region in MANY_SKU_REGIONS else 100
    if not skus:
        yield reason(Code.SKUS_EMPTY, "skus", "A product needs at least one variant.")
    if len(skus) > most:
        yield reason(Code.SKUS_TOO_MANY, "skus", f"The product has {len(skus)} variants; at most {most} are allowed.")
    ids = [sku["id"] for sku in skus if sku.get("id")]
    if len(set(ids)) < len(ids):
        yield reason(Code.SKU_TWICE, "skus", "Two variants have the same id.")
    for index, sku in enumerate(skus):
        where = f"skus[{index}]"
        yield from _seller_sku(str(sku.get("seller_sku") or ""), f"{where}.seller_sku", region, rules)
        yield from _identifier(sku.get("identifier_code") or {}, f"{where}.identifier_code")
        if region == LIST_PRICE_REGION:
            yield from _list_price(sku.get("list_price") or {}, f"{where}.list_price")
        if len(str(sku.get("external_sku_id") or "")) > 999:
            yield reason(Code.EXTERNAL_ID, f"{where}.external_sku_id", "An external id has at most 999 characters.")
        for attribute in sku.get("sales_attributes") or ():
            yield from _sales_attribute(attribute, f"{where}.sales_attributes")
    yield from _across_variants(skus)


def _seller_sku(seller_sku: str, field: str, region: str, rules: CategoryRules) -> Iterator[Reason]:
    if not seller_sku:
        if rules.seller_sku_required:
            yield reason(Code.SELLER_SKU_REQUIRED, field, "A seller SKU is required in this category.")
        return
    if len(seller_sku) > SELLER_SKU_LENGTH:
        yield reason(Code.SELLER_SKU_TOO_LONG, field, "A seller SKU has at most 50 characters.")
    if region in STRICT_SELLER_SKU_REGIONS:
        if not STRICT_SELLER_SKU.fullmatch(seller_sku):
            message = "A seller SKU has 6 to 50 characters here: letters, digits, - and _ only."
            yield reason(Code.SELLER_SKU_FORMAT, field, message)
    elif SPACE.search(seller_sku):
        yield reason(Code.SELLER_SKU_FORMAT, field, "A seller SKU has no spaces.")


def _identifier(identifier: Mapping[str, Any], field: str) -> Iterator[Reason]:
    code, kind = str(identifier.get("code") or ""), str(identifier.get("type") or "")
    if not code:
        return
    if not kind:
        yield reason(Code.IDENTIFIER_TYPE, field, f"The identifier type of {code} (GTIN, EAN, UPC or ISBN) is missing.")
        return
    lengths = IDENTIFIERS.get(kind)
    if lengths is None:
        return  # The type is newer than this table.
    if kind == "ISBN" and "X" in code and not (len(code) == 10 and code[:9].isdigit() and code[9] == "X"):
        yield reason(Code.IDENTIFIER_ISBN, field, f"{code}: X may only be the last of ten characters of an ISBN.")
    elif len(code) not in lengths or not (code.isascii() and code.removesuffix("X").isdigit()):
        allowed = " or ".join(str(length) for length in lengths)
        yield reason(Code.IDENTIFIER_LENGTH, field, f"{code} is not a valid {kind}: it needs {allowed} digits.")


def _list_price(price: Mapping[str, Any], field: str) -> Iterator[Reason]:
    """The limits are published for the US only. Elsewhere the number may be a small amount: 9,000 JPY are 60 USD."""
    if not price.get("amount"):
        return
    try:
        amount = float(price["amount"])
    except (ValueError, TypeError):  # The platform's data is untyped and may be a list or an object.
        amount = 0.0
    lowest, highest = LIST_PRICE_USD
    if amount > highest:
        yield reason(Code.LIST_PRICE_TOO_HIGH, field, "A list price is at most 7,600 USD.")
    elif not amount >= lowest:
        yield reason(Code.LIST_PRICE, field, f"The list price {price['amount']!r} must be a number of at least 0.01.")


def _sales_attribute(attribute: Mapping[str, Any], field: str) -> Iterator[Reason]:
    """Checks names and values without an id; those with an id come from the platform."""
    name, value = str(attribute.get("name") or ""), str(attribute.get("value_name") or "")
    if not attribute.get("id"):
        if len(name) > NAME_LENGTH:
            message = f"The variant attribute {name!r} has more than 20 characters."
            yield reason(Code.SALES_ATTRIBUTE_NAME_TOO_LONG, field, message)
        if problem := format_problem(name):
            yield reason(Code.SALES_ATTRIBUTE_NAME_FORMAT, field, f"The variant attribute {name!r} {problem}.")
    if not attribute.get("value_id"):
        if len(value) > VALUE_LENGTH:
            message = f"The variant {value!r} has more than 50 characters."
            yield reason(Code.SALES_VALUE_TOO_LONG, field, message)
        if problem := format_problem(value):
            yield reason(Code.SALES_VALUE_FORMAT, field, f"The variant {value!r} {problem}.")
    more = attribute.get("supplementary_sku_images") or ()
    if len(more) > MORE_IMAGES:
        yield reason(Code.MORE_VARIANT_IMAGES_TOO_MANY, field, "A variant has at most 8 additional images.")
    if more and not attribute.get("sku_img"):
        message = "A variant's additional images need its main image."
        yield reason(Code.MORE_VARIANT_IMAGES_ALONE, field, message)


def _across_variants(skus: Sequence[Mapping[str, Any]]) -> Iterator[Reason]:
    """Checks the rules that compare variants with each other."""
    attributes: list[Sequence[Mapping[str, Any]]] = [sku.get("sales_attributes") or () for sku in skus]
    names = [[_attribute_key(each) for each in own] for own in attributes]
    if len({frozenset(own) for own in names}) > 1:
        yield reason(Code.SALES_ATTRIBUTES_DIFFER, "skus", "All variants must have the same sales attributes.")
    if any(len(own) > MAX_SALES_ATTRIBUTES for own in names):
        yield reason(Code.SALES_ATTRIBUTES_TOO_MANY, "skus", "Variants may differ in at most three attributes.")
    values = (frozenset((_attribute_key(each), _value_key(each)) for each in own) for own in attributes)
    if _has_repeats(values):
        message = "Two variants have the same values of all sales attributes."
        yield reason(Code.SALES_ATTRIBUTES_REPEATED, "skus", message)
    identifiers = (sku.get("identifier_code") or {} for sku in skus)
    if _has_repeats((str(each.get("type")), str(each["code"])) for each in identifiers if each.get("code")):
        yield reason(Code.IDENTIFIER_TWICE, "skus", "Two variants have the same identifier code.")
    if len({_attribute_key(each) for own in attributes for each in own if each.get("sku_img")}) > 1:
        yield reason(Code.VARIANT_IMAGES_ON_TWO, "skus", "Only one sales attribute can have images.")


def _has_repeats(values: Iterable[Hashable]) -> bool:
    listed = list(values)
    return len(set(listed)) < len(listed)


def _attribute_key(attribute: Mapping[str, Any]) -> str:
    return str(attribute.get("id") or attribute.get("name"))


def _value_key(attribute: Mapping[str, Any]) -> str:
    return str(attribute.get("value_id") or attribute.get("value_name"))
