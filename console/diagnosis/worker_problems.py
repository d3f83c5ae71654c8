"""Reports the problems that workers have published, unless another finding already covers them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from console.diagnosis.finding import Finding, failure, warning
from console.formatting import pluralize

MAX_NAMED = 5
START_AGAIN = "correct it on that machine, then start the worker; a successful start removes this line"


def with_worker_problems(findings: Sequence[Finding], fleet: dict[str, Any]) -> list[Finding]:
    """`fleet`: what `relist status --json` prints."""
    failed = [each for each in findings if each.verdict == "failure"]
    named = {each.cause or each.what.replace(" ", "_") for each in failed}
    added = []
    for each in fleet["problems"]:
        if each["slug"] not in named:
            ids = ", ".join(each["workers"][:MAX_NAMED]) + (" ..." if len(each["workers"]) > MAX_NAMED else "")
            who = f"{len(each['workers']):,} of {pluralize(len(fleet['workers']), 'worker')} since {_at(each['since'])}"
            added.append(failure("workers", f"{who}: {each['what']}", f"on the machines of {ids}", each["slug"]))
    for each in fleet["refused_starts"]:
        if not any(finding.found in each["what"] for finding in failed):
            text = f"one on {each['host']} did not start at {_at(each['at'])}: {each['what']}"
            added.append(warning("workers", text, START_AGAIN, "refused_start"))
    return [*findings, *added]


def _at(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
