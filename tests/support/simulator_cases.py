"""Changes of a valid body: each of SPOILT breaks one rule and has its code, each of ACCEPTED is within the limits."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from simulator.media import image_uri

Body = dict[str, Any]
SIZED_IMAGE = '<img src="https://simulated.invalid/a" width="9" height="9"/>'


def attribute(identity: str, *values: Body) -> Callable[[Body], None]:
    def add(body: Body) -> None:
        body["product_attributes"].append({"id": identity, "values": list(values)})

    return add


def put(path: str, value: Any) -> Callable[[Body], None]:
    """Sets the field at a path such as `skus.0.seller_sku`; None removes it."""

    def change(body: Any) -> None:
        *steps, last = path.split(".")
        for step in steps:
            body = body[int(step)] if step.isdigit() else body[step]
        key: Any = int(last) if last.isdigit() else last
        if value is None:
            del body[key]
        else:
            body[key] = copy.deepcopy(value)

    return change


COLOR = "skus.0.sales_attributes.0"
SPOILT: list[tuple[int, str, Callable[[Body], None]]] = [
    (12052261, "US", put("title", "")),
    (12052051, "US", put("title", "x y" * 100)),
    (12052051, "BR", put("title", "x y" * 101)),
    (98001004, "VN", put("title", "Too short for Vietnam")),
    (12052262, "US", put("title", "A sturdy 罐子")),
    (12052931, "US", put("title", "Jars &amp; boxes")),
    (12052931, "US", put("title", "Jars \U0001f600")),
    (12052931, "US", put("title", "Jaaaaaaaaaar")),
    (12052931, "US", put("title", "!!! ---")),
    (12052015, "US", put("description", "  ")),
    (12052013, "US", put("description", "ab " * 3400)),
    (12052346, "US", put("description", "<p>罐子</p>")),
    (12052345, "US", put("description", "<script>x</script>")),
    (12052348, "US", put("description", '<p>a</p><img width="10" height="10"/>')),
    (12052340, "US", put("description", '<p>a</p><img src="https://elsewhere.example/a.png" width="9" height="9"/>')),
    (12052056, "US", put("description", "<p>a</p>" + SIZED_IMAGE * 31)),
    (12052910, "US", put("search_terms", ["a"] * 16)),
    (12052910, "US", put("key_product_features", ["a" * 1501])),
    (12052369, "US", put("external_product_id", "e" * 1000)),
    (12052028, "US", put("main_images", [])),
    (12052306, "US", put("main_images", [{"uri": image_uri(n)} for n in range(10)])),
    (12052300, "US", put("main_images.0.uri", "https://elsewhere.example/a.png")),
    (12052902, "US", put("skus", [])),
    (12052557, "US", put("skus.0.id", "17295")),
    (12052054, "US", put("skus.0.seller_sku", "s" * 51)),
    (12019059, "US", put("skus.0.seller_sku", "has a space")),
    (12019059, "DE", put("skus.0.seller_sku", "short")),
    (12052600, "US", put("skus.0.identifier_code.type", "ASIN")),
    (12052591, "US", put("skus.0.identifier_code.code", "123")),
    (12052598, "US", put("skus.0.identifier_code.code", "123X567890123")),
    (12052592, "US", put("skus.0.identifier_code.code", "12345678901231")),
    (12052571, "US", put("skus.0.price", None)),
    (12052084, "US", put("skus.0.price.currency", "EUR")),
    (12052073, "US", put("skus.0.price.amount", "12.505")),
    (12052375, "US", put("skus.0.list_price", {"currency": "USD", "amount": "0"})),
    (12052383, "US", put("skus.0.list_price", {"currency": "USD", "amount": "7600.01"})),
    (12052486, "US", put("skus.0.inventory", None)),
    (12052097, "US", put("skus.0.inventory.0.warehouse_id", "1")),
    (12052055, "US", put("skus.0.inventory.0.quantity", 100_000)),
    (12052055, "US", put("skus.0.inventory.0.quantity", 0)),
    (12052550, "US", put("skus.0.sales_attributes", [])),
    (12052560, "US", put(COLOR, {"id": "100009", "value_id": "10000901", "value_name": "Blue"})),
    (12052527, "US", put(f"{COLOR}.id", "42")),
    (12052529, "US", put(f"{COLOR}.value_id", "42")),
    (12052520, "US", put(f"{COLOR}.sku_img.uri", "elsewhere")),
    (12052522, "US", put(f"{COLOR}", {"id": "100009", "value_id": "10000900", "supplementary_sku_images": [
        {"uri": image_uri(1)}]})),
    (98001004, "VN", put(f"{COLOR}.supplementary_sku_images", [{"uri": image_uri(1)}])),
    (12052104, "US", put("product_attributes", [])),
    (12052240, "US", attribute("42", {"name": "x"})),
    (12052240, "US", attribute("100009", {"name": "a sales attribute"})),
    (12052254, "US", attribute("100000", {"id": "10000000"})),
    (12052246, "US", attribute("100004", {"name": "a"}, {"name": "b"})),
    (12052247, "US", attribute("100001", {"name": "Monsoon"})),
    (12052248, "US", attribute("100004", {})),
    (12052249, "US", attribute("100004", {"name": "ab" * 1001})),
    (12052250, "US", attribute("100004", {"name": "罐子"})),
    (12052935, "US", attribute("100004", {"name": "&lt;b&gt;"})),
    (12052251, "US", attribute("100005", {"name": "Feast"}, {"name": "Feast"})),
    (12052253, "US", attribute("100001", {"id": "10000100"}, {"id": "10000100"})),
    (12052529, "US", attribute("100001", {"id": "42"})),
    (12052256, "US", attribute("100006", {"name": "four"})),
    (12052182, "US", attribute("100002", {"id": "10000200"})),
    (12052183, "US", attribute("100003", {"name": "2000 mAh"})),
    (12052655, "US", put("certifications", [{"id": "42"}])),
    (12052656, "US", put("certifications", [{"id": "7002"}, {"id": "7002"}])),
    (12052650, "US", put("certifications", [{"id": "7002", "images": [{"uri": "elsewhere"}]}])),
    (12052658, "US", put("certifications", [{"id": "7002", "files": [{"id": "1", "name": "a", "format": "PNG"}]}])),
    (12052385, "US", put("certifications", [{"id": "7002", "expiration_date": 1_000_000_000}])),
    (12052128, "US", put("size_chart", {"template": {"id": "42"}})),
    (12052670, "US", put("size_chart", {"image": {"uri": "elsewhere"}})),
    (12052916, "US", put("package_weight.unit", "GRAM")),
    (12052916, "DE", put("package_weight.unit", "POUND")),
    (12052006, "US", put("package_weight.value", "0.5001")),
    (12052006, "US", put("package_weight.value", "1,32")),
    (12052823, "US", put("package_weight.value", "0.000")),
    (12052915, "US", put("package_weight.unit", "POUND")),
    (12019060, "VN", put("package_dimensions.unit", "INCH")),
    (12052005, "US", put("package_dimensions.length", "0")),
    (12052004, "US", put("package_dimensions.width", "wide")),
    (12052003, "US", put("package_dimensions.height", "1.234")),
    (12052916, "US", put("skus.0.sku_weight", {"value": "1", "unit": "STONE"})),
    (12052284, "US", put("manufacturer_ids", ["42"])),
    (12052289, "US", put("responsible_person_ids", ["42"])),
]  # fmt: skip


ACCEPTED: list[tuple[str, Callable[[Body], None]]] = [
    ("US", put("title", "x")),
    ("BR", put("title", "x y" * 100)),
    ("US", put("package_weight", {"value": "1.25", "unit": "KILOGRAM"})),
    ("MX", put("package_weight", {"value": "125", "unit": "GRAM"})),
    ("US", put("package_dimensions", {"length": "1.25", "width": "2", "height": "3", "unit": "CENTIMETER"})),
    ("DE", put("skus.0.seller_sku", "abc_12-3")),
    ("US", put("skus.0.identifier_code", {"code": "123456789X", "type": "ISBN"})),
    ("US", put("skus.0.identifier_code", {"code": "12345678", "type": "EAN"})),
    ("US", put("skus.0.inventory.0.quantity", 99_999)),
    ("US", attribute("100001", {"id": "10000100"}, {"id": "10000101"})),
    ("US", attribute("100004", {"name": "Zigzag"})),
    ("US", attribute("100006", {"name": "2.5"})),
    ("US", put("skus.0.list_price", {"currency": "USD", "amount": "7600"})),
    ("DE", put("skus.0.list_price", {"currency": "EUR", "amount": "9000"})),
]
