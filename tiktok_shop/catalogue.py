"""Typed category data: categories, attributes, rules, brands and authorised shops.

The shapes follow the partner documentation (docs/platform-facts.md); `parse.py` builds them from responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AttributeType = Literal["SALES_PROPERTY", "PRODUCT_PROPERTY"]


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    parent_id: str
    """`"0"` at the root."""
    name: str
    is_leaf: bool
    permission_statuses: tuple[str, ...] = ()
    """AVAILABLE, INVITE_ONLY, NON_MAIN_CATEGORY, PROHIBITED; empty means available."""


@dataclass(frozen=True, slots=True)
class RequirementCondition:
    """Holds while attribute `attribute_id` of the product has the value `value_id` (VALUE_ID_MATCH)."""

    attribute_id: str
    value_id: str


@dataclass(frozen=True, slots=True)
class AttributeValue:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    id: str
    name: str
    type: AttributeType
    is_required: bool
    """Required unconditionally. The platform spells the field `is_requried`."""
    is_customizable: bool
    is_multiple_selection: bool
    values: tuple[AttributeValue, ...] = ()
    conditions: tuple[RequirementCondition, ...] = ()
    value_format: str | None = None
    """`POSITIVE_INT_OR_DECIMAL` or None."""
    metric_standards: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Certification:
    id: str
    name: str
    is_required: bool
    conditions: tuple[RequirementCondition, ...] = ()
    needs_expiration_date: bool = False


@dataclass(frozen=True, slots=True)
class CategoryRules:
    certifications: tuple[Certification, ...] = ()
    size_chart_supported: bool = False
    size_chart_required: bool = False
    cod_supported: bool = False
    package_dimension_required: bool = False
    epr_required: bool = False
    responsible_person_required: bool = False
    manufacturer_required: bool = False
    seller_sku_required: bool = False
    allowed_special_product_types: tuple[str, ...] = ()
    required_fees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brand:
    id: str
    name: str
    is_authorized: bool
    """The platform sends `AUTHORIZED` or `UNAUTHORIEZD` [sic]; only AUTHORIZED counts as authorised."""
    is_t1: bool
    is_available: bool | None = None
    """Sent only for authorised brands of a given category; None if absent."""


@dataclass(frozen=True, slots=True)
class BrandList:
    brands: tuple[Brand, ...]
    is_whole: bool
    """False if the platform has more pages than were read."""


@dataclass(frozen=True, slots=True)
class AuthorizedShop:
    """One shop that an access token covers."""

    id: str
    name: str
    region: str
    """Country code, such as `US`."""
    cipher: str
    code: str = ""
    """The shop's code as shown in Seller Center."""
