"""The shapes of the fields of Get Product that the service relies on or sends back in an edit. Pure.

A product of a different shape is malformed and read again: a number in place of a string would be saved as text. Any
field may be blank. Fields that are not in the table may have any shape: they are either the platform's own data or stop
the edit (relisting/merge.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldKind = Literal[
    "object", "object_list", "string", "string_list", "id", "id_list", "parent", "boolean", "count", "amount", "limit"
]

_IMAGES = ("main_images", "certifications.images", "size_chart.image", "skus.sales_attributes.sku_img",
           "skus.sales_attributes.supplementary_sku_images")  # fmt: skip
_MEASURE = "product_attributes.values.metric_standard_info"
_TABLE: dict[FieldKind, str] = {
    "object": f"""
        brand audit package_weight package_dimensions size_chart size_chart.image size_chart.template video
        subscribe_info scheduled_sale skus.global_listing_policy skus.purchase_order_quantity_limit skus.price
        skus.list_price skus.pre_sale skus.pre_sale.fulfillment_type skus.identifier_code skus.sku_dimensions
        skus.sku_weight skus.sales_attributes.sku_img {_MEASURE}""",
    "object_list": f"""
        category_chains recommended_categories main_images skus skus.sales_attributes skus.combined_skus skus.fees
        skus.inventory skus.external_list_prices skus.sales_attributes.supplementary_sku_images product_attributes
        product_attributes.values {_MEASURE}.metric_value_module_infos certifications certifications.images
        certifications.files delivery_options subscribe_info.subscribe_discount_details""",
    "string_list": """
        product_tags search_terms key_product_features skus.external_urls skus.extra_identifier_codes""",
    "id_list": "manufacturer_ids responsible_person_ids",
    "string": f"""
        title description status product_status selling_format inventory_mode shipping_insurance_requirement
        audit.status brand.name category_chains.local_name product_attributes.name product_attributes.values.name
        {_MEASURE}.metric_value_module_infos.unit_name subscribe_info.subscribe_status
        subscribe_info.subscribe_discount_details.discount_level certifications.files.format certifications.files.name
        package_weight.unit package_dimensions.unit skus.seller_sku skus.global_listing_policy.inventory_type
        skus.pre_sale.type skus.fees.type skus.fees.additional_attribute skus.identifier_code.code
        skus.identifier_code.type skus.sku_weight.unit skus.sku_dimensions.unit skus.list_price.currency
        skus.external_list_prices.currency skus.external_list_prices.source skus.sales_attributes.name
        skus.sales_attributes.value_name {" ".join(f"{image}.uri" for image in _IMAGES)}""",
    "id": f"""
        id external_product_id shipping_template_id brand.id category_chains.id
        recommended_categories.id product_attributes.id product_attributes.values.id {_MEASURE}.id
        {_MEASURE}.metric_value_module_infos.id {_MEASURE}.metric_value_module_infos.unit_id delivery_options.id
        certifications.id certifications.files.id size_chart.template.id video.id skus.id skus.external_sku_id
        skus.combined_skus.product_id skus.combined_skus.sku_id skus.sales_attributes.id
        skus.sales_attributes.value_id""",
    "parent": "category_chains.parent_id",
    "boolean": """
        has_draft is_replicated is_cod_allowed is_pre_owned is_live_quick is_blind_box category_chains.is_leaf
        scheduled_sale.is_enabled_scheduled_sale""",
    "amount": f"""
        {_MEASURE}.metric_value_module_infos.value package_weight.value package_dimensions.length
        package_dimensions.width package_dimensions.height skus.sku_unit_count skus.sku_weight.value
        skus.sku_dimensions.length skus.sku_dimensions.width skus.sku_dimensions.height skus.list_price.amount
        skus.external_list_prices.amount skus.fees.amount""",
    "count": """
        main_images.width main_images.height certifications.expiration_date minimum_order_quantity
        scheduled_sale.schedule_sale_time skus.combined_skus.sku_count
        skus.purchase_order_quantity_limit.maximum_order_quantity
        skus.purchase_order_quantity_limit.cumulative_order_quantity
        skus.pre_sale.fulfillment_type.handling_duration_days skus.pre_sale.fulfillment_type.release_date
        subscribe_info.subscribe_discount_details.discount_value""",
    "limit": "purchase_order_quantity_limit",
}
FIELD_KINDS: dict[str, FieldKind] = {path: kind for kind, paths in _TABLE.items() for path in paths.split()}
ORDER_LIMITS = frozenset({"maximum_order_quantity", "cumulative_order_quantity"})
BLANKS: tuple[Any, ...] = (None, "", [], {})
MAX_NUMBER = 10**15
"""Exclusive bound of every amount and count; timestamps in milliseconds are below it."""


def is_id(value: Any) -> bool:
    """A string, or a positive integer as in some of the platform's samples."""
    return isinstance(value, str) or (type(value) is int and value > 0)


def is_amount(value: Any) -> bool:
    """A number or a string; validation checks whether the string is a number."""
    return isinstance(value, str) or (type(value) in (int, float) and 0 <= value < MAX_NUMBER)


def is_count(value: Any) -> bool:
    """A whole number, also as a string."""
    return (type(value) is int and 0 <= value < MAX_NUMBER) or (isinstance(value, str) and value.strip().isdecimal())


def is_boolean(value: Any) -> bool:
    """A boolean, also as a string."""
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in ("true", "false"))


def _is_limit(value: Any) -> bool:
    """A count, or the object that Edit Product documents."""
    if not isinstance(value, dict):
        return is_count(value)
    return value.keys() <= ORDER_LIMITS and all(each is None or is_count(each) for each in value.values())


_OBJECT = {dict}
_CHECKS: dict[FieldKind, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "id": is_id,
    "parent": lambda value: is_id(value) or (type(value) is int and value == 0),
    "boolean": is_boolean,
    "count": is_count,
    "amount": is_amount,
    "limit": _is_limit,
    "object": lambda value: isinstance(value, dict),
    "object_list": lambda value: isinstance(value, list) and set(map(type, value)) <= _OBJECT,
    "string_list": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "id_list": lambda value: isinstance(value, list) and all(map(is_id, value)),
}
_TEXT_KINDS: frozenset[FieldKind] = frozenset({"string", "id", "parent", "amount"})


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the table. Walking a tree of them costs less than looking every path up."""

    path: str
    check: Callable[[Any], bool]
    takes_text: bool
    """Whether every string passes, so that most values need no call of `check`."""
    is_list: bool
    children: dict[str, _Field]


def _fields_below(prefix: str) -> dict[str, _Field]:
    paths = {path.removeprefix(prefix): path for path in FIELD_KINDS if path.startswith(prefix)}
    return {name: _field(path) for name, path in paths.items() if "." not in name}


def _field(path: str) -> _Field:
    kind = FIELD_KINDS[path]
    return _Field(path, _CHECKS[kind], kind in _TEXT_KINDS, kind == "object_list", _fields_below(path + "."))


_FIELDS = _fields_below("")


def malformed_field(product: Mapping[str, Any]) -> str:
    """Return the path of the first field with an unexpected shape, or an empty string."""
    return _malformed_field(product, _FIELDS)


def _malformed_field(value: Mapping[str, Any], fields: Mapping[str, _Field]) -> str:
    for name, each in value.items():
        field = fields.get(name)
        if field is None or (field.takes_text and type(each) is str) or (not each and each in BLANKS):
            continue
        if not field.check(each):
            return field.path
        if field.children:
            for item in each if field.is_list else (each,):
                if malformed := _malformed_field(item, field.children):
                    return malformed
    return ""
