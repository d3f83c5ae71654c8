"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    verdict: Severity
    found: str
    fix: str = ""
    """The remedy; empty if nothing is wrong."""


def ok(what: str, found: str) -> Finding:
    return Finding(what, "ok", found)


def warning(what: str, found: str, fix: str) -> Finding:
    return Finding(what, "warning", found, fix)


def failure(what: str, found: str, fix: str) -> Finding:
    return Finding(what, "failure", found, fix)
