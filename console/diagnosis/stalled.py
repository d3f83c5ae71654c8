"""Reports stalled shops, except where another finding already names the cause. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from console.diagnosis.finding import Finding, failure, warning
from console.formatting import format_duration, pluralize
from console.stalled_shops import earliest_resume, group_stalled, list_ids
from monitoring.park_reasons import park_label

SHARED_CAUSES = {"record": "record", "platform": "API", "token_service": "token API"}
"""Label of a park reason -> the finding that names its cause for all shops."""
SELF_ENDING = frozenset({"quota", "market", "platform"})
"""Labels of park reasons that end without anybody acting."""
OF_SETTINGS = frozenset({"allow_list", "app_credentials", "token_key"})
"""Labels of park reasons caused by the settings or the network of the worker that parked the shop."""
OTHER_WORKER = (
    "the platform accepts this machine's settings: correct those of the worker that parked the shop, "
    "restart that worker; then relist shops resume --parked"
)
RESUME = "; then relist shops resume --parked"


def with_stalled(findings: Sequence[Finding], shops: Sequence[dict[str, Any]]) -> list[Finding]:
    """Add a finding for each reason of stalled shops. `shops`: rows of `relist status --json`.

    A parked shop whose cause is among the findings is only a symptom: it only extends the remedy if it must be resumed.
    """
    failed = [each for each in findings if each.verdict == "failure"]
    named = {each.what for each in failed}
    inspected = {shop_id for each in failed for shop_id in each.shops}
    symptoms: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for shop in shops:
        shared = SHARED_CAUSES.get(park_label(shop["reason"])) in named
        explained = shop["state"] == "parked" and (shared or shop["shop_id"] in inspected)
        (symptoms if explained else others).append(shop)
    waiting = {each["shop_id"] for each in symptoms if each["ends_seconds"] is None}
    are_accepted = any(each.what == "shops" and each.verdict == "ok" for each in findings)
    return [*(_with_resume(each, waiting) for each in findings), *stalled_findings(others, are_accepted)]


def _with_resume(finding: Finding, waiting: set[str]) -> Finding:
    if finding.verdict == "failure" and not waiting.isdisjoint(finding.shops):
        return replace(finding, fix=finding.fix + RESUME)
    return finding


def stalled_findings(shops: Sequence[dict[str, Any]], are_accepted: bool = False) -> list[Finding]:
    """Return one finding per reason for stalled shops.

    `are_accepted`: asked with this machine's settings, the platform refused none of them.
    """
    findings = []
    for state, reason, group in group_stalled(shops):
        what, found = f"{pluralize(len(group), 'shop')} stalled", f"{state}: {reason} ({list_ids(group)})"
        if state != "parked":
            findings.append(warning(what, found, "relist shops resume SHOP, once they may work again"))
            continue
        label, seconds = park_label(reason), earliest_resume(group)
        if label in SELF_ENDING and seconds is not None:
            findings.append(warning(what, found, f"wait: the first continues in {format_duration(seconds)}"))
            continue
        fix = OTHER_WORKER if are_accepted and label in OF_SETTINGS else "fix the cause" + RESUME
        if seconds is not None:
            fix += f"; otherwise the first is retried in {format_duration(seconds)}"
        # Another finding would name such a cause. Without one it has ended, and the shops continue.
        findings.append((warning if label in SHARED_CAUSES else failure)(what, found, fix))
    return findings
