"""The possible results of an experiment, and the errors that stop one."""

from __future__ import annotations

from dataclasses import dataclass

from facts.fact import Position


@dataclass(frozen=True, slots=True)
class Measured:
    """The position of a fact's switch."""

    fact_id: str
    value: Position
    evidence: str
    """The request and the platform's response, in one line."""
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """A fact without a switch was checked."""

    fact_id: str
    agrees: bool
    evidence: str
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotMeasured:
    fact_id: str
    reason: str


Finding = Measured | Observed | NotMeasured


class Inconclusive(Exception):
    """The experiment cannot decide; the message is the reason, for the operator."""


class TryAgain(Inconclusive):
    """Chance interfered, for example a lost response or a rejected review; another product may give a result."""


class QuotaUsed(Inconclusive):
    """The hourly quota of the development shop is used up, so no further request would succeed."""
