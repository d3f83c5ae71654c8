"""How an Edit treats every field that Get Product returns, and why.

An Edit replaces the whole product, so a field missing from this table stops the edit: the code could wipe a field it
does not know. A path lists the field names from the product down, without list indices:
`skus.sales_attributes.sku_img.uri`. Fields below a KEEP or PLATFORM field need no entry.

Sources: request and response schemas generated from the partner documentation (2026-10), the published samples, and a
response recorded from a live shop (VN, 2026-07).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Treatment(StrEnum):
    KEEP = "keep"
    """Sent back unchanged."""
    NESTED = "nested"
    """Sent back field by field."""
    RENAME = "rename"
    """Sent back under another name (merge.py, attributes.py)."""
    SEPARATE = "separate"
    """An object whose parts have separate treatments."""
    DROP = "drop"
    """Edit accepts the field, but omitting it is the safe choice."""
    PLATFORM = "platform"
    """Derived by the platform or not settable by the seller."""
    STOP = "stop"
    """No Edit can carry the field, so it stops the edit."""


OPEN_TREATMENTS = frozenset({Treatment.NESTED, Treatment.SEPARATE})
"""Treatments of objects whose parts have separate entries."""


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    treatment: Treatment
    reason: str


IMAGES = (
    "main_images",
    "certifications.images",
    "size_chart.image",
    "skus.sales_attributes.sku_img",
    "skus.sales_attributes.supplementary_sku_images",
)

_VALUES = "product_attributes.values"
_MEASURES = f"{_VALUES}.metric_standard_info.metric_value_module_infos"

_KEEP, _NESTED, _RENAME = Treatment.KEEP, Treatment.NESTED, Treatment.RENAME
_SEPARATE, _DROP, _PLATFORM, _STOP = Treatment.SEPARATE, Treatment.DROP, Treatment.PLATFORM, Treatment.STOP

_TABLE: tuple[tuple[Treatment, str, str], ...] = (
    (_KEEP, "Edit accepts it in the shape Get returns",
     """title description package_weight package_dimensions is_cod_allowed external_product_id manufacturer_ids
     responsible_person_ids shipping_insurance_requirement shipping_template_id is_pre_owned minimum_order_quantity
     purchase_order_quantity_limit scheduled_sale search_terms key_product_features inventory_mode selling_format
     is_live_quick is_blind_box"""),
    (_KEEP, "Edit accepts it in the shape Get returns",
     """skus.id skus.seller_sku skus.external_sku_id skus.identifier_code skus.sku_unit_count skus.external_urls
     skus.extra_identifier_codes skus.pre_sale skus.list_price skus.external_list_prices skus.fees
     skus.sku_dimensions skus.sku_weight"""),
    (_NESTED, "Edit accepts some of its fields",
     """skus skus.sales_attributes skus.combined_skus certifications certifications.files size_chart
     size_chart.template video"""),
    (_NESTED, "Edit accepts an image by its uri", " ".join(IMAGES)),
    (_KEEP, "identifies the image in an Edit", " ".join(f"{image}.uri" for image in IMAGES)),
    (_PLATFORM, "follows from the image's uri",
     " ".join(f"{image}.{name}" for image in IMAGES for name in ("urls", "thumb_urls", "width", "height"))),
    (_KEEP, "the value's id is sent with its name: variants sent by name alone have vanished from live listings",
     """skus.sales_attributes.id skus.sales_attributes.name skus.sales_attributes.value_id
     skus.sales_attributes.value_name"""),
    (_KEEP, "the content of a bundle",
     "skus.combined_skus.product_id skus.combined_skus.sku_id skus.combined_skus.sku_count"),
    (_PLATFORM, "describes the products in a bundle, which are separate listings",
     """skus.combined_skus.brand skus.combined_skus.categories skus.combined_skus.combined_listing_not_live_reasons
     skus.combined_skus.inventory skus.combined_skus.price skus.combined_skus.product_main_image
     skus.combined_skus.sales_attributes skus.combined_skus.seller_sku skus.combined_skus.title"""),
    (_KEEP, "Edit accepts it in the shape Get returns",
     """certifications.id certifications.expiration_date certifications.files.id certifications.files.name
     certifications.files.format size_chart.template.id video.id"""),
    (_PLATFORM, "follows from the certificate's or file's id", "certifications.title certifications.files.urls"),
    (_PLATFORM, "follows from the video's id",
     "video.url video.cover_url video.format video.height video.width video.size"),
    (_SEPARATE, "Edit has other names for its parts",
     f"""brand delivery_options subscribe_info skus.global_listing_policy product_attributes {_VALUES}
     {_VALUES}.metric_standard_info {_MEASURES}"""),
    (_RENAME, "sent as brand_id", "brand.id"),
    (_RENAME, "mapped to the attributes of the new leaf",
     f"""product_attributes.id product_attributes.name {_VALUES}.id {_VALUES}.name {_VALUES}.metric_standard_info.id
     {_MEASURES}.id {_MEASURES}.value {_MEASURES}.unit_id"""),
    (_PLATFORM, "follows from the unit's id or the measurement standard",
     f"{_MEASURES}.unit_name {_MEASURES}.prefix {_MEASURES}.suffix"),
    (_RENAME, "sent as delivery_option_ids", "delivery_options.id"),
    (_RENAME, "sent as subscribe_info_edit while a subscription runs",
     "subscribe_info.subscribe_status subscribe_info.subscribe_discount_details"),
    (_RENAME, "sent as product_tag_operations unless selling_format says the same", "product_tags"),
    (_RENAME, "sent as inventory_mode: if omitted, SHARED would fall back to the default EXCLUSIVE",
     "skus.global_listing_policy.inventory_type"),
    (_RENAME, "read on each SKU, sent once for the product", "skus.purchase_order_quantity_limit"),
    (_DROP, "survives omission; sending it would overwrite a sale that happened in between",
     "skus.price skus.inventory"),
    (_DROP, "sent as listing_platforms where that is the safer choice (listed_platforms.py)",
     "integrated_platform_statuses"),
    (_PLATFORM, "replaced by the new category_id", "category_chains"),
    (_PLATFORM, "follows from the brand's or option's id",
     "brand.name delivery_options.name delivery_options.is_available"),
    (_PLATFORM, "subscriptions the seller could offer, not the current one",
     "subscribe_info.subscribe_promotion_config subscribe_info.support_subscribe"),
    (_PLATFORM, "set when the product is replicated",
     "skus.global_listing_policy.price_sync skus.global_listing_policy.replicate_source"),
    (_PLATFORM, "the platform's own record of the listing",
     """id status product_status audit audit_failed_reasons recommended_categories has_draft create_time update_time
     listing_quality_tier product_types product_families prescription_requirement sales_regions
     product_sync_fail_reasons skus.status_info skus.create_time skus.update_time"""),
    (_PLATFORM, "set when the product is created or replicated; Edit has no such field",
     """is_replicated is_not_for_sale primary_combined_product_id global_product_association skus.global_sku_id"""),
    (_STOP, "print-on-demand templates: Edit has no such field, and whether they survive is undocumented",
     "pod_info"),
)  # fmt: skip

FIELD_POLICIES: dict[str, FieldPolicy] = {
    path: FieldPolicy(treatment, reason) for treatment, reason, paths in _TABLE for path in paths.split()
}

ID_FIELDS: dict[str, str] = {
    **dict.fromkeys(("skus", "brand", "certifications", "certifications.files"), "id"),
    **dict.fromkeys(("size_chart.template", "video", "delivery_options"), "id"),
    **dict.fromkeys(IMAGES, "uri"),
}
"""Object path -> the field that identifies it. Without that field the platform would create a new object or drop this
one, so an object that lacks it stops the edit."""

LISTS = frozenset(
    {
        *(image for image in IMAGES if image != "size_chart.image" and not image.endswith("sku_img")),
        *("skus", "skus.sales_attributes", "skus.combined_skus", "certifications", "certifications.files"),
        *("delivery_options", "product_attributes", _VALUES, _MEASURES),
    }
)
"""The NESTED and SEPARATE fields that are lists of objects; the others are single objects."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldNode:
    """The table as a tree, so that walking through a product needs no path strings. Nodes are compared by identity."""

    path: str
    treatment: Treatment = Treatment.NESTED
    id_field: str = ""
    is_list: bool = False
    children: dict[str, FieldNode] = field(default_factory=dict)


def is_id_field(path: str) -> bool:
    parent, _, name = path.rpartition(".")
    return ID_FIELDS.get(parent) == name


def join_path(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


def _node(path: str) -> FieldNode:
    prefix = f"{path}." if path else ""
    names = [each.removeprefix(prefix) for each in FIELD_POLICIES if each.startswith(prefix)]
    children = {name: _node(prefix + name) for name in names if "." not in name}
    if not path:
        return FieldNode("", children=children)
    return FieldNode(path, FIELD_POLICIES[path].treatment, ID_FIELDS.get(path, ""), path in LISTS, children)


PRODUCT: FieldNode = _node("")
