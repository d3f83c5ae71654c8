"""The fate of every field Get Product returns when the product is put back by an Edit, and why.

An Edit replaces everything, so a field that this table does not name stops it: what the code does not know it could
wipe. A path is the names from the product down, lists left out: `skus.sales_attributes.sku_img.uri`. What lies below a
field that is `kept` whole, or is the platform's, needs no line of its own.

Sources: the request and response schemas generated from the partner documentation (2026-10), the published samples,
and an answer recorded from a live shop (VN, 2026-07).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Treatment = Literal["kept", "inside", "renamed", "apart", "omitted", "platform", "stops"]
"""kept: put back as it is. inside: put back field by field. renamed: put back elsewhere (merge.py, attributes.py).
apart: its parts are. omitted: could be sent, and is safe because it is not. platform: derived, or not a seller's to
set. stops: no Edit can carry it."""


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    verdict: Treatment
    why: str


IMAGES = (
    "main_images",
    "certifications.images",
    "size_chart.image",
    "skus.sales_attributes.sku_img",
    "skus.sales_attributes.supplementary_sku_images",
)

_VALUES = "product_attributes.values"
_MEASURES = f"{_VALUES}.metric_standard_info.metric_value_module_infos"

_TABLE: tuple[tuple[Treatment, str, str], ...] = (
    ("kept", "Edit takes it in the shape it was read",
     """title description package_weight package_dimensions is_cod_allowed external_product_id manufacturer_ids
     responsible_person_ids shipping_insurance_requirement shipping_template_id is_pre_owned minimum_order_quantity
     purchase_order_quantity_limit scheduled_sale search_terms key_product_features inventory_mode selling_format
     is_live_quick is_blind_box"""),
    ("kept", "Edit takes it in the shape it was read",
     """skus.id skus.seller_sku skus.external_sku_id skus.identifier_code skus.sku_unit_count skus.external_urls
     skus.extra_identifier_codes skus.pre_sale skus.list_price skus.external_list_prices skus.fees
     skus.sku_dimensions skus.sku_weight"""),
    ("inside", "Edit takes part of what Get tells",
     """skus skus.sales_attributes skus.combined_skus certifications certifications.files size_chart
     size_chart.template video"""),
    ("inside", "Edit takes an image by its uri", " ".join(IMAGES)),
    ("kept", "how Edit names an image", " ".join(f"{image}.uri" for image in IMAGES)),
    ("platform", "follows from the image's uri",
     " ".join(f"{image}.{name}" for image in IMAGES for name in ("urls", "thumb_urls", "width", "height"))),
    ("kept", "the value's id goes with its name: sent by name alone, variants have vanished from live listings",
     """skus.sales_attributes.id skus.sales_attributes.name skus.sales_attributes.value_id
     skus.sales_attributes.value_name"""),
    ("kept", "what a bundle is made of",
     "skus.combined_skus.product_id skus.combined_skus.sku_id skus.combined_skus.sku_count"),
    ("platform", "told about the products in a bundle, which are listings of their own",
     """skus.combined_skus.brand skus.combined_skus.categories skus.combined_skus.combined_listing_not_live_reasons
     skus.combined_skus.inventory skus.combined_skus.price skus.combined_skus.product_main_image
     skus.combined_skus.sales_attributes skus.combined_skus.seller_sku skus.combined_skus.title"""),
    ("kept", "Edit takes it in the shape it was read",
     """certifications.id certifications.expiration_date certifications.files.id certifications.files.name
     certifications.files.format size_chart.template.id video.id"""),
    ("platform", "follows from the certificate's or file's id", "certifications.title certifications.files.urls"),
    ("platform", "follows from the video's id",
     "video.url video.cover_url video.format video.height video.width video.size"),
    ("apart", "Edit has other names for what is in it",
     f"""brand delivery_options subscribe_info skus.global_listing_policy product_attributes {_VALUES}
     {_VALUES}.metric_standard_info {_MEASURES}"""),
    ("renamed", "goes back as brand_id", "brand.id"),
    ("renamed", "is what a relist carries to the new leaf",
     f"""product_attributes.id product_attributes.name {_VALUES}.id {_VALUES}.name {_VALUES}.metric_standard_info.id
     {_MEASURES}.id {_MEASURES}.value {_MEASURES}.unit_id"""),
    ("platform", "follows from the unit's id or the measurement standard",
     f"{_MEASURES}.unit_name {_MEASURES}.prefix {_MEASURES}.suffix"),
    ("renamed", "goes back as delivery_option_ids", "delivery_options.id"),
    ("renamed", "goes back as subscribe_info_edit while a subscription runs",
     "subscribe_info.subscribe_status subscribe_info.subscribe_discount_details"),
    ("renamed", "goes back as product_tag_operations where selling_format does not tell already", "product_tags"),
    ("renamed", "goes back as inventory_mode: left out, SHARED would fall to the default EXCLUSIVE",
     "skus.global_listing_policy.inventory_type"),
    ("renamed", "read on each SKU, written once on the product", "skus.purchase_order_quantity_limit"),
    ("omitted", "survives omission, and would overwrite a sale that happened in between",
     "skus.price skus.inventory"),
    ("omitted", "left out, the platforms stay as they are; sent, it would put a deactivated listing back on one",
     "integrated_platform_statuses"),
    ("platform", "is what a relist changes: category_id", "category_chains"),
    ("platform", "follows from the brand's or option's id",
     "brand.name delivery_options.name delivery_options.is_available"),
    ("platform", "what the seller could subscribe to, not what is",
     "subscribe_info.subscribe_promotion_config subscribe_info.support_subscribe"),
    ("platform", "set when the product is replicated",
     "skus.global_listing_policy.price_sync skus.global_listing_policy.replicate_source"),
    ("platform", "the platform's own account of the listing",
     """id status product_status audit audit_failed_reasons recommended_categories has_draft create_time update_time
     listing_quality_tier product_types product_families prescription_requirement sales_regions
     product_sync_fail_reasons skus.status_info skus.create_time skus.update_time"""),
    ("platform", "set when the product is created or replicated; Edit has no such field",
     """is_replicated is_not_for_sale primary_combined_product_id global_product_association skus.global_sku_id"""),
    ("stops", "print-on-demand templates: Edit has no such field, and whether they survive is not documented",
     "pod_info"),
)  # fmt: skip

FATES: dict[str, FieldPolicy] = {
    path: FieldPolicy(verdict, why) for verdict, why, paths in _TABLE for path in paths.split()
}

IDENTITIES: dict[str, str] = {
    **dict.fromkeys(("skus", "brand", "certifications", "certifications.files"), "id"),
    **dict.fromkeys(("size_chart.template", "video", "delivery_options"), "id"),
    **dict.fromkeys(IMAGES, "uri"),
}
"""Without it, the platform would take the object for a new one, or drop it: an object that lacks it stops the edit."""

LISTS = frozenset(
    {
        *(image for image in IMAGES if image != "size_chart.image" and not image.endswith("sku_img")),
        *("skus", "skus.sales_attributes", "skus.combined_skus", "certifications", "certifications.files"),
        *("delivery_options", "product_attributes", _VALUES, _MEASURES),
    }
)
"""Of the fields that are taken apart, those that are lists of objects; the others are objects."""


@dataclass(frozen=True, slots=True)
class Place:
    """The table as a tree, so that a product is walked along it without putting paths together."""

    path: str
    verdict: Treatment = "inside"
    identity: str = ""
    is_list: bool = False
    below: dict[str, Place] = field(default_factory=dict)


def _place(path: str) -> Place:
    prefix = f"{path}." if path else ""
    names = [each.removeprefix(prefix) for each in FATES if each.startswith(prefix)]
    below = {name: _place(prefix + name) for name in names if "." not in name}
    if not path:
        return Place("", below=below)
    return Place(path, FATES[path].verdict, IDENTITIES.get(path, ""), path in LISTS, below)


PRODUCT: Place = _place("")
