"""Reports that workers get no response from the platform. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from authorisation.causes import NO_RESPONSE
from console.diagnosis.finding import Finding, failure
from console.obstacles import CONSEQUENCE, outage_text

MAX_NAMED = 5


def with_outage(findings: Sequence[Finding], fleet: dict[str, Any], now: float) -> list[Finding]:
    """Add a finding, or add the start of the outage to a finding with the same cause.

    `fleet`: the output of `relist status --json`. `now`: Unix seconds.
    """
    outage = fleet["outage"]
    if outage is None:
        return list(findings)
    text = outage_text(outage, len(fleet["workers"]), now)
    explained = [each for each in findings if each.verdict == "failure" and each.cause in NO_RESPONSE]
    if explained:
        since = text.removesuffix(f": {outage['what']}") if outage["what"] in explained[0].found else text
        first = replace(explained[0], found=f"{explained[0].found}; {since}")
        return [first if each is explained[0] else each for each in findings]
    named = ", ".join(outage["workers"][:MAX_NAMED]) + (" ..." if len(outage["workers"]) > MAX_NAMED else "")
    fix = f"{outage['fix']}, where these workers run: {named}; {CONSEQUENCE}"
    return [*findings, failure("platform", text, fix, outage["cause"])]
