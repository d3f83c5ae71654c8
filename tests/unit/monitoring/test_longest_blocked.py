"""The product of each shop that has been blocked longest."""

from __future__ import annotations

import orjson

from model.blocked_product import BlockedProduct
from monitoring.blocked_reasons import LongestBlocked


def blocked(shop: str, product: str, at: str, code: str) -> BlockedProduct:
    record = {"outcome": "needs_input", "at": at, "reasons": [{"code": code}] if code else []}
    return BlockedProduct.load(shop, product, orjson.dumps(record))


def test_longest_blocked_product_of_each_shop_is_found() -> None:
    longest = LongestBlocked()
    for product in (
        blocked("1", "1", "1970-01-01T00:01:40Z", "brand"),
        blocked("1", "2", "1970-01-01T00:01:00+00:00", "attribute_required"),
        blocked("1", "3", "1970-01-01T00:03:00Z", "brand"),
        blocked("2", "4", "1970-01-01T00:00:07Z", ""),
    ):
        longest.add(product)
    assert longest.by_shop == {"1": ("attribute_required", 60), "2": ("needs_input", 7)}


def test_unreadable_time_is_left_out() -> None:
    longest = LongestBlocked()
    longest.add(blocked("1", "1", "yesterday", "brand"))
    longest.add(BlockedProduct.load("1", "2", b"not JSON"))
    assert longest.by_shop == {}
