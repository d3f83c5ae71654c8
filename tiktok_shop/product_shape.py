"""The shapes in Get Product's answer that the service relies on: what is a list, what an object, what a plain value.

An answer of another shape is not guessed at: it is malformed, and asked for again. Fields that are not named here, and
blanks, may be of any shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

Kind = Literal["object", "objects", "values", "value"]

_TABLE: dict[Kind, str] = {
    "object": """
        brand audit package_weight package_dimensions size_chart size_chart.image size_chart.template video
        subscribe_info skus.global_listing_policy skus.purchase_order_quantity_limit skus.price skus.list_price
        skus.pre_sale skus.identifier_code skus.sku_dimensions skus.sku_weight skus.sales_attributes.sku_img
        product_attributes.values.metric_standard_info""",
    "objects": """
        category_chains recommended_categories main_images skus skus.sales_attributes skus.combined_skus skus.fees
        skus.inventory skus.external_list_prices skus.sales_attributes.supplementary_sku_images product_attributes
        product_attributes.values product_attributes.values.metric_standard_info.metric_value_module_infos
        certifications certifications.images certifications.files delivery_options audit_failed_reasons""",
    "values": """
        product_tags manufacturer_ids responsible_person_ids search_terms key_product_features
        audit_failed_reasons.reasons audit_failed_reasons.suggestions""",
    "value": """
        id title description status product_status has_draft is_replicated is_cod_allowed selling_format
        external_product_id brand.id brand.name audit.status
        category_chains.id category_chains.parent_id category_chains.local_name category_chains.is_leaf
        recommended_categories.id main_images.uri main_images.width main_images.height
        product_attributes.id product_attributes.name product_attributes.values.id product_attributes.values.name
        product_attributes.values.metric_standard_info.id
        product_attributes.values.metric_standard_info.metric_value_module_infos.id
        product_attributes.values.metric_standard_info.metric_value_module_infos.value
        product_attributes.values.metric_standard_info.metric_value_module_infos.unit_id
        product_attributes.values.metric_standard_info.metric_value_module_infos.unit_name
        delivery_options.id subscribe_info.subscribe_status certifications.id certifications.expiration_date
        certifications.files.format package_weight.unit package_weight.value package_dimensions.unit
        package_dimensions.length package_dimensions.width package_dimensions.height
        skus.id skus.seller_sku skus.external_sku_id skus.global_listing_policy.inventory_type
        skus.pre_sale.type skus.fees.type skus.identifier_code.code skus.identifier_code.type
        skus.sku_weight.unit skus.sku_weight.value skus.sku_dimensions.unit skus.sku_dimensions.length
        skus.sku_dimensions.width skus.sku_dimensions.height skus.list_price.amount skus.list_price.currency
        skus.sales_attributes.id skus.sales_attributes.name skus.sales_attributes.value_id
        skus.sales_attributes.value_name skus.sales_attributes.sku_img.uri""",
}
KINDS: dict[str, Kind] = {path: kind for kind, paths in _TABLE.items() for path in paths.split()}
BLANKS: tuple[Any, ...] = (None, "", [], {})


def misshapen(product: Mapping[str, Any]) -> str:
    """The first field of an unexpected shape, or empty. Pure."""
    return next(_misshapen(product, ""), "")


def _misshapen(value: Mapping[str, Any], below: str) -> Iterator[str]:
    for name, each in value.items():
        path = below + name
        kind = KINDS.get(path)
        if kind is None or each in BLANKS:
            continue
        if kind == "value":
            if isinstance(each, dict | list):
                yield path
        elif kind == "object":
            if isinstance(each, dict):
                yield from _misshapen(each, path + ".")
            else:
                yield path
        elif not isinstance(each, list):
            yield path
        else:
            for one in each:
                if isinstance(one, dict) != (kind == "objects") or isinstance(one, list):
                    yield path
                elif kind == "objects":
                    yield from _misshapen(one, path + ".")
