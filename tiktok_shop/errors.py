"""One family of errors, one class per remedy. Each carries the code, message and request id that support asks for.

The platform may send business errors with HTTP 200, so the code decides, never the HTTP status alone. Codes and their
meaning come from the partner documentation; the class of a code is our inference except for throttling and expiry.
"""

from __future__ import annotations

import re


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
    ) -> None:
        self.code = code
        self.message = redact(message)
        self.endpoint = endpoint
        self.request_id = request_id
        self.http_status = http_status
        self.field = field
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


class MalformedResponse(Transient):
    """The response does not have the documented shape, and guessing its meaning could damage a listing."""


class NonApiResponse(MalformedResponse):
    """The response has no envelope: a proxy, an edge server or a maintenance page sent it, not the API."""


class ClockSkewed(Transient):
    """The request was signed at a wrong time. The transport has already corrected its clock (platform_clock.py)."""


class AuthFailed(TikTokShopError):
    """The platform refuses the access token, also after a refresh where that could help."""

    @property
    def can_refresh(self) -> bool:
        """Whether the platform may accept another token."""
        return self.code in EXPIRED_CODES


class InvalidShopCipher(AuthFailed):
    """The platform refuses the shop's cipher; another token does not help."""

    @property
    def can_refresh(self) -> bool:
        return False


class InvalidAppCredentials(TikTokShopError):
    """The platform refuses the app key or secret, so every request of every shop fails."""


class TokensUnavailable(TikTokShopError):
    """The access token has expired and could not be refreshed yet. The platform has not refused the refresh token."""


class ShopBlocked(TikTokShopError):
    """The seller's account cannot list products at present, so every edit of this shop fails."""


class QuotaExceeded(TikTokShopError):
    """The shop's daily quota is used up."""


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


EXPIRED_CODES = frozenset({105002, 36009004})
"""36009004 has many meanings; an AuthFailed with this code is always about the token."""
_CODES: dict[type[TikTokShopError], frozenset[int]] = {
    Throttled: frozenset({36009002}),
    Transient: frozenset({36009003, 36009007, 33001002, 12001000, 12052881}),
    AuthFailed: frozenset({105002, 105005, 12009014, 12019114, 36004004, 36009033}),
    InvalidShopCipher: frozenset({101000, 1010000}),
    InvalidAppCredentials: frozenset({106001}),
    ShopBlocked: frozenset({12019215, 12052419, 12052585, 12052700, 12052703, 12052704, 12052995}),
    QuotaExceeded: frozenset({12052093, 12052109}),
    ProductLocked: frozenset({12052038, 12019045, 12052393, 12052371, 12052901, 12052332}),
    StaleCatalogue: frozenset(
        {
            *(12052217, 12052230, 12052024, 12052023, 12052025),
            *(12052104, 12052182, 12052183, 12052240, 12052246, 12052247, 12052527, 12052529),
        }
    ),
    CategoryClosed: frozenset({12052220, 12052221, 12052225, 12052227}),
    ProductNotFound: frozenset({12019150, 12052032, 12052034, 12052048, 12052260}),
    BadRequest: frozenset({106013, 36009004, 36009009, 36009010, 36009014, 36009021, 36009022, 36009023, 98001004}),
}
_FIELDS: dict[str, tuple[tuple[int, int], ...]] = {
    "title": ((12052051, 12052051), (12052261, 12052263), (12052931, 12052931)),
    "description": (
        *((12019006, 12019006), (12052013, 12052015), (12052056, 12052056), (12052340, 12052352), (12052932, 12052932)),
    ),
    "brand_id": ((12019013, 12019013), (12052026, 12052026), (12052200, 12052208)),
    "category_id": ((12052002, 12052002), (12052023, 12052025), (12052217, 12052221), (12052223, 12052230)),
    "product_attributes": (
        *((12052104, 12052104), (12052151, 12052151), (12052157, 12052157), (12052182, 12052183)),
        *((12052240, 12052256), (12052529, 12052529), (12052935, 12052935)),
    ),
    "certifications": ((12052105, 12052105), (12052385, 12052385), (12052650, 12052658)),
    "package_weight": ((12019011, 12019011), (12052006, 12052006), (12052181, 12052181)),
    "package_dimensions": ((12019012, 12019012), (12052003, 12052005), (12052116, 12052116)),
    "size_chart": ((5001001, 5001001), (12052128, 12052128), (12052670, 12052673)),
    "manufacturer_ids": ((12052282, 12052285), (12052295, 12052295)),
    "responsible_person_ids": ((12052287, 12052290), (12052296, 12052296)),
    "main_images": ((12052028, 12052028), (12052300, 12052306)),
    "is_cod_allowed": ((12052222, 12052222),),
    "skus": (
        *((12019056, 12019059), (12052050, 12052050), (12052054, 12052054), (12052152, 12052153)),
        *((12052486, 12052486), (12052520, 12052528), (12052550, 12052560), (12052591, 12052600), (12052902, 12052902)),
    ),
}
"""Field of the edit that a code is about, as ranges of first and last code. The platform itself names no field."""
_CLASS_OF = {code: kind for kind, codes in _CODES.items() for code in codes}
_MESSAGES_OF_36009004: tuple[tuple[re.Pattern[str], type[TikTokShopError]], ...] = (
    (re.compile("too many"), Throttled),
    (re.compile("timestamp"), ClockSkewed),
    (re.compile("app[_ -]?(key|secret)"), InvalidAppCredentials),
    (re.compile("(invalid|bad|wrong|mismatch).*cipher|cipher.*(invalid|wrong|mismatch)"), InvalidShopCipher),
    (re.compile("(?<!page)(?<!page[_ -])token"), AuthFailed),
)
"""Patterns that distinguish the dozen failures behind one code. The exact messages are not published."""
_SECRETS = re.compile(
    r"(?i)(?<![a-z])((?:access|refresh)[_ -]?token|app[_-]?secret|sign|cipher|auth_code)"
    r"(\s*[\"'=:][\"'=:\s]*|\s+(?=[^\s\d]*\d)(?=\S{8}))[^\s&\"',}]+"
)
"""A secret's name and value. After mere space a value must contain a digit, so that `sign in` stays readable."""


def redact(text: str) -> str:
    """Mask the values of secrets and cut the text to 500 characters."""
    return _SECRETS.sub(r"\1\2***", text)[:500]


def field_for_code(code: int) -> str | None:
    """Return the field of an edit's body that a code is about, or None."""
    for name, ranges in _FIELDS.items():
        if any(first <= code <= last for first, last in ranges):
            return name
    return None


def classify(code: int, message: str, http_status: int) -> type[TikTokShopError]:
    """Return the error class of a response, by its code; by HTTP status only for unknown codes."""
    if code == 36009004:
        lowered = message.lower()
        for words, kind in _MESSAGES_OF_36009004:
            if words.search(lowered):
                return kind
    if kind_of_code := _CLASS_OF.get(code):
        return kind_of_code
    if 12000000 <= code < 13000000 or code in (5001001, 11050001):
        return ProductProblem
    if http_status == 429:
        return Throttled
    if http_status >= 500 or http_status == 408:
        return Transient
    if http_status in (401, 403):
        return AuthFailed
    return BadRequest
