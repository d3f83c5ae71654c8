"""What a product is from the beginning, by its place in a repeating pattern: so a million can be counted at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

PERIOD = 1000
DAY = 86400
STATUSES = {
    "DRAFT": 3,
    "SELLER_DEACTIVATED": 5,
    "PLATFORM_DEACTIVATED": 2,
    "FREEZE": 3,
    "DELETED": 3,
    "FAILED": 3,
}
"""Of every thousand products; the others are ACTIVATE."""
BORN_ON_V2, YOUNG, IN_AUDIT = 30, 8, 5


@dataclass(frozen=True, slots=True)
class Fate:
    born_on_v2: bool = False
    status: str = "ACTIVATE"
    age_seconds: int | None = None
    """Of a product created less than a day before this world's start; None = long ago."""
    in_audit: bool = False
    """The seller has just sent it in again; nothing of it differs from what is live."""

    @property
    def audit_status(self) -> str:
        if self.in_audit:
            return "AUDITING"
        return {"DRAFT": "NONE", "DELETED": "NONE", "FAILED": "FAILED"}.get(self.status, "APPROVED")


def make_fates(seed: int) -> tuple[Fate, ...]:
    random = Random(f"fates:{seed}")
    places = iter(random.sample(range(PERIOD), PERIOD))
    fates = [Fate()] * PERIOD
    for _ in range(BORN_ON_V2):
        fates[next(places)] = Fate(born_on_v2=True)
    for status, count in STATUSES.items():
        for _ in range(count):
            fates[next(places)] = Fate(status=status)
    for _ in range(YOUNG):
        fates[next(places)] = Fate(age_seconds=random.randrange(600, DAY - 3600))
    for _ in range(IN_AUDIT):
        fates[next(places)] = Fate(in_audit=True)
    return tuple(fates)


@dataclass(frozen=True, slots=True)
class Fates:
    """The pattern as one shop sees it: shifted, so that shops differ."""

    pattern: tuple[Fate, ...]
    shift: int

    def of(self, index: int) -> Fate:
        return self.pattern[(index + self.shift) % PERIOD]

    def count(self, first: int, last: int, fits: Callable[[Fate], bool]) -> int:
        """How many of the products `first` to `last`, both included, have a fate that fits."""
        if last < first:
            return 0
        places = [place for place, fate in enumerate(self.pattern) if fits(fate)]
        rounds, left = divmod(last - first + 1, PERIOD)
        begin = (first + self.shift) % PERIOD
        return rounds * len(places) + sum((place - begin) % PERIOD < left for place in places)

    def indexes(self, products: int, fits: Callable[[Fate], bool]) -> list[int]:
        """Of those among the first `products` that have a fate that fits; in no order."""
        places = [(place - self.shift) % PERIOD for place, fate in enumerate(self.pattern) if fits(fate)]
        return [index for place in places for index in range(place, products, PERIOD)]
