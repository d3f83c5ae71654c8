"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "warning", "failure"]
NO_WORKER = "No worker starts until then"


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    verdict: Severity
    found: str
    fix: str = ""
    """The remedy; empty if nothing is wrong."""
    cause: str = ""
    """Stable name of the cause, the same in metrics; empty if nothing is wrong or `what` names it."""
    shops: tuple[str, ...] = ()
    """IDs of the shops it concerns; empty if it does not concern individual shops."""


def ok(what: str, found: str) -> Finding:
    return Finding(what, "ok", found)


def warning(what: str, found: str, fix: str, cause: str = "") -> Finding:
    return Finding(what, "warning", found, fix, cause)


def failure(what: str, found: str, fix: str, cause: str = "") -> Finding:
    return Finding(what, "failure", found, fix, cause)
