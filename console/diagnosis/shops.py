"""Turns an inspection of the shops into findings, one per cause. Pure."""

from __future__ import annotations

from authorisation.inspection import UNCHECKED, WARNINGS, Inspection
from console.diagnosis.finding import Finding, ok
from console.formatting import pluralize

DAY = 86_400


def shop_findings(inspection: Inspection, now: float) -> list[Finding]:
    """`now`: unix time. Causes that stop work come first, then those that concern the most shops."""
    causes = sorted(inspection.found.items(), key=lambda each: (each[0].slug in WARNINGS, -len(each[1]), each[0].what))
    findings = [
        Finding(
            "shops",
            "warning" if cause.slug in WARNINGS else "failure",
            f"{cause.what} ({len(ids):,} of {pluralize(inspection.shops, 'shop')})",
            cause.fix,
            cause.slug,
            tuple(sorted(ids)),
        )
        for cause, ids in causes
    ]
    broken = {each for cause, ids in causes if cause.slug not in WARNINGS for each in ids}
    throttled = {each for cause, ids in causes if cause.slug == UNCHECKED for each in ids}
    known = inspection.inspected + inspection.taken_over
    if fine := known - len(broken | throttled):
        text = f"{fine:,} of {pluralize(inspection.shops, 'shop')} are authorised and active"
        if inspection.earliest_expiry is not None and inspection.earliest_expiry > now:
            text += f"; the first authorisation expires in {(inspection.earliest_expiry - now) / DAY:.0f} days"
        findings.append(ok("shops", text))
    if missing := inspection.shops - known:
        findings.append(ok("shops", f"{pluralize(missing, 'shop')} of {inspection.shops:,} were not checked"))
    return findings
