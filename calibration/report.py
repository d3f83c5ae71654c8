"""Turns findings into a facts file and a report for the operator. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from calibration.consequences import consequence
from calibration.findings import Finding, Measured, NotMeasured, Observed
from facts.fact import FactTable, shown
from facts.load import same_position
from facts.operator_file import MeasuredFact, MeasuredFacts


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """One finding, compared with the fact table."""

    fact_id: str
    found: str
    """The position, `confirmed`, `contradicted` or `not measured`."""
    default: str
    differs: bool
    follows: str
    evidence: str
    request_ids: tuple[str, ...]
    switch: str = ""
    """The switch to which the position in `found` belongs; empty if the fact has none."""

    def text(self) -> str:
        """The finding with its switch: the fact `v1_refused` is measured as `accepts_v1=false`."""
        return f"{self.switch}={self.found}" if self.switch else self.found

    def as_json(self) -> dict[str, Any]:
        return {
            "fact": self.fact_id,
            "found": self.found,
            "switch": self.switch,
            "default": self.default,
            "differs": self.differs,
            "follows": self.follows,
            "evidence": self.evidence,
            "request_ids": list(self.request_ids),
        }


def describe(finding: Finding, table: FactTable) -> ReportedFinding:
    fact = table.facts[finding.fact_id]
    match finding:
        case Measured(fact_id, value, evidence, ids) if fact.switch is not None:
            default, name = fact.switch.default, fact.switch.name
            differs = not same_position(value, default)
            follows = consequence(name, value, default)
            return ReportedFinding(fact_id, shown(value), shown(default), differs, follows, evidence, ids, name)
        case Measured(fact_id, value, evidence, ids):
            return ReportedFinding(fact_id, shown(value), "", False, "", evidence, ids)
        case Observed(fact_id, agrees, evidence, ids):
            follows = "" if agrees else f"the table says: {fact.statement}"
            return ReportedFinding(
                fact_id, "confirmed" if agrees else "contradicted", "", not agrees, follows, evidence, ids
            )
        case NotMeasured(fact_id, reason):
            default = shown(fact.switch.default) if fact.switch else ""
            return ReportedFinding(fact_id, "not measured", default, False, "", reason, ())


def merged(known: MeasuredFacts, findings: Sequence[Finding], market: str, today: date) -> MeasuredFacts:
    """Return the known facts, with this market's earlier measurements replaced by the new ones."""
    table = known.table
    new = []
    for each in findings:
        switch = table.facts[each.fact_id].switch
        if isinstance(each, Measured) and switch is not None:
            new.append(MeasuredFact(each.fact_id, switch.name, each.value, market, today, each.request_ids))
    replaced = {each.fact_id for each in new}
    kept = [each for each in known.measured if each.market != market or each.fact_id not in replaced]
    return MeasuredFacts(table, (*kept, *new))
