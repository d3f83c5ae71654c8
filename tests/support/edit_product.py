"""The published request schema of Edit Product."""

from __future__ import annotations

EDIT = """
description category_id category_version save_mode title brand_id is_cod_allowed external_product_id delivery_option_ids
manufacturer_ids responsible_person_ids shipping_insurance_requirement is_pre_owned minimum_order_quantity
shipping_template_id search_terms key_product_features inventory_mode selling_format is_live_quick is_blind_box
main_images.uri certifications.id certifications.images.uri certifications.files.id certifications.files.name
certifications.files.format certifications.expiration_date package_weight.value package_weight.unit
package_dimensions.length package_dimensions.width package_dimensions.height package_dimensions.unit
product_attributes.id product_attributes.values.id size_chart.image.uri size_chart.template.id video.id
subscribe_info_edit.subscribe_status subscribe_info_edit.discount_details.discount_level
subscribe_info_edit.discount_details.discount_value scheduled_sale.is_enabled_scheduled_sale
scheduled_sale.schedule_sale_time product_tag_operations.product_tag product_tag_operations.enable
purchase_order_quantity_limit.maximum_order_quantity purchase_order_quantity_limit.cumulative_order_quantity
skus.id skus.seller_sku skus.external_sku_id skus.sku_unit_count skus.external_urls skus.extra_identifier_codes
skus.identifier_code.code skus.identifier_code.type skus.sales_attributes.id skus.sales_attributes.name
skus.sales_attributes.value_id skus.sales_attributes.value_name skus.sales_attributes.sku_img.uri
skus.sales_attributes.supplementary_sku_images.uri skus.combined_skus.product_id skus.combined_skus.sku_id
skus.combined_skus.sku_count skus.pre_sale.type skus.pre_sale.fulfillment_type.handling_duration_days
skus.pre_sale.fulfillment_type.release_date skus.list_price.amount skus.list_price.currency
skus.external_list_prices.source skus.external_list_prices.amount skus.external_list_prices.currency skus.fees.type
skus.fees.amount skus.fees.additional_attribute skus.sku_dimensions.length skus.sku_dimensions.width
skus.sku_dimensions.height skus.sku_dimensions.unit skus.sku_weight.value skus.sku_weight.unit
""".split()  # noqa: SIM905
"""Fields of the published request schema (202509), except price, inventory and fields that a relist never sends."""
