"""Random cases for the job that follows an audit: its knowledge, and the versions that the platform shows."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Content = Literal["", "edit", "old", "sellers", "reweighed", "damaged"]
"""A version of the product: with the edit, as before it, with another title or weight, or without its description."""


@dataclass(frozen=True, slots=True)
class AuditCase:
    age: int
    """Seconds since the edit was accepted."""
    has_entry: bool
    """The record has the edit."""
    kept_leaf: bool
    """The product was in the leaf of the edit before."""
    off_sale: bool
    repeats: bool
    """The decision may be carried out once more."""
    has_waited: bool
    notice: Literal["", "APPROVED", "FAILED"]
    is_old_notice: bool
    """It may concern an earlier audit."""
    is_in_audit: bool
    """A search shows the product in audit."""
    confirmed: bool | float
    """Result of a search for many products: it is live, it must be read, or the seconds until a search."""
    look: Literal["", "due", "done", "late"]
    """The read-back of the edit; empty without a rollout."""
    looks: int
    has_differed: bool
    """The last look found a difference."""
    version: Content
    """The version under review; empty if there is none."""
    live: Content
    leaf: Literal["edit", "old", "other"]
    """The leaf of the live version."""
    status: Literal["APPROVED", "FAILED", "AUDITING", "PRE_APPROVED", "STRANGE", ""]
    sale: Literal["ACTIVATE", "SELLER_DEACTIVATED", "DELETED", "FREEZE"]
    is_on_v2: bool


def draw_audit_case(random: Random) -> AuditCase:
    def often(share: float) -> bool:
        return random.random() < share

    def one(*choices: Any) -> Any:
        return random.choice(choices)

    live = one("edit", "edit", "old", "sellers", "reweighed", "damaged")
    return AuditCase(
        age=one(5, 45, 130, 4_000),
        has_entry=often(0.85),
        kept_leaf=often(0.4),
        off_sale=often(0.25),
        repeats=often(0.6),
        has_waited=often(0.2),
        notice=one("", "", "APPROVED", "FAILED"),
        is_old_notice=often(0.25),
        is_in_audit=often(0.2),
        confirmed=one(True, False, False, False, 2.0),
        look=one("", "due", "due", "done", "late"),
        looks=one(0, 0, 9),
        has_differed=often(0.4),
        version=one("", "", "", "edit", "old", "damaged"),
        live=live,
        leaf=one("edit", "edit", "edit", "old", "other") if live != "old" else "old",
        status=one("APPROVED", "APPROVED", "APPROVED", "FAILED", "AUDITING", "PRE_APPROVED", "STRANGE", ""),
        sale=one("ACTIVATE", "ACTIVATE", "ACTIVATE", "SELLER_DEACTIVATED", "DELETED", "FREEZE"),
        is_on_v2=often(0.5),
    )
