"""The shapes in Get Product's answer that the service relies on, and of all that an edit puts back.

An answer of another shape is not guessed at: it is malformed, and asked for again. A number in the place of a text
would be saved as the text. Blanks may stand anywhere, and fields that are not named here may be of any shape: what they
hold is either the platform's own account, or stops the edit (relisting/merge.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

FieldKind = Literal["object", "objects", "texts", "ids", "text", "id", "flag", "count", "amount", "limit"]

_IMAGES = ("main_images", "certifications.images", "size_chart.image", "skus.sales_attributes.sku_img",
           "skus.sales_attributes.supplementary_sku_images")  # fmt: skip
_MEASURE = "product_attributes.values.metric_standard_info"
_TABLE: dict[FieldKind, str] = {
    "object": f"""
        brand audit package_weight package_dimensions size_chart size_chart.image size_chart.template video
        subscribe_info scheduled_sale skus.global_listing_policy skus.purchase_order_quantity_limit skus.price
        skus.list_price skus.pre_sale skus.pre_sale.fulfillment_type skus.identifier_code skus.sku_dimensions
        skus.sku_weight skus.sales_attributes.sku_img {_MEASURE}""",
    "objects": f"""
        category_chains recommended_categories main_images skus skus.sales_attributes skus.combined_skus skus.fees
        skus.inventory skus.external_list_prices skus.sales_attributes.supplementary_sku_images product_attributes
        product_attributes.values {_MEASURE}.metric_value_module_infos certifications certifications.images
        certifications.files delivery_options audit_failed_reasons subscribe_info.subscribe_discount_details""",
    "texts": """
        product_tags search_terms key_product_features audit_failed_reasons.reasons audit_failed_reasons.suggestions
        skus.external_urls skus.extra_identifier_codes""",
    "ids": "manufacturer_ids responsible_person_ids",
    "text": f"""
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
        id external_product_id shipping_template_id brand.id category_chains.id category_chains.parent_id
        recommended_categories.id product_attributes.id product_attributes.values.id {_MEASURE}.id
        {_MEASURE}.metric_value_module_infos.id {_MEASURE}.metric_value_module_infos.unit_id delivery_options.id
        certifications.id certifications.files.id size_chart.template.id video.id skus.id skus.external_sku_id
        skus.combined_skus.product_id skus.combined_skus.sku_id skus.sales_attributes.id
        skus.sales_attributes.value_id""",
    "flag": """
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
KINDS: dict[str, FieldKind] = {path: kind for kind, paths in _TABLE.items() for path in paths.split()}
LIMITS = frozenset({"maximum_order_quantity", "cumulative_order_quantity"})
BLANKS: tuple[Any, ...] = (None, "", [], {})
MOST = 10**15
"""Of any amount, a moment in milliseconds included."""


def is_identity(value: Any) -> bool:
    """A text, or a number as the platform's samples have it."""
    return isinstance(value, str) or (type(value) is int and value > 0)


def is_amount(value: Any) -> bool:
    """A number in either form; whether a text is one is for the validation to say."""
    return isinstance(value, str) or (type(value) in (int, float) and 0 <= value < MOST)


def is_count(value: Any) -> bool:
    """A whole number, also as a text."""
    return (type(value) is int and 0 <= value < MOST) or (isinstance(value, str) and value.strip().isdecimal())


def _is_limit(value: Any) -> bool:
    """A count, or the object that Edit documents."""
    if not isinstance(value, dict):
        return is_count(value)
    return value.keys() <= LIMITS and all(each is None or is_count(each) for each in value.values())


def is_flag(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in ("true", "false"))


_FITS: dict[FieldKind, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "id": is_identity,
    "flag": is_flag,
    "count": is_count,
    "amount": is_amount,
    "limit": _is_limit,
    "object": lambda value: isinstance(value, dict),
    "objects": lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
    "texts": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "ids": lambda value: isinstance(value, list) and all(map(is_identity, value)),
}


def misshapen(product: Mapping[str, Any]) -> str:
    """The first field of an unexpected shape, or empty. Pure."""
    return next(_misshapen(product, ""), "")


def _misshapen(value: Mapping[str, Any], below: str) -> Iterator[str]:
    for name, each in value.items():
        path = below + name
        kind = KINDS.get(path)
        if kind is None or (not each and each in BLANKS):
            continue
        if not _FITS[kind](each):
            yield path
        elif kind == "object":
            yield from _misshapen(each, path + ".")
        elif kind == "objects":
            for one in each:
                yield from _misshapen(one, path + ".")
