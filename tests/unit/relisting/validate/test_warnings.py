"""Warnings about content the platform may refuse; they never stop an edit."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.validate import edit_warnings
from tests.support.validation_cases import GOOD_BODY, IMAGE, RED, Listing, body, reasons_of
from tiktok_shop.catalogue import CategoryRules, Certification

OWN = "https://p16-oec-va.ibyteimg.com/x"
REQUIRES_7 = CategoryRules(certifications=(Certification("7", "CE", True),))
MORE = {**RED, "sku_img": IMAGE, "supplementary_sku_images": [IMAGE]}


def warnings(region: str = "US", rules: CategoryRules | None = None, **fields: Any) -> list[str]:
    return list(edit_warnings({**GOOD_BODY, **fields}, region, rules or CategoryRules()))


def picture(source: str, size: str = 'width="9" height="9"') -> str:
    return f'<p>A jar</p><img src="{source}" {size}>'


@pytest.mark.parametrize(
    ("source", "host"),
    [
        (OWN, ""),
        ("https://ibyteimg.com/x", ""),
        ("https://P16.TikTokCDN-US.com/x", ""),
        ("https://cdn.shopify.com/a.png", "cdn.shopify.com"),
        ("https://ibyteimg.com.evil.example/x", "ibyteimg.com.evil.example"),
        ("https://notibyteimg.com/x", "notibyteimg.com"),  # a look-alike
        ("/a.png", "an unknown host"),
        ("", "an unknown host"),
        ("http://[::1", "an unknown host"),  # not an address
    ],
)
def test_foreign_image_host_is_a_warning(source: str, host: str) -> None:
    found = warnings(description=picture(source))
    assert [each for each in found if f"an image from {host}," in each] == found
    assert bool(found) == bool(host)


def test_each_foreign_host_is_named_once() -> None:
    images = "".join(picture(f"https://{host}/{n}") for n in range(2) for host in ("b.example", "a.example"))
    assert [each.split(" from ")[1].split(",")[0] for each in warnings(description=images)] == [
        "a.example",
        "b.example",
    ]


@pytest.mark.parametrize(
    ("region", "rules", "fields", "starts"),
    [
        ("US", None, {"description": "<p>A jar ✨</p>"}, "description: contains emoji"),
        ("US", None, {"description": "<p>A jar™</p>"}, ""),
        (
            "US",
            REQUIRES_7,
            {"certifications": [{"id": "7"}, {"id": "404"}]},
            "certifications: the category does not ask for",
        ),
        ("US", REQUIRES_7, {"certifications": [{"id": "7"}]}, ""),
        ("GB", None, {"skus": [{"id": "1"}, {"id": "2", "sales_attributes": [MORE]}]}, "skus: additional images"),
        ("US", None, {"skus": [{"id": "1", "sales_attributes": [MORE]}]}, ""),
        ("GB", None, {"skus": [{"id": "1", "sales_attributes": [RED]}]}, ""),
        ("US", CategoryRules(epr_required=True), {}, "the category requires an EPR"),
    ],
)
def test_one_warning_per_finding(region: str, rules: CategoryRules | None, fields: dict[str, Any], starts: str) -> None:
    found = warnings(region, rules, **fields)
    assert [each.startswith(starts) for each in found] == [True] * bool(starts)


def test_unrequested_certificate_is_named() -> None:
    assert "404" in warnings(certifications=[{"id": "404"}])[0]


def test_warnings_are_not_reasons() -> None:
    fields = {
        "description": picture("https://cdn.shopify.com/a.png") + "✨",
        "certifications": [{"id": "404", "images": [IMAGE]}],
        "skus": [{"id": "1", "sales_attributes": [MORE]}],
    }
    assert len(warnings("GB", CategoryRules(epr_required=True), **fields)) == 5
    assert reasons_of(body("GB", **fields)) == ()
    assert warnings() == []
    assert reasons_of(Listing()) == ()


def test_unsupported_size_chart_is_a_warning() -> None:
    chart = {"size_chart": {"template": {"id": "1"}}}
    (warning,) = warnings(**chart)
    assert warning.startswith("size_chart: ")
    assert warnings(rules=CategoryRules(size_chart_supported=True), **chart) == []
