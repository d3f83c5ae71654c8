"""Learns which features of a product the platform refuses for undocumented reasons. Pure.

The first edits with a feature test it. After MAX_TRIES refusals with one code, further products with the feature need
input and are not sent. An accepted edit with the feature is evidence against it as the cause, so each one multiplies
the number of refusals needed. A later acceptance or the expiry of the counts ends a learned refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from model.outcome import Reason
from relisting.validate.features import Feature
from relisting.validate.tolerance import DRAFT_FEATURE

MAX_TRIES = 3
TRIES_PER_ACCEPTANCE = 10
"""Additional tries per accepted edit, in multiples of MAX_TRIES: with one acceptance, 33 refusals are needed."""


@dataclass(frozen=True, slots=True)
class RefusalCount:
    feature: str
    code: str
    """The platform's error code."""
    message: str
    """The platform's message for the latest refusal."""
    refused: int
    accepted: int
    """Number of edits with the feature accepted since the first refusal."""

    @property
    def is_learned(self) -> bool:
        return self.refused >= MAX_TRIES * (1 + TRIES_PER_ACCEPTANCE * self.accepted)


Refusals = Mapping[str, RefusalCount]
"""Learned refusals by feature id."""


def learned(counts: Iterable[RefusalCount]) -> dict[str, RefusalCount]:
    """Learned refusals by feature, with the most frequent code of each."""
    return {each.feature: each for each in sorted(counts, key=lambda each: each.refused) if each.is_learned}


def blamed(feature_fields: Mapping[str, str], error_field: str | None, code: int = 0) -> list[str]:
    """Ids of the features that may have caused a refusal. `feature_fields` maps feature ids to fields.

    A feature named after the error's code explains it alone. An error about another field rules a feature out.
    An error without a field may concern any feature.
    """
    if f"{DRAFT_FEATURE}{code}" in feature_fields:
        return [f"{DRAFT_FEATURE}{code}"]
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
