"""Adds the optional fields of the published sample to a share of the products."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from simulator.catalogue import CERTIFICATIONS
from simulator.media import file, image, image_uri, video
from simulator.sellers import Seller

CERTIFICATE_EXPIRY = 2_015_360_000
"""November 2033."""


def add_optional_fields(
    product: dict[str, Any], brands: Sequence[dict[str, Any]], seller: Seller, index: int, random: Random
) -> None:
    """Every optional field of the published sample, each in a share of the products."""
    brand = random.choice(brands)
    delivery, delivery_name = random.choice(seller.delivery_options)
    common: tuple[tuple[float, str, Any], ...] = (
        (0.25, "brand", {"id": brand["id"], "name": brand["name"]}),
        (0.6, "is_cod_allowed", random.random() < 0.5),
        (0.6, "external_product_id", f"erp-{index}"),
        (0.6, "delivery_options", [{"id": delivery, "name": delivery_name, "is_available": random.random() < 0.9}]),
        (0.6, "manufacturer_ids", [random.choice(seller.manufacturers)]),
        (0.6, "responsible_person_ids", list(seller.responsible_persons[: random.randint(1, 2)])),
        (0.6, "minimum_order_quantity", random.randint(1, 3)),
        (0.6, "search_terms", ["sturdy", "everyday"]),
        (0.6, "key_product_features", ["Made to last", "Easy to clean"]),
        (0.6, "shipping_insurance_requirement", random.choice(("OPTIONAL", "REQUIRED", "NOT_SUPPORTED"))),
        (0.6, "video", video(f"v09e40f40000c{random.getrandbits(40)}")),
        (0.6, "is_pre_owned", False),
        (0.3, "listing_quality_tier", random.choice(("POOR", "FAIR", "GOOD"))),
        (0.1, "shipping_template_id", str(7552764259994600000 + seller.number)),
        (0.1, "scheduled_sale", {"is_enabled_scheduled_sale": False, "schedule_sale_time": 1768899145000}),
        (0.05, "purchase_order_quantity_limit", 20),
        (0.05, "integrated_platform_statuses", [{"platform": "TOKOPEDIA", "status": "PLATFORM_DEACTIVATED"}]),
        (0.05, "is_not_for_sale", False),
        (0.05, "is_replicated", random.random() < 0.5),
        (0.05, "prescription_requirement", {"needs_prescription": False}),
        (0.03, "product_families", [{"id": str(1000592969712000000 + index), "products": [{"id": product["id"]}]}]),
        (0.03, "product_tags", ["AUCTION"]),
        (0.03, "selling_format", "FIXED_PRICE"),
        (0.03, "is_live_quick", False),
        (0.03, "is_blind_box", False),
        (0.02, "inventory_mode", "NORMAL"),
    )
    for share, name, value in common:
        if random.random() < share:
            product[name] = value
    if random.random() < 0.6:
        product["size_chart"] = _size_chart(seller, random)
    if random.random() < 0.6:
        product["certifications"] = _certifications(random)
    if any("combined_skus" in sku for sku in product["skus"]):
        product["product_types"] = ["COMBINED_PRODUCT"]
        product["primary_combined_product_id"] = product["id"]


def _size_chart(seller: Seller, random: Random) -> dict[str, Any]:
    chart: dict[str, Any] = {}
    if (kind := random.random()) < 0.8:
        chart["image"] = image(image_uri(random.getrandbits(64), 1200, 1200))
    if kind > 0.6:
        chart["template"] = {"id": random.choice(seller.size_chart_templates)}
    return chart


def _certifications(random: Random) -> list[dict[str, Any]]:
    certifications = []
    for identity in ("7001", "7002")[: random.choice((1, 1, 1, 2))]:
        certification: dict[str, Any] = {"id": identity, "title": CERTIFICATIONS[identity]}
        if (kind := random.random()) < 0.8:
            certification["images"] = [image(image_uri(random.getrandbits(64)))]
        if kind > 0.5:
            certification["files"] = [file(f"v09ea0g40000c{random.getrandbits(40)}", "CERT_X2.PDF")]
        if random.random() < 0.7:
            certification["expiration_date"] = CERTIFICATE_EXPIRY
        certifications.append(certification)
    return certifications
