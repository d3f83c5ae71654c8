"""One family of errors, told apart by what to do about them, each carrying what support will ask for.

The platform may send business errors with HTTP 200, so the code decides, never the HTTP status alone. Codes and their
meaning: the partner documentation; which class a code belongs to is our inference except for throttling and expiry.
"""

from __future__ import annotations

import re


class TikTokShopError(Exception):
    """`str()` is one line fit for a person; no token, secret, cipher or signature is ever part of it."""

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
    """Too many requests: pace down; no attempt was made."""

    retry_after: float | None = None
    """Seconds, when the platform told."""


class Transient(TikTokShopError):
    """The platform or the network failed: try again later."""

    outcome_unknown: bool = False
    """The request may have been carried out although no answer came."""


class MalformedResponse(Transient):
    """The answer is not what the endpoint promises, and a guess could damage a listing."""


class NonApiResponse(MalformedResponse):
    """Without an envelope: a proxy, an edge or a maintenance page has answered, which says nothing of the request."""


class ClockSkewed(Transient):
    """The request was signed at the wrong time; the clock has been set by the answer (platform_clock.py)."""


class AuthFailed(TikTokShopError):
    """The token is not accepted; a refresh has been tried when it could help."""

    @property
    def expired(self) -> bool:
        """Whether another token may be accepted where this one was not."""
        return self.code in EXPIRED_CODES


class InvalidShopCipher(AuthFailed):
    """The shop's cipher is no good, which no other token mends."""

    @property
    def expired(self) -> bool:
        return False


class InvalidAppCredentials(TikTokShopError):
    """The app's key or secret is not accepted: nothing of any shop will go through with these settings."""


class TokensUnavailable(TikTokShopError):
    """The access token has ended and no new one could be had for now; nobody has refused one."""


class ShopBlocked(TikTokShopError):
    """The seller's account can not list at all for now: nothing of this shop will go through."""


class QuotaExceeded(TikTokShopError):
    """The shop's daily quota is used up."""


class ProductLocked(TikTokShopError):
    """Something holds the product (a campaign, a running edit): try much later."""


class StaleCatalogue(TikTokShopError):
    """The tree, the attributes or the rules have changed since they were read: refresh, then plan again once."""

    category_id: str = ""
    """The leaf that was planned for; empty when it was not come to that."""


class CategoryClosed(StaleCatalogue):
    """The leaf is not open to this seller, and was when the tree was read: without another leaf the seller must act."""


class ProductProblem(TikTokShopError):
    """The product as sent can not be listed: a person must decide or supply something."""


class ProductNotFound(TikTokShopError):
    """The product does not exist."""


class BadRequest(TikTokShopError):
    """The request itself is wrong: a mistake in this program or its settings."""


EXPIRED_CODES = frozenset({105002, 36009004})
"""36009004 has many meanings; of an AuthFailed it is that the token is no good."""
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
"""What of the edit a code is about, first and last code of each range; the platform names no field."""
_CLASS_OF = {code: kind for kind, codes in _CODES.items() for code in codes}
_MESSAGES_OF_36009004: tuple[tuple[re.Pattern[str], type[TikTokShopError]], ...] = (
    (re.compile("too many"), Throttled),
    (re.compile("timestamp"), ClockSkewed),
    (re.compile("app[_ -]?(key|secret)"), InvalidAppCredentials),
    (re.compile("(invalid|bad|wrong|mismatch).*cipher|cipher.*(invalid|wrong|mismatch)"), InvalidShopCipher),
    (re.compile("(?<!page)(?<!page[_ -])token"), AuthFailed),
)
"""What the dozen failures of one code are told apart by; their exact words are not published."""
_SECRETS = re.compile(
    r"(?i)(?<![a-z])((?:access|refresh)[_ -]?token|app[_-]?secret|sign|cipher|auth_code)"
    r"(\s*[\"'=:][\"'=:\s]*|\s+(?=[^\s\d]*\d)(?=\S{8}))[^\s&\"',}]+"
)
"""A name and its value. `Design is required` and `sign in` are for people: after mere space a value has a digit."""


def redact(text: str) -> str:
    """The text without the values of anything secret, cut to 500 characters."""
    return _SECRETS.sub(r"\1\2***", text)[:500]


def field_of(code: int) -> str | None:
    """The part of a product that a refusal with this code speaks of, as the edit's body names it."""
    for name, ranges in _FIELDS.items():
        if any(first <= code <= last for first, last in ranges):
            return name
    return None


def classify(code: int, message: str, http_status: int) -> type[TikTokShopError]:
    """What to do about an answer, by its code; by HTTP status only when there is no code to go by."""
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
