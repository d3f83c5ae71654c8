"""Page sizes and page tokens."""

from __future__ import annotations

from simulator.api_error import ApiError
from simulator.call import Call

MOST = 100


def page_size(call: Call, default: int | None = None) -> int:
    """Raises ApiError."""
    size = call.query("page_size")
    if not size and default is not None:
        return default
    if not size.isdigit() or not 1 <= int(size) <= MOST:
        raise ApiError(12019109, f"page_size must be between 1 and {MOST}")
    return int(size)


def page_start(call: Call) -> int:
    """The offset encoded in the page token of a short list. Raises ApiError."""
    token = call.query("page_token") or "0"
    if not token.isdigit():
        raise ApiError(12019108, "page_token is invalid")
    return int(token)
