"""The platform's token response is read in every published shape, and nonsense is refused by field."""

from __future__ import annotations

import pytest

from tiktok_shop.errors import MalformedResponse
from token_store.token_response import (
    ASSUMED_ACCESS_SECONDS,
    ASSUMED_REFRESH_SECONDS,
    Tokens,
    parse_refresh,
    parse_token_response,
    read_expiry,
)

NOW = 1_800_000_000
PUBLISHED = {
    "access_token": "TTP_a",
    "access_token_expire_in": 1660556783,
    "refresh_token": "TTP_r",
    "refresh_token_expire_in": 1691487031,
    "open_id": "7010736057180325637",
    "seller_name": "Jjj test shop",
    "seller_base_region": "ID",
    "user_type": 0,
    "granted_scopes": ["seller.product.write"],
}
PREVIOUS = Tokens("old-a", "old-r", NOW - 5, NOW + 90 * 86_400)


def test_published_sample_is_read_with_and_without_envelope() -> None:
    expected = Tokens("TTP_a", "TTP_r", 1660556783, 1691487031)
    assert parse_token_response(PUBLISHED, NOW) == expected
    assert parse_token_response({"code": 0, "message": "success", "data": PUBLISHED}, NOW) == expected
    assert "TTP_" not in repr(expected)


@pytest.mark.parametrize(
    "body",
    [
        {"access_expires": 1900000000, "refresh_expires": 1950000000},
        {"access_token_expire_in": "1900000000", "refresh_token_expire_in": 1950000000.0},
        {"access_token_expire_in": 100_000_000, "refresh_token_expire_in": "150000000"},
        {"access_token_expire_in": 1_900_000_000_000, "refresh_token_expire_in": 1_950_000_000_000},
        {"expires_in": 100_000_000, "refresh_expires_in": 150_000_000},
    ],
    ids=["own", "text-and-float", "durations", "milliseconds", "other-names"],
)
def test_expiries_are_read_in_every_shape(body: dict[str, object]) -> None:
    tokens = parse_token_response({"access_token": "a", "refresh_token": "r", **body}, NOW)
    assert (tokens.access_expires, tokens.refresh_expires) == (1_900_000_000, 1_950_000_000)


@pytest.mark.parametrize("value", [0, -1, 10**15, "soon", "", None, True, [], float("nan"), float("inf"), "1e999"])
def test_nonsense_expiry_is_refused_by_name(value: object) -> None:
    with pytest.raises(ValueError, match=r"refresh_token_expire_in (must be|is missing)"):
        parse_token_response({**PUBLISHED, "refresh_token_expire_in": value}, NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("access_token", ""),
        ("access_token", 5),
        ("refresh_token", None),
        ("refresh_token", "a\nb"),
        ("access_token", "é"),
    ],
)
def test_missing_or_unusable_token_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field} is ") as refused:
        parse_token_response({**PUBLISHED, field: value}, NOW)
    assert not value or str(value) not in str(refused.value)


def test_duration_counts_from_now() -> None:
    assert read_expiry(604_800, NOW) == NOW + 604_800


@pytest.mark.parametrize("expiry", [None, "soon", -1, 10**15, {}])
def test_refresh_keeps_tokens_with_an_odd_expiry(expiry: object) -> None:
    body = {**PUBLISHED, "access_token_expire_in": expiry, "refresh_token_expire_in": expiry}
    assert parse_refresh(body, PREVIOUS, NOW) == Tokens(
        "TTP_a", "TTP_r", NOW + ASSUMED_ACCESS_SECONDS, PREVIOUS.refresh_expires
    )
    expired = Tokens("old-a", "old-r", NOW, NOW - 5)
    assert parse_refresh(body, expired, NOW).refresh_expires == NOW + ASSUMED_REFRESH_SECONDS


def test_refresh_without_a_refresh_token_keeps_the_previous() -> None:
    tokens = parse_refresh({**PUBLISHED, "refresh_token": None}, PREVIOUS, NOW)
    assert (tokens.access_token, tokens.refresh_token) == ("TTP_a", "old-r")


def test_refresh_without_an_access_token_keeps_the_new_refresh_token() -> None:
    tokens = parse_refresh({**PUBLISHED, "access_token": ""}, PREVIOUS, NOW)
    assert (tokens.access_token, tokens.refresh_token, tokens.access_expires) == ("old-a", "TTP_r", NOW - 5)


def test_refresh_with_half_a_response_is_malformed() -> None:
    with pytest.raises(MalformedResponse, match="only an access token"):
        parse_refresh({"access_token": "TTP_a"}, PREVIOUS, NOW)


@pytest.mark.parametrize("body", [{}, {"access_token": 5}, {"data": {"refresh_token": ""}}, {"data": None}])
def test_refresh_without_any_token_is_malformed(body: dict[str, object]) -> None:
    with pytest.raises(MalformedResponse, match="no token"):
        parse_refresh(body, PREVIOUS, NOW)
