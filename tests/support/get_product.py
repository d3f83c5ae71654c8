"""Strategies for any product that Get Product can return, from the published sample and schema (2026-10)."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SCHEMA = """
audit.status audit.pre_approved_reasons audit.not_submitted_reasons
audit_failed_reasons.listing_platform audit_failed_reasons.position audit_failed_reasons.reasons
audit_failed_reasons.suggestions brand.id brand.name
category_chains.id category_chains.is_leaf category_chains.local_name category_chains.parent_id
certifications.expiration_date certifications.files.format certifications.files.id certifications.files.name
certifications.files.urls certifications.id certifications.images.height certifications.images.thumb_urls
certifications.images.uri certifications.images.urls certifications.images.width certifications.title create_time
delivery_options.id delivery_options.is_available delivery_options.name description external_product_id
global_product_association.global_product_id global_product_association.sku_mappings.global_sku_id has_draft id
integrated_platform_statuses.platform integrated_platform_statuses.status is_cod_allowed is_not_for_sale is_pre_owned
is_replicated key_product_features listing_quality_tier main_images.height main_images.thumb_urls main_images.uri
main_images.urls main_images.width manufacturer_ids minimum_order_quantity package_dimensions.height
package_dimensions.length package_dimensions.unit package_dimensions.width package_weight.unit package_weight.value
pod_info.pod_templates.pod_template_id pod_info.pod_templates.surfaces.surface_name
prescription_requirement.needs_prescription primary_combined_product_id product_attributes.id product_attributes.name
product_attributes.values.id product_attributes.values.name product_attributes.values.metric_standard_info.id
product_attributes.values.metric_standard_info.metric_value_module_infos.id
product_attributes.values.metric_standard_info.metric_value_module_infos.value
product_attributes.values.metric_standard_info.metric_value_module_infos.unit_id
product_attributes.values.metric_standard_info.metric_value_module_infos.unit_name
product_attributes.values.metric_standard_info.metric_value_module_infos.prefix
product_attributes.values.metric_standard_info.metric_value_module_infos.suffix
product_families.id product_families.products.id product_status product_tags product_types recommended_categories.id
recommended_categories.local_name responsible_person_ids scheduled_sale.is_enabled_scheduled_sale
scheduled_sale.schedule_sale_time search_terms shipping_insurance_requirement shipping_template_id
size_chart.image.height size_chart.image.thumb_urls size_chart.image.uri size_chart.image.urls size_chart.image.width
size_chart.template.id skus.combined_skus.brand.id skus.combined_skus.categories.id
skus.combined_skus.combined_listing_not_live_reasons skus.combined_skus.inventory.quantity
skus.combined_skus.price.sale_price skus.combined_skus.product_id skus.combined_skus.product_main_image.uri
skus.combined_skus.sales_attributes.id skus.combined_skus.seller_sku skus.combined_skus.sku_count
skus.combined_skus.sku_id skus.combined_skus.title skus.external_list_prices.amount skus.external_list_prices.currency
skus.external_list_prices.source skus.external_sku_id skus.external_urls skus.extra_identifier_codes
skus.fees.additional_attribute skus.fees.amount skus.fees.type skus.global_listing_policy.inventory_type
skus.global_listing_policy.price_sync skus.global_listing_policy.replicate_source.product_id skus.id
skus.identifier_code.code skus.identifier_code.type skus.inventory.backorder_quantity skus.inventory.handling_time
skus.inventory.quantity skus.inventory.warehouse_id skus.list_price.amount skus.list_price.currency
skus.pre_sale.fulfillment_type.handling_duration_days skus.pre_sale.fulfillment_type.release_date skus.pre_sale.type
skus.price.currency skus.price.sale_price skus.price.starting_bid_price skus.price.tax_exclusive_price
skus.price.unit_price skus.purchase_order_quantity_limit.maximum_order_quantity
skus.purchase_order_quantity_limit.cumulative_order_quantity skus.sales_attributes.id skus.sales_attributes.name
skus.sales_attributes.sku_img.height skus.sales_attributes.sku_img.thumb_urls skus.sales_attributes.sku_img.uri
skus.sales_attributes.sku_img.urls skus.sales_attributes.sku_img.width
skus.sales_attributes.supplementary_sku_images.height skus.sales_attributes.supplementary_sku_images.thumb_urls
skus.sales_attributes.supplementary_sku_images.uri skus.sales_attributes.supplementary_sku_images.urls
skus.sales_attributes.supplementary_sku_images.width skus.sales_attributes.value_id skus.sales_attributes.value_name
skus.seller_sku skus.sku_dimensions.height skus.sku_dimensions.length skus.sku_dimensions.unit
skus.sku_dimensions.width skus.sku_unit_count skus.sku_weight.unit skus.sku_weight.value
skus.status_info.deactivation_source skus.status_info.status status
subscribe_info.subscribe_discount_details.discount_level subscribe_info.subscribe_discount_details.discount_value
subscribe_info.subscribe_promotion_config.discount_level subscribe_info.subscribe_promotion_config.discount_options
subscribe_info.subscribe_promotion_config.max_discount subscribe_info.subscribe_promotion_config.min_discount
subscribe_info.subscribe_status subscribe_info.support_subscribe title update_time video.cover_url video.format
video.height video.id video.size video.url video.width selling_format is_blind_box
""".split()  # noqa: SIM905
"""The path of every field of the response, without list indexes."""

ids = st.integers(1, 10**19).map(str)
words = st.text(min_size=1, max_size=12)
flags = st.booleans()


def some(of: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, min_size=1, max_size=most)


def record(needed: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needed, optional=optional)


images = st.builds(
    # A public recording of a live response has strings where the schema has lists of URLs.
    lambda uri, urls: {"uri": uri, "urls": urls, "thumb_urls": urls, "width": 600, "height": 600},
    words,
    st.sampled_from(([], ["https://cdn/x"], "[removed]")),
)
money = record({"amount": st.just("1.20"), "currency": st.just("USD")})
sizes = st.just({"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"})
weights = st.just({"value": "1.32", "unit": "KILOGRAM"})
sales_attributes = record(
    {"id": ids, "name": words, "value_id": ids, "value_name": words},
    sku_img=images,
    supplementary_sku_images=some(images),
)
combined_skus = record(
    {"product_id": ids, "sku_id": ids, "sku_count": st.integers(1, 9)},
    title=words,
    seller_sku=words,
    brand=record({"id": ids, "name": words}),
    categories=st.just([{"id": "5", "is_leaf": True, "local_name": "Jars", "parent_id": "1"}]),
    combined_listing_not_live_reasons=st.just(["SUB_PRODUCT_DELETE"]),
    inventory=st.just([{"quantity": 9, "warehouse_id": "1"}]),
    price=st.just({"currency": "USD", "sale_price": "1.5", "tax_exclusive_price": "1"}),
    product_main_image=images,
    sales_attributes=some(sales_attributes),
)
prices = st.just({"currency": "USD", "sale_price": "117.5", "tax_exclusive_price": "110", "unit_price": "1"})
skus = record(
    {"id": ids, "price": prices, "inventory": st.just([{"quantity": 9, "warehouse_id": "1", "handling_time": 5}])},
    seller_sku=words,
    external_sku_id=ids,
    identifier_code=st.just({"code": "10000000000010", "type": "GTIN"}),
    sales_attributes=some(sales_attributes),
    combined_skus=some(combined_skus),
    sku_unit_count=st.just("100.00"),
    external_urls=some(words),
    extra_identifier_codes=some(ids),
    pre_sale=st.just({"type": "PRE_ORDER", "fulfillment_type": {"handling_duration_days": 3, "release_date": 16196}}),
    list_price=money,
    external_list_prices=some(money),
    fees=st.just([{"type": "PFAND", "amount": "1.01", "additional_attribute": "SINGLE_USE"}]),
    sku_dimensions=sizes,
    sku_weight=weights,
    status_info=st.just({"status": "DEACTIVATED", "deactivation_source": "PLATFORM"}),
)
certifications = record(
    {"id": ids, "title": words},
    images=some(images),
    files=some(record({"id": ids, "name": words, "format": st.just("PDF"), "urls": st.just([])})),
    expiration_date=st.integers(1, 2**31),
)
subscriptions = record(
    {"subscribe_status": st.sampled_from(("ENABLED", "NOT_ENABLED")), "support_subscribe": flags},
    subscribe_discount_details=st.just([{"discount_level": "REGULAR", "discount_value": 5}]),
    subscribe_promotion_config=st.just([{"discount_level": "FIRST_ORDER", "max_discount": 99, "min_discount": 1}]),
)
_products = record(
    {
        "id": ids,
        "title": words,
        "description": words,
        "category_chains": st.just([{"id": "5", "is_leaf": True, "local_name": "Jars", "parent_id": "1"}]),
        "main_images": some(images, 3),
        "skus": st.lists(skus, min_size=1, max_size=3, unique_by=lambda sku: str(sku["id"])),
        "status": st.just("ACTIVATE"),
    },
    audit=st.just({"status": "APPROVED", "pre_approved_reasons": []}),
    audit_failed_reasons=st.just([{"listing_platform": "TIKTOK_SHOP", "position": "product", "reasons": ["x"]}]),
    brand=record({"id": ids, "name": words}),
    certifications=some(certifications),
    create_time=st.integers(1, 2**31),
    delivery_options=some(record({"id": ids, "name": words, "is_available": flags})),
    external_product_id=ids,
    global_product_association=st.just({"global_product_id": "1", "sku_mappings": []}),
    has_draft=flags,
    integrated_platform_statuses=st.just([{"platform": "TOKOPEDIA", "status": "SELLER_DEACTIVATED"}]),
    is_blind_box=flags,
    is_cod_allowed=flags,
    is_not_for_sale=flags,
    is_pre_owned=flags,
    is_replicated=flags,
    key_product_features=some(words),
    listing_quality_tier=st.just("POOR"),
    manufacturer_ids=st.lists(ids, max_size=2),
    minimum_order_quantity=st.integers(1, 20),
    package_dimensions=sizes,
    package_weight=weights,
    prescription_requirement=st.just({"needs_prescription": False}),
    primary_combined_product_id=ids,
    product_families=st.just([{"id": "1", "products": [{"id": "2"}]}]),
    product_status=st.just("ACTIVATE"),
    product_tags=st.sampled_from(([], ["AUCTION"])),
    product_types=st.just(["COMBINED_PRODUCT"]),
    recommended_categories=st.just([{"id": "850003", "local_name": "\t\nJars"}]),
    responsible_person_ids=some(ids),
    scheduled_sale=st.just({"is_enabled_scheduled_sale": False, "schedule_sale_time": 1768899145000}),
    search_terms=some(words, 3),
    selling_format=st.sampled_from(("FIXED_PRICE", "FIXED_PRICE_AND_LIVE_AUCTION")),
    shipping_insurance_requirement=st.just("OPTIONAL"),
    shipping_template_id=ids,
    size_chart=st.one_of(
        record({"image": images}, template=record({"id": ids})), record({"template": record({"id": ids})})
    ),
    subscribe_info=subscriptions,
    update_time=st.integers(1, 2**31),
    video=record({"id": ids, "url": words}, cover_url=words, format=words, width=st.just(9), size=st.just(9)),
)


@st.composite
def products(draw: st.DrawFn) -> dict[str, Any]:
    """Fields that the platform shows on each SKU but stores per product are equal on all SKUs."""
    product: dict[str, Any] = draw(_products)
    mode = draw(st.sampled_from((None, "SHARED", "EXCLUSIVE")))
    limit = draw(st.sampled_from((None, {"maximum_order_quantity": 2, "cumulative_order_quantity": 5})))
    for sku in product["skus"]:
        if mode:
            sku["global_listing_policy"] = {"inventory_type": mode, "price_sync": False}
        if limit:
            sku["purchase_order_quantity_limit"] = dict(limit)
    return product
