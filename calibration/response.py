"""One response from the platform, reduced to the parts that experiments use. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from facts.error_codes import platform_error_codes
from tiktok_shop.errors import redact

NO_ENVELOPE = -1
_ABOUT_THE_BODY = ("product_problem", "bad_request", "category_closed", "stale_catalogue")


@dataclass(frozen=True, slots=True)
class RawResponse:
    status: int
    """HTTP status."""
    code: int
    """0 = success; NO_ENVELOPE = the response did not come from the API."""
    message: str
    data: Mapping[str, Any]
    request_id: str
    retry_after: str | None

    @property
    def accepted(self) -> bool:
        return self.code == 0

    @property
    def kind(self) -> str:
        """The class of the error code in facts/error_codes.toml; empty for a success or an unknown code."""
        entry = platform_error_codes().find(self.code, self.message) if self.code > 0 else None
        return entry.error_class if entry else ""

    @property
    def is_throttled(self) -> bool:
        return self.kind == "throttled" or (self.status == 429 and self.kind != "quota_hour")

    @property
    def is_transient(self) -> bool:
        """The response did not come from the API, or reports a failure of the API."""
        return self.code == NO_ENVELOPE or self.kind in ("transient", "clock") or (self.status >= 500 and not self.kind)

    @property
    def has_refused_token(self) -> bool:
        return self.kind == "token_expired" or (self.status == 401 and self.kind in ("", "auth_refused"))

    @property
    def refuses_the_body(self) -> bool:
        """Whether the platform refused the content of the request, as opposed to a token, a limit or its own
        failure.
        """
        return self.code > 0 and self.kind in ("", *_ABOUT_THE_BODY)

    def __str__(self) -> str:
        if self.accepted:
            return f"accepted (HTTP {self.status})"
        if self.code == NO_ENVELOPE:
            return f"HTTP {self.status} without an envelope"
        return f"refused with {self.code} {self.message!r} (HTTP {self.status})"


def read_response(status: int, raw: bytes | bytearray, retry_after: str | None) -> RawResponse:
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError:
        envelope = None
    if not isinstance(envelope, dict) or type(envelope.get("code")) is not int:
        return RawResponse(status, NO_ENVELOPE, "", {}, "", retry_after)
    data, message, request_id = envelope.get("data"), envelope.get("message"), envelope.get("request_id")
    return RawResponse(
        status,
        envelope["code"],
        redact(message) if isinstance(message, str) else "",
        data if isinstance(data, dict) else {},
        request_id if isinstance(request_id, str) else "",
        retry_after,
    )


def rows(data: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a list and skip everything else."""
    found = data.get(name)
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def text(data: Mapping[str, Any], name: str) -> str:
    """Return a field as text, or an empty string if it is missing or neither text nor a number."""
    value = data.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def request_ids(*responses: RawResponse) -> tuple[str, ...]:
    return tuple(each.request_id for each in responses if each.request_id)
