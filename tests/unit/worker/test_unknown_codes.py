"""An unknown error code parks the shop when it concerns many of its products."""

from __future__ import annotations

from tiktok_shop.errors import TikTokShopError, make_error
from worker.unknown_codes import FIRST_PRODUCTS, MAX_CODES_PER_SHOP, UnknownCodes


def unknown(code: int = 12999999) -> TikTokShopError:
    return make_error(code, "a rule of tomorrow", 200, "edit_product", "req-7")


def test_first_products_carry_the_code_then_the_shop_is_parked() -> None:
    codes = UnknownCodes()
    assert [codes.park("shop", str(n), unknown()) for n in range(FIRST_PRODUCTS)] == [None] * FIRST_PRODUCTS
    park = codes.park("shop", "next", unknown())
    assert park is not None
    for part in ("12999999", "a rule of tomorrow", "req-7", "RELIST_ERROR_CODES_FILE"):
        assert part in park.reason
    assert codes.park("shop", "next", unknown()) is not None, "the shop's next attempt ends no product"
    assert codes.park("other shop", "1", unknown()) is None


def test_one_product_refused_repeatedly_parks_nothing() -> None:
    codes = UnknownCodes()
    assert not any(codes.park("shop", "1", unknown()) for _ in range(20))


def test_code_of_few_products_does_not_hold_up_the_others() -> None:
    codes = UnknownCodes()
    for product in range(50):
        assert codes.park("shop", str(product), unknown()) is None
        for _ in range(20):
            codes.finished("shop")


def test_codes_remembered_per_shop_are_bounded() -> None:
    codes = UnknownCodes()
    for code in range(12_900_000, 12_900_000 + 2 * MAX_CODES_PER_SHOP):
        codes.park("shop", "1", unknown(code))
    assert len(codes._shops["shop"]) == MAX_CODES_PER_SHOP
