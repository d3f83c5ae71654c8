"""What nobody outside can be sure of: told, and never a reason to stop."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.validate import edit_warnings
from tests.support.validation_cases import GOOD_BODY, IMAGE, RED, Listing, body, reasons_of
from tiktok_shop.catalogue import CategoryRules, Certification

OWN = "https://p16-oec-va.ibyteimg.com/x"
ASKS_FOR_7 = CategoryRules(certifications=(Certification("7", "CE", True),))
MORE = {**RED, "sku_img": IMAGE, "supplementary_sku_images": [IMAGE]}


def told(region: str = "US", rules: CategoryRules | None = None, **fields: Any) -> list[str]:
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
        ("https://notibyteimg.com/x", "notibyteimg.com"),  # somebody's who wants to be taken for it
        ("/a.png", "nowhere"),
        ("", "nowhere"),
        ("http://[::1", "nowhere"),  # no address at all
    ],
)
def test_an_image_that_is_not_on_the_platforms_own_hosts(source: str, host: str) -> None:
    found = told(description=picture(source))
    assert [each for each in found if f"an image from {host}," in each] == found
    assert bool(found) == bool(host)


def test_each_foreign_host_is_told_once_in_order() -> None:
    images = "".join(picture(f"https://{host}/{n}") for n in range(2) for host in ("b.example", "a.example"))
    assert [each.split(" from ")[1].split(",")[0] for each in told(description=images)] == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("size", "doubtful"),
    [('width="9" height="9"', False), ('width="9"', True), ('height="9"', True), ("", True)],
)
def test_an_image_without_its_size(size: str, doubtful: bool) -> None:
    found = told(description=picture(OWN) + picture(OWN, size))
    assert [each.startswith("description: an image lacks") for each in found] == [True] * doubtful


@pytest.mark.parametrize(
    ("region", "rules", "fields", "starts"),
    [
        ("US", None, {"description": "<p>A jar ✨</p>"}, "description: contains emoji"),
        ("US", None, {"description": "<p>A jar™</p>"}, ""),
        ("US", ASKS_FOR_7, {"certifications": [{"id": "7"}, {"id": "404"}]}, "certifications: the category asks for"),
        ("US", ASKS_FOR_7, {"certifications": [{"id": "7"}]}, ""),
        ("GB", None, {"skus": [{"id": "1"}, {"id": "2", "sales_attributes": [MORE]}]}, "skus: further images"),
        ("US", None, {"skus": [{"id": "1", "sales_attributes": [MORE]}]}, ""),
        ("GB", None, {"skus": [{"id": "1", "sales_attributes": [RED]}]}, ""),
        ("US", CategoryRules(epr_required=True), {}, "the category asks for an EPR"),
    ],
)
def test_one_doubt_for_each_thing(
    region: str, rules: CategoryRules | None, fields: dict[str, Any], starts: str
) -> None:
    found = told(region, rules, **fields)
    assert [each.startswith(starts) for each in found] == [True] * bool(starts)


def test_the_certificate_nobody_asked_for_is_named() -> None:
    assert "404" in told(certifications=[{"id": "404"}])[0]


def test_what_nobody_can_be_sure_of_stops_nothing() -> None:
    fields = {
        "description": picture("https://cdn.shopify.com/a.png", "") + "✨",
        "certifications": [{"id": "404", "images": [IMAGE]}],
        "skus": [{"id": "1", "sales_attributes": [MORE]}],
    }
    assert len(told("GB", CategoryRules(epr_required=True), **fields)) == 6
    assert reasons_of(body("GB", **fields)) == ()
    assert told() == []
    assert reasons_of(Listing()) == ()


def test_a_size_chart_the_category_leaves_out_is_told() -> None:
    chart = {"size_chart": {"template": {"id": "1"}}}
    (doubt,) = told(**chart)
    assert doubt.startswith("size_chart: ")
    assert told(rules=CategoryRules(size_chart_supported=True), **chart) == []
