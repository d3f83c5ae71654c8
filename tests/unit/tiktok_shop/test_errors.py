"""Error codes: class by the table, unknown codes, and redaction."""

from __future__ import annotations

import pytest

from facts.error_codes import parse_error_codes, platform_error_codes
from tiktok_shop import errors
from tiktok_shop.errors import classify, make_error, redact


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (36009005, "access_token header is invalid", errors.AccessTokenRefused),
        (105001, "access token invalid", errors.AccessTokenRefused),
        (105002, "access token expired", errors.AccessTokenRefused),
        (36009004, "x-tts-access-token header is invalid", errors.AccessTokenRefused),
        (36009043, "shop is inactive", errors.ShopBlocked),
        (36009044, "seller is inactive", errors.ShopBlocked),
        (36009037, "sandbox quota", errors.HourlyQuotaExceeded),
        (36009002, "too many requests", errors.Throttled),
        (106001, "The 'sign' parameter is invalid", errors.InvalidAppCredentials),
        (12052823, "weight", errors.ProductProblem),
    ],
)
def test_class_does_not_depend_on_the_status(
    code: int, message: str, kind: type[errors.TikTokShopError], status: int
) -> None:
    assert classify(code, message, status) is kind


def test_error_carries_remedy_and_actor() -> None:
    error = make_error(36009043, "shop is inactive", 401, "get_product", "r")
    assert (error.actor, error.remedy, error.is_unknown) == ("seller", "Activate the shop in Seller Center.", False)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (12999999, 200, errors.ProductProblem),
        (99, 200, errors.BadRequest),
        (99, 401, errors.AccessTokenRefused),
        (99, 403, errors.AuthFailed),
        (99, 429, errors.Throttled),
        (99, 503, errors.Transient),
    ],
)
def test_unknown_code_is_marked(code: int, status: int, kind: type[errors.TikTokShopError]) -> None:
    error = make_error(code, "something new", status, "edit_product", "r")
    assert type(error) is kind
    assert error.is_unknown


def test_operator_file_classifies_an_unknown_code() -> None:
    codes = platform_error_codes().overridden_by(
        parse_error_codes(
            """
            [[group]]
            class = "product_locked"
            actor = "platform"
            remedy = "Wait."
            source = "our own support ticket"
            date = 2026-11-27
            confidence = "operator"
            [group.codes]
            12999999 = "product is being moved"
            12052051 = "a title that an operator waits for"
            """
        )
    )
    assert type(make_error(12999999, "x", 200, "e", None, codes)) is errors.ProductLocked
    assert type(make_error(12052051, "x", 200, "e", None, codes)) is errors.ProductLocked
    assert type(make_error(12052054, "x", 200, "e", None, codes)) is errors.ProductProblem


@pytest.mark.parametrize(
    "message",
    [
        "The 'sign' parameter is invalid",
        "The 'access_token' is invalid",
        'The "sign" parameter is invalid',
        "access_token: invalid",
        "access_token header is invalid",
        "'sign', 'timestamp' and 'app_key' are required",
        "'sign' 'timestamp' are required",
        "x-tts-access-token header is invalid",
        "shop_cipher is not required",
    ],
)
def test_words_around_secrets_are_kept(message: str) -> None:
    assert redact(message) == message


@pytest.mark.parametrize(
    ("message", "redacted"),
    [
        ("access_token=TTP_secret", "access_token=***"),
        ('{"sign": "deadbeef", "code": 1}', '{"sign": "***", "code": 1}'),
        ("The 'sign' 5dec0f11ec2f67 is wrong", "The 'sign' *** is wrong"),
        ("sign: 5dec0f11ec2f67 is wrong", "sign: *** is wrong"),
        ("?app_secret=abc&sign=abc&timestamp=1", "?app_secret=***&sign=***&timestamp=1"),
        ("shop_cipher 'ROW_cipher01' is unknown", "shop_cipher '***' is unknown"),
        ("refresh token: TTP_secret", "refresh token: ***"),
        ("signature=abcdef", "signature=***"),
    ],
)
def test_values_of_secrets_are_masked(message: str, redacted: str) -> None:
    assert redact(message) == redacted
