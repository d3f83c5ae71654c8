"""Learns which features of a product the platform refuses for a reason that is documented nowhere. Pure.

The first edits with a feature find out. After MOST_TRIES refusals with one code, further products with the feature are
asked for without an edit. An accepted edit with the feature speaks against it as the cause, so each one multiplies the
refusals that are needed. A later acceptance, or the expiry of the counts, ends what was learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from model.outcome import Reason
from relisting.validate.features import Feature

MOST_TRIES = 3
TRIES_PER_ACCEPTANCE = 10
"""Further tries, in multiples of MOST_TRIES, for each accepted edit: 33 refusals beside one acceptance."""


@dataclass(frozen=True, slots=True)
class RefusalCount:
    feature: str
    code: str
    """The platform's error code."""
    message: str
    """The platform's words for the last of them."""
    refused: int
    accepted: int
    """Edits with the feature that the platform accepted since the first refusal."""

    @property
    def is_learned(self) -> bool:
        return self.refused >= MOST_TRIES * (1 + TRIES_PER_ACCEPTANCE * self.accepted)


Refusals = Mapping[str, RefusalCount]
"""Learned refusals by feature id."""


def learned(counts: Iterable[RefusalCount]) -> dict[str, RefusalCount]:
    """By feature; of several codes, the one that came most often."""
    return {each.feature: each for each in sorted(counts, key=lambda each: each.refused) if each.is_learned}


def blamed(feature_fields: Mapping[str, str], error_field: str | None) -> list[str]:
    """Ids of the features that may have caused a refusal. `feature_fields`: feature id -> field.

    An error about another field rules a feature out; an error without a field may be about any.
    """
    top = (error_field or "").partition(".")[0].partition("[")[0]
    return [feature for feature, field in feature_fields.items() if not top or field == top]


def refusal_reasons(found: Iterable[Feature], refusals: Refusals) -> tuple[Reason, ...]:
    """One reason per learned feature of a product, in words for the seller."""
    reasons: dict[str, Reason] = {}
    for feature in found:
        if count := refusals.get(feature.id):
            message = (
                f"{feature.statement} The platform refused {count.refused} other products with this"
                f" ({count.message}). Correct it in Seller Center, then answer done."
            )
            reasons.setdefault(feature.id, Reason(count.code, message, "seller", feature.field))
    return tuple(reasons.values())
