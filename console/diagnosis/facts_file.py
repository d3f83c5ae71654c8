"""Checks the operator's facts file."""

from __future__ import annotations

from pathlib import Path

from console.diagnosis.finding import NO_WORKER, Finding, failure, ok
from console.formatting import pluralize
from facts.fact import BadFactsFile, shown
from facts.load import platform_facts
from facts.operator_file import read_operator_facts


def check_facts_file(file: Path | None) -> list[Finding]:
    """Return one finding, or none if no file is set."""
    if file is None:
        return []
    try:
        facts = read_operator_facts(file, platform_facts())
    except BadFactsFile as problem:
        fix = f"correct the file or RELIST_FACTS_FILE, or run relist calibrate with another --output. {NO_WORKER}"
        return [failure("facts file", str(problem), fix)]
    markets = ", ".join(sorted({each.market for each in facts.measured})) or "no market"
    found = f"{pluralize(len(facts.measured), 'fact')} measured in {markets}"
    if differences := facts.differences():
        named = ", ".join(f"{each.fact_id} = {shown(each.value)} in {each.market}" for each in differences)
        found += f"; different from the defaults: {named}"
    return [ok("facts file", found)]
