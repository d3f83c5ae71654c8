"""Irregular and broken responses become data or the right class of error."""

from __future__ import annotations

import orjson
import pytest

from tiktok_shop import endpoints, errors
from tiktok_shop.response import Response, parse_response


def error_of(status: int, body: object, retry_after: float | None = None) -> errors.TikTokShopError:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    error = parse_response(endpoints.EDIT_PRODUCT, status, raw, retry_after)
    assert isinstance(error, errors.TikTokShopError)
    return error


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (429, 36009002, "too many requests", errors.Throttled),
        (200, 36009002, "too many requests", errors.Throttled),
        (200, 105002, "expired", errors.AccessTokenRefused),
        (200, 12052093, "quota", errors.QuotaExceeded),
        (200, 12052038, "locked", errors.ProductLocked),
        (400, 12052217, "v1 refused", errors.StaleCatalogue),
        (200, 12052208, "brand", errors.ProductProblem),
        (400, 5001001, "size chart", errors.ProductProblem),
        (200, 12052260, "no such product", errors.ProductNotFound),
        (200, 12052700, "inactive seller", errors.ShopBlocked),
        (500, 36009003, "internal", errors.Transient),
        (401, 106001, "bad signature", errors.InvalidAppCredentials),
        (400, 36009004, "Invalid app_key", errors.InvalidAppCredentials),
        (400, 36009004, "Invalid x-tts-access-token", errors.AccessTokenRefused),
        (400, 36009004, "Invalid credentials. The access token is invalid.", errors.AccessTokenRefused),
        (400, 36009004, "bad token", errors.AccessTokenRefused),
        (400, 36009004, "Invalid page_token", errors.BadRequest),
        (400, 36009004, "Invalid shop_cipher", errors.InvalidShopCipher),
        (200, 101000, "token does not match the shop_cipher", errors.InvalidShopCipher),
        (400, 36009004, "Invalid timestamp", errors.ClockSkewed),
        (401, 99, "unknown", errors.AccessTokenRefused),
        (400, 36009004, "shop_cipher is not required", errors.BadRequest),
        (400, 36009004, "Access token is expired", errors.AccessTokenRefused),
        (503, 99, "unknown", errors.Transient),
        (200, 99, "unknown", errors.BadRequest),
    ],
)
def test_code_takes_precedence_over_status(
    status: int, code: int, message: str, kind: type[errors.TikTokShopError]
) -> None:
    error = error_of(status, {"code": code, "message": message, "request_id": "20261124"})
    assert type(error) is kind
    assert (error.code, error.request_id, error.endpoint) == (code, "20261124", "edit_product")


def test_code_may_be_a_text_of_digits() -> None:
    assert isinstance(parse_response(endpoints.EDIT_PRODUCT, 200, b'{"code": "0", "data": {}}', None), Response)
    assert error_of(200, b'{"code": "36009002", "message": "slow down"}').code == 36009002


@pytest.mark.parametrize(
    ("status", "raw", "kind"),
    [
        (200, b"<html>", errors.NonApiResponse),
        (200, b'{"code":"none"}', errors.NonApiResponse),
        (200, b'{"code":0,"data":[]}', errors.MalformedResponse),
        (502, b"bad gateway", errors.Transient),
        (429, b"", errors.Throttled),
        (403, b"<html>denied by the edge</html>", errors.NonApiResponse),
        (401, b"", errors.NonApiResponse),
    ],
)
def test_response_without_an_envelope(status: int, raw: bytes, kind: type[errors.TikTokShopError]) -> None:
    error = error_of(status, raw, 3.0)
    assert type(error) is kind
    if isinstance(error, errors.Throttled):
        assert error.retry_after == 3.0
    if isinstance(error, errors.Transient):
        assert error.outcome_unknown, "an edit without a readable response may have been executed"


def test_success_without_data() -> None:
    assert parse_response(endpoints.UPGRADE_TASK, 200, b'{"code":0,"request_id":"r"}', None) == Response({}, "r")


@pytest.mark.parametrize(
    ("code", "field"),
    [
        (12052208, "brand_id"),
        (12052222, "is_cod_allowed"),
        (12052223, "category_id"),
        (12052105, "certifications"),
        (12052529, "product_attributes"),
        (12052931, "title"),
        (5001001, "size_chart"),
        (12052910, None),
        (0x7FFFFFFF, None),
    ],
)
def test_code_determines_the_field(code: int, field: str | None) -> None:
    assert error_of(200, {"code": code, "message": "refused"}).field == field


def test_extra_errors_are_part_of_the_message() -> None:
    extra = [{"code": 12052931, "message": "the title has an emoji"}, None, {"code": 1}]
    body = {"code": 12052990, "message": "check failed", "data": {"errors": [{"detail": {"extra_errors": extra}}]}}
    assert error_of(200, body).message == "check failed; the title has an emoji (12052931)"


def test_secrets_in_a_message_are_masked() -> None:
    error = error_of(200, {"code": 1, "message": 'bad access_token=TTP_abc123, sign: "deadbeef" shop_cipher=ROW_x'})
    for secret in ("TTP_abc123", "deadbeef", "ROW_x"):
        assert secret not in str(error)


@pytest.mark.parametrize(
    "message",
    [
        "Attribute Design is required",
        "The design: floral is not in the list",
        "Assign a brand, then sign in to Seller Center",
        "unexpected shop_cipher, it is not required here",
        "the refresh token has ended",
    ],
)
def test_words_that_look_like_secrets_are_kept(message: str) -> None:
    assert error_of(200, {"code": 1, "message": message}).message == message


@pytest.mark.parametrize(
    "message", ["access token TTP_abc123 is unknown", "x-tts-access-token: TTP_abc123", "shop_cipher 'TTP_abc123'"]
)
def test_secret_after_mere_space_is_masked(message: str) -> None:
    assert "TTP_abc123" not in error_of(200, {"code": 1, "message": message}).message
