"""The initial state of each product, from a repeating pattern so that a million products are counted quickly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

PERIOD = 1000
DAY = 86400
STATUSES = ("DRAFT", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED", "FAILED", "PENDING")
TRAITS = ("BORN_ON_V2", *STATUSES, "YOUNG", "IN_AUDIT", "SELLER_EDIT", "DELETED_IN_DETAIL", "KYC_PENDING")
"""Names for which a profile gives products per thousand; all other products are plain and live."""


@dataclass(frozen=True, slots=True)
class Traits:
    born_on_v2: bool = False
    status: str = "ACTIVATE"
    """The status in search results."""
    age_seconds: int | None = None
    """Set for a product created less than a day before the world's start; otherwise None."""
    in_audit: bool = False
    """Whether it was resubmitted unchanged: the version under review equals the live one."""
    seller_edit: bool = False
    """Whether a change by the seller is under review: the version under review differs from the live one."""
    deleted_in_detail: bool = False
    """Whether search shows it as live but Get Product as DELETED."""
    kyc_pending: bool = False
    """Whether its audit passed but the seller's identity is not yet verified."""

    @property
    def audit_status(self) -> str:
        if self.in_audit or self.seller_edit:
            return "AUDITING"
        if self.kyc_pending:
            return "PRE_APPROVED"
        return {"DRAFT": "NONE", "DELETED": "NONE", "FAILED": "FAILED"}.get(self.status, "APPROVED")

    @property
    def detail_status(self) -> str:
        return "DELETED" if self.deleted_in_detail else self.status


def make_traits(seed: int, rates: Mapping[str, int]) -> tuple[Traits, ...]:
    """`rates` are products per thousand, by the names in TRAITS."""
    random = Random(f"fates:{seed}")
    places = iter(random.sample(range(PERIOD), PERIOD))
    pattern = [Traits()] * PERIOD
    for name in TRAITS:
        for _ in range(rates.get(name, 0)):
            pattern[next(places)] = _traits(name, random)
    return tuple(pattern)


def _traits(name: str, random: Random) -> Traits:
    if name == "PENDING":
        return Traits(status="PENDING", in_audit=True)
    if name in STATUSES:
        return Traits(status=name)
    if name == "YOUNG":
        return Traits(age_seconds=random.randrange(600, DAY - 3600))
    return {
        "BORN_ON_V2": Traits(born_on_v2=True),
        "IN_AUDIT": Traits(in_audit=True),
        "SELLER_EDIT": Traits(seller_edit=True),
        "DELETED_IN_DETAIL": Traits(deleted_in_detail=True),
        "KYC_PENDING": Traits(kyc_pending=True),
    }[name]


@dataclass(frozen=True, slots=True)
class TraitPattern:
    """The trait pattern of one shop, shifted so that shops differ."""

    pattern: tuple[Traits, ...]
    shift: int

    def of(self, index: int) -> Traits:
        return self.pattern[(index + self.shift) % PERIOD]

    def count(self, first: int, last: int, fits: Callable[[Traits], bool]) -> int:
        """Number of products from `first` to `last` (inclusive) with matching traits."""
        if last < first:
            return 0
        places = [place for place, traits in enumerate(self.pattern) if fits(traits)]
        rounds, left = divmod(last - first + 1, PERIOD)
        begin = (first + self.shift) % PERIOD
        return rounds * len(places) + sum((place - begin) % PERIOD < left for place in places)

    def indexes(self, products: int, fits: Callable[[Traits], bool]) -> list[int]:
        """Indexes below `products` with matching traits, unordered."""
        places = [(place - self.shift) % PERIOD for place, traits in enumerate(self.pattern) if fits(traits)]
        return [index for place in places for index in range(place, products, PERIOD)]
