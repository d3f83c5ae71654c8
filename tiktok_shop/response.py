"""Turns a response into data or an error. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from facts.error_codes import ErrorCodes
from tiktok_shop.endpoints import Endpoint
from tiktok_shop.errors import (
    HourlyQuotaExceeded,
    MalformedResponse,
    NonApiResponse,
    Throttled,
    TikTokShopError,
    Transient,
    make_error,
)

MAX_RETRY_AFTER_SECONDS = 3600.0
"""A longer Retry-After is treated as a mistake and shortened to this."""

LONGEST_CODE = 12
"""Maximum number of digits of an error code."""


@dataclass(frozen=True, slots=True)
class Response:
    data: dict[str, Any]
    request_id: str | None


def parse_response(
    endpoint: Endpoint,
    status: int,
    raw: bytes | bytearray,
    retry_after: float | None,
    codes: ErrorCodes | None = None,
) -> Response | TikTokShopError:
    """Parse the envelope `{code, message, data, request_id}` into its data or the error it reports.

    `codes` classifies the error codes; the default is the table that ships with the project.
    """
    try:
        envelope, is_clean = _load(raw)
        # Compare types exactly: to Python, True and False are integers.
        if not isinstance(envelope, dict):
            raise ValueError
        code, data = _code(envelope.get("code")), envelope.get("data")
    except (ValueError, RecursionError):
        return _error_without_envelope(endpoint, status, retry_after)
    request_id = _short_text(envelope.get("request_id")) or None
    if code == 0:
        if not 200 <= status < 300:
            return malformed(endpoint, f"HTTP {status} with code 0", status, request_id)
        if data is not None and not isinstance(data, dict):
            return malformed(endpoint, "data is not an object", status, request_id)
        if not is_clean and not endpoint.parses_rows:
            return malformed(endpoint, "the response contains text that is not valid Unicode", status, request_id)
        return Response(data or {}, request_id)
    message = "; ".join((_short_text(envelope.get("message")), *_extra_errors(data)))
    error = make_error(code, message, status, endpoint.name, request_id, codes)
    if isinstance(error, Throttled | HourlyQuotaExceeded):
        error.retry_after = retry_after
    return error


def _code(value: Any) -> int:
    """The code, which may come as a string of digits. Raises ValueError."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= LONGEST_CODE:
        return int(value)
    raise ValueError


def _load(raw: bytes | bytearray) -> tuple[Any, bool]:
    """Return the JSON value, and whether all its text is valid Unicode. Raises ValueError, RecursionError.

    orjson refuses a whole page for one title that was cut in the middle of an emoji. The standard library keeps such
    text as lone surrogates, so that only the row concerned is lost.
    """
    try:
        return orjson.loads(raw), True
    except orjson.JSONDecodeError:
        text = raw.decode("utf-8", "surrogateescape")
        return json.loads(text, parse_constant=_refuse_constant), False


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def malformed(endpoint: Endpoint, message: str, status: int, request_id: str | None = None) -> MalformedResponse:
    """Build the error for a response of an unexpected shape."""
    error = MalformedResponse(message, endpoint=endpoint.name, request_id=request_id, http_status=status)
    error.outcome_unknown = endpoint.access == "write"
    return error


def retry_after_seconds(header: str | None) -> float | None:
    """Parse a Retry-After header, which holds seconds or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    # `max` turns NaN into zero.
    return min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS)


def _extra_errors(value: Any, depth: int = 4) -> list[str]:
    """Collect the messages of every `extra_errors` list in the data: 12052990 only says that there are some."""
    if depth == 0 or not isinstance(value, dict | list):
        return []
    if isinstance(value, list):
        return [message for each in value[:10] for message in _extra_errors(each, depth - 1)]
    messages = []
    for name, each in value.items():
        if name == "extra_errors" and isinstance(each, list):
            messages += [
                f"{_short_text(extra.get('message'))} ({_short_text(extra.get('code'))})"
                for extra in each[:10]
                if isinstance(extra, dict) and extra.get("message")
            ]
        else:
            messages += _extra_errors(each, depth - 1)
    return messages


def _error_without_envelope(endpoint: Endpoint, status: int, retry_after: float | None) -> TikTokShopError:
    if status == 429:
        throttled = Throttled("too many requests", endpoint=endpoint.name, http_status=status)
        throttled.retry_after = retry_after
        return throttled
    # This includes 401 and 403: the platform itself reports a bad token in an envelope.
    error: Transient = (
        Transient(f"HTTP {status}", endpoint=endpoint.name, http_status=status)
        if status >= 500
        else NonApiResponse(f"HTTP {status} without an envelope", endpoint=endpoint.name, http_status=status)
    )
    error.outcome_unknown = endpoint.access == "write"
    return error


def _short_text(value: Any) -> str:
    text = str(value)[:500] if isinstance(value, str | int | float) else ""
    return text.encode("utf-8", "replace").decode()
