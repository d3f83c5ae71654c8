"""Reads the platform's token response in every published shape. Pure.

The documented shape has timestamps in `access_token_expire_in` and `refresh_token_expire_in`, despite their names.
Other clients and samples show durations, numbers as text or floats, milliseconds, and other field names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tiktok_shop.errors import MalformedResponse

ACCESS_EXPIRY_FIELDS = (
    *("access_token_expire_in", "access_token_expires_in", "access_token_expire_at", "access_expires"),
    *("expires_at", "expires_in"),
)
REFRESH_EXPIRY_FIELDS = (
    *("refresh_token_expire_in", "refresh_token_expires_in", "refresh_token_expire_at", "refresh_expires"),
    *("refresh_expires_at", "refresh_expires_in"),
)
MIN_TIMESTAMP = 1_000_000_000
"""Smaller numbers are durations in seconds: as a timestamp, this is September 2001."""
MIN_MILLISECONDS = 100_000_000_000
MAX_MILLISECONDS = 100_000_000_000_000
MAX_TOKEN_CHARACTERS = 8192
ASSUMED_ACCESS_SECONDS = 86_400
"""Lifetime of a refreshed access token without a readable expiry. An expiry that is too early costs only one more
refresh.
"""
ASSUMED_REFRESH_SECONDS = 30 * 86_400
_CAPITAL = re.compile(r"(?<=[a-z0-9])[A-Z]")


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires: int
    """Unix seconds."""
    refresh_expires: int
    """Unix seconds."""
    app: str = ""
    """Name of the app that the seller authorised; empty for the one of RELIST_APP_KEY."""


def parse_token_response(body: Mapping[str, Any], now: float) -> Tokens:
    """Parse a token response, or the whole envelope around one. `now` is unix time.

    Raises ValueError naming the missing or implausible field, never its value.
    """
    data = token_data(body)
    return Tokens(
        _token(data, "access_token"),
        _token(data, "refresh_token"),
        _expiry(data, ACCESS_EXPIRY_FIELDS, now),
        _expiry(data, REFRESH_EXPIRY_FIELDS, now),
    )


def parse_refresh(body: Mapping[str, Any], previous: Tokens, now: float) -> Tokens:
    """Parse the response to a refresh of `previous`, and keep every token in it, whatever else is wrong.

    A missing token keeps its previous value, because a discarded refresh token may have been the only valid one. A
    missing or implausible expiry is replaced by an assumed one. Raises MalformedResponse if there is no token at all,
    or an access token with neither expiry nor refresh token: such a half response is not trusted.
    """
    data = token_data(body)
    access, refresh = (_optional_token(data, name) for name in ("access_token", "refresh_token"))
    if access is None and refresh is None:
        raise MalformedResponse("the response holds no token", endpoint="token_refresh")
    if refresh is None and _expiry_or(data, ACCESS_EXPIRY_FIELDS, now, 0) == 0:
        raise MalformedResponse("the response holds only an access token", endpoint="token_refresh")
    if access is None:
        access_expires = min(previous.access_expires, int(now))
    else:
        access_expires = _expiry_or(data, ACCESS_EXPIRY_FIELDS, now, int(now) + ASSUMED_ACCESS_SECONDS)
    assumed = max(previous.refresh_expires, int(now) + ASSUMED_REFRESH_SECONDS)
    return Tokens(
        access or previous.access_token,
        refresh or previous.refresh_token,
        access_expires,
        _expiry_or(data, REFRESH_EXPIRY_FIELDS, now, assumed),
        previous.app,
    )


def token_data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the token fields, also from the envelope `{"code": 0, "data": {...}}`."""
    body = {snake_case(name): value for name, value in body.items()}
    data = body.get("data")
    if not isinstance(data, Mapping) or "access_token" in body:
        return body
    return {snake_case(name): value for name, value in data.items()}


def snake_case(name: str) -> str:
    """Return the documented spelling of a field: SDKs for JavaScript and Java store `accessToken`."""
    return _CAPITAL.sub(r"_\g<0>", name).lower()


def read_expiry(value: Any, now: float) -> int:
    """Return an expiry as unix seconds. Raises ValueError for any other value."""
    if isinstance(value, str):
        value = value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be a unix timestamp or a duration in seconds")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("must be a unix timestamp or a duration in seconds") from None
    if not math.isfinite(number) or number <= 0 or number >= MAX_MILLISECONDS:
        raise ValueError("must be a unix timestamp or a duration in seconds")
    if number < MIN_TIMESTAMP:
        return int(now + number)
    return int(number / 1000 if number >= MIN_MILLISECONDS else number)


def _token(data: Mapping[str, Any], name: str) -> str:
    token = _optional_token(data, name)
    if token is None:
        raise ValueError(f"{name} is missing" if data.get(name) in (None, "") else f"{name} is not a token")
    return token


def _optional_token(data: Mapping[str, Any], name: str) -> str | None:
    """Return a token that can be sent in a header or a query, or None."""
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TOKEN_CHARACTERS:
        return None
    return value if value.isascii() and value.isprintable() and value.strip() == value else None


def _expiry(data: Mapping[str, Any], names: tuple[str, ...], now: float) -> int:
    name = next((each for each in names if data.get(each) is not None), None)
    if name is None:
        raise ValueError(f"{names[0]} is missing")
    try:
        return read_expiry(data[name], now)
    except ValueError as problem:
        raise ValueError(f"{name} {problem}") from None


def _expiry_or(data: Mapping[str, Any], names: tuple[str, ...], now: float, assumed: int) -> int:
    try:
        return _expiry(data, names, now)
    except ValueError:
        return assumed
