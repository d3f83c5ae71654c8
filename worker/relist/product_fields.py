"""What becomes of every field Get Product returns when the product is put back by an Edit.

An Edit replaces everything, so a field that is in none of these tables stops it: what the code does not know it could
wipe. Source: the published samples and the schemas generated from the partner documentation (2026-10).
"""

from __future__ import annotations

CARRIED = frozenset(
    {
        "title",
        "description",
        "package_weight",
        "package_dimensions",
        "is_cod_allowed",
        "external_product_id",
        "manufacturer_ids",
        "responsible_person_ids",
        "shipping_insurance_requirement",
        "shipping_template_id",
        "is_pre_owned",
        "minimum_order_quantity",
        "purchase_order_quantity_limit",
        "scheduled_sale",
        "search_terms",
        "key_product_features",
        "inventory_mode",
        "selling_format",
        "is_live_quick",
        "is_blind_box",
    }
)
"""Put back as they are."""

MAPPED = frozenset(
    {
        "brand",
        "category_chains",
        "product_attributes",
        "main_images",
        "certifications",
        "size_chart",
        "video",
        "delivery_options",
        "integrated_platform_statuses",
        "skus",
    }
)
"""Put back in another shape (merge.py)."""

READ_ONLY = frozenset(
    {
        "id",
        "status",
        "product_status",
        "audit",
        "audit_failed_reasons",
        "recommended_categories",
        "has_draft",
        "create_time",
        "update_time",
        "listing_quality_tier",
        "product_types",
        "product_families",
        "product_tags",
        "is_replicated",
        "is_not_for_sale",
        "primary_combined_product_id",
        "prescription_requirement",
        "global_product_association",
    }
)
"""The platform's own, or settable at creation only: an Edit can neither send nor wipe them."""

SKU_CARRIED = frozenset(
    {
        "id",
        "seller_sku",
        "external_sku_id",
        "identifier_code",
        "combined_skus",
        "sku_unit_count",
        "external_urls",
        "extra_identifier_codes",
        "pre_sale",
        "list_price",
        "external_list_prices",
        "fees",
        "sku_dimensions",
        "sku_weight",
    }
)
SKU_MAPPED = frozenset({"sales_attributes"})
SKU_LEFT_OUT = frozenset({"price", "inventory"})
"""They survive omission, and sending them would overwrite a sale that happened in between."""
SKU_READ_ONLY = frozenset({"status_info", "global_listing_policy", "create_time", "update_time", "global_sku_id"})
