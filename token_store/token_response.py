"""The tokens of an account, and how the platform's token response is read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tiktok_shop.errors import MalformedResponse


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires: int
    """Unix seconds: the platform's `*_expire_in` are timestamps, not durations."""
    refresh_expires: int


def parse_token_response(data: dict[str, Any]) -> Tokens:
    """Parse the response of `token_get` or `token_refresh`. Raises MalformedResponse if a field is missing."""
    access, refresh = data.get("access_token"), data.get("refresh_token")
    expires, refresh_expires = data.get("access_token_expire_in"), data.get("refresh_token_expire_in")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise MalformedResponse("a token is missing in the response", endpoint="token_refresh")
    if not (isinstance(expires, int) and isinstance(refresh_expires, int)):
        raise MalformedResponse("an expiry is missing in the response", endpoint="token_refresh")
    return Tokens(access, refresh, expires, refresh_expires)
