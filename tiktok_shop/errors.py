"""One family of errors, one class per remedy. Each has the code, message and request ID, for which the platform's
support asks.

The platform may send business errors with HTTP 200, so the code decides. Only code 0 also needs a status of 2xx. The
codes are data: facts/error_codes.toml and an operator's file.
"""

from __future__ import annotations

import re

from facts.error_codes import Actor, ErrorClass, ErrorCode, ErrorCodes, platform_error_codes


class TikTokShopError(Exception):
    """`str()` is one line for logs and operators. It never contains a token, secret, cipher or signature."""

    def __init__(
        self,
        message: str,
        *,
        code: int = 0,
        endpoint: str = "",
        request_id: str | None = None,
        http_status: int | None = None,
        field: str | None = None,
        entry: ErrorCode | None = None,
    ) -> None:
        """`entry` is the code's entry in the error code table."""
        self.code = code
        self.message = redact(message)
        self.endpoint = endpoint
        self.request_id = request_id
        self.http_status = http_status
        self.field = field or (entry.field if entry else None)
        self.actor: Actor | None = entry.actor if entry else None
        self.remedy = entry.remedy if entry else ""
        self.operators_remedy = entry.remedy if entry and entry.confidence == "operator" else ""
        """The remedy from the operator's file, which the outcome shows."""
        self.app = ""
        """Name of the app that sent the request; empty for the one of RELIST_APP_KEY."""
        self.is_unknown = False
        """No table has the code; the class was guessed from the code's range and the HTTP status."""
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [f"{self.endpoint}: {self.message}" if self.endpoint else self.message]
        if self.code:
            parts.append(f"code {self.code}")
        if self.request_id:
            parts.append(f"request {self.request_id}")
        return ", ".join(parts)


class Throttled(TikTokShopError):
    """Too many requests. The platform did nothing; slow down and send again."""

    retry_after: float | None = None
    """Seconds, if the platform sent a Retry-After header."""


class Transient(TikTokShopError):
    """The platform or the network failed. Try again later."""

    outcome_unknown: bool = False
    """The platform may have executed the request although no usable response arrived."""
    network: str = ""
    """Why no response arrived: `dns`, `connect`, `timeout`, `proxy`, `tls` (a certificate) or `no_tls`; empty if one
    did or the reason is unknown."""


class MalformedResponse(Transient):
    """The response does not have the documented shape, and guessing its meaning could damage a listing."""


class NonApiResponse(MalformedResponse):
    """The response has no envelope: a proxy, an edge server or a maintenance page sent it, not the API."""


class ClockSkewed(Transient):
    """The request was signed at a wrong time. The transport has already corrected its clock (platform_clock.py)."""


class AuthFailed(TikTokShopError):
    """The platform refuses the shop's authorisation."""

    @property
    def can_refresh(self) -> bool:
        """Whether the platform may accept another token."""
        return False


class AccessTokenRefused(AuthFailed):
    """The access token has expired or is not accepted. A refreshed one may be."""

    @property
    def can_refresh(self) -> bool:
        return True


class InvalidShopCipher(AuthFailed):
    """The platform refuses the shop's cipher; another token does not help."""


class InvalidAppCredentials(TikTokShopError):
    """The platform refuses the app key or secret, so every request of every shop fails."""


class UnknownApp(InvalidAppCredentials):
    """A shop belongs to an app whose key and secret this process does not have."""


class TokensUnavailable(TikTokShopError):
    """The access token has expired and could not be refreshed yet. The platform has not refused the refresh token."""


class ShopBlocked(TikTokShopError):
    """The seller's account cannot list products at present, so every edit of this shop fails."""


class QuotaExceeded(TikTokShopError):
    """The shop's daily quota is used up."""


class HourlyQuotaExceeded(QuotaExceeded):
    """The hourly quota of a sandbox shop is used up."""

    retry_after: float | None = None
    """Seconds, if the platform sent a Retry-After header."""


class ProductLocked(TikTokShopError):
    """A campaign or a running edit locks the product. Try again much later."""


class StaleCatalogue(TikTokShopError):
    """The category tree, attributes or rules have changed since they were read. Read them again and plan again once."""

    category_id: str = ""
    """The leaf that the edit was planned for; empty if there was no plan yet."""


class CategoryClosed(StaleCatalogue):
    """The leaf is closed to this seller and was open when the tree was read. Choose another leaf or ask the seller."""


class ProductProblem(TikTokShopError):
    """The product cannot be listed as sent. The seller must decide or supply something."""


class ProductNotFound(TikTokShopError):
    """The product does not exist."""


class BadRequest(TikTokShopError):
    """The request is wrong: a bug in this program or a wrong setting."""


ERROR_TYPES: dict[ErrorClass, type[TikTokShopError]] = {
    "throttled": Throttled,
    "transient": Transient,
    "clock": ClockSkewed,
    "token_expired": AccessTokenRefused,
    "auth_refused": AuthFailed,
    "bad_cipher": InvalidShopCipher,
    "app_credentials": InvalidAppCredentials,
    "quota_hour": HourlyQuotaExceeded,
    "quota_day": QuotaExceeded,
    "shop_blocked": ShopBlocked,
    "product_locked": ProductLocked,
    "product_not_found": ProductNotFound,
    "stale_catalogue": StaleCatalogue,
    "category_closed": CategoryClosed,
    "product_problem": ProductProblem,
    "bad_request": BadRequest,
}
_SECRETS = re.compile(
    r"""(?ix)
    (?<![a-z]) ((?:access|refresh)[_ -]?token | app[_-]?secret | sign(?:ature)? | cipher | auth_code)
    ( ["']?\s*=\s*["']?                                  # sign=..., "sign"="..."
    | ["']?\s*:\s*["']                                   # "sign": "..."
    | ["']?\s*:\s*(?=\S*[\d_]|\S{20})                   # sign: ..., but not `sign: invalid`
    | ["']?\s+["']?(?=[^\s\d]*\d)(?=[^\s"']{8})         # cipher 'ROW_1...', but not `the 'sign' parameter`
    ) [^\s&"',}]+
    """
)


def redact(text: str) -> str:
    """Mask the values of secrets, keep the words around them, and cut the text to 500 characters."""
    return _SECRETS.sub(r"\1\2***", text)[:500]


def make_error(
    code: int, message: str, http_status: int, endpoint: str, request_id: str | None, codes: ErrorCodes | None = None
) -> TikTokShopError:
    """Build the error of an envelope; `message` may be longer than the text that classified it."""
    entry = (codes or platform_error_codes()).find(code, message)
    kind = ERROR_TYPES[entry.error_class] if entry else _type_of_unknown(code, http_status)
    error = kind(message, code=code, endpoint=endpoint, request_id=request_id, http_status=http_status, entry=entry)
    error.is_unknown = entry is None
    return error


def classify(code: int, message: str, http_status: int) -> type[TikTokShopError]:
    """Return the error class of a code by the table that ships with the project."""
    entry = platform_error_codes().find(code, message)
    return ERROR_TYPES[entry.error_class] if entry else _type_of_unknown(code, http_status)


def _type_of_unknown(code: int, http_status: int) -> type[TikTokShopError]:
    """Guess: codes between 12 and 13 million are about products and shops, otherwise the HTTP status decides."""
    if 12_000_000 <= code < 13_000_000:
        return ProductProblem
    if http_status == 429:
        return Throttled
    if http_status >= 500 or http_status == 408:
        return Transient
    if http_status == 401:
        return AccessTokenRefused
    if http_status == 403:
        return AuthFailed
    return BadRequest
