"""Reads tokens that an operator gives on the command line or pipes in as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from token_store.token_response import Tokens, parse_token_response, token_data

OPTIONS = {
    "access_token": "--access-token",
    "refresh_token": "--refresh-token",
    "access_token_expire_in": "--access-expires",
    "refresh_token_expire_in": "--refresh-expires",
}
"""Field of the platform's token response -> the option that replaces it."""


class BadTokens(ValueError):
    """Tokens are missing or implausible; the message names the field, never its value."""


def read_tokens(options: Mapping[str, Any], piped: str, now: float) -> Tokens:
    """Combine options with piped JSON: this project's four fields, or the platform's unchanged token response.

    `now` is unix time. Raises BadTokens.
    """
    body: dict[str, Any] = {}
    if piped.strip():
        try:
            parsed = orjson.loads(piped)
        except orjson.JSONDecodeError:
            raise BadTokens("standard input is not JSON") from None
        if not isinstance(parsed, dict):
            raise BadTokens("standard input is not a JSON object")
        if parsed.get("code", 0) != 0 and "access_token" not in parsed:
            raise BadTokens("standard input is an error response from the platform, not a token response")
        body = dict(token_data(parsed))
    body |= {name: value for name, value in options.items() if value is not None}
    try:
        return parse_token_response(body, now)
    except ValueError as problem:
        name, _, rest = str(problem).partition(" ")
        if rest == "is missing":
            raise BadTokens(f"{OPTIONS[name]} is missing (an option, or JSON on standard input)") from None
        raise BadTokens(str(problem)) from None
