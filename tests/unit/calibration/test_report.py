"""The facts file and the lines that a calibration prints."""

from __future__ import annotations

from datetime import date

from calibration.consequences import FOLLOWS, consequence
from calibration.findings import Measured, NotMeasured, Observed
from calibration.plan import EXPERIMENTS
from calibration.report import describe, merged
from facts.load import platform_facts
from facts.operator_file import MeasuredFact, MeasuredFacts, parse_operator_facts, render_operator_facts

TABLE = platform_facts()
TODAY = date(2026, 11, 28)


def test_every_fact_with_a_switch_has_an_experiment() -> None:
    decided = {fact for each in EXPERIMENTS for fact in each.facts}
    assert {fact.id for fact in TABLE.switches.values()} <= decided <= TABLE.facts.keys()


def test_consequences_are_of_switches() -> None:
    assert FOLLOWS.keys() <= TABLE.switches.keys()
    assert consequence("longest_package_cm", 160, 160) == ""
    assert consequence("longest_package_cm", 0, 160) != ""
    assert consequence("tells_retry_after", True, False).startswith("nothing changes")


def test_a_difference_is_described_with_what_follows() -> None:
    line = describe(Measured("edit_of_deactivated", True, "it is ACTIVATE", ("r1",)), TABLE)
    assert (line.found, line.default, line.differs) == ("true", "false", True)
    assert "it would go on sale" in line.follows
    assert line.text() == "edit_reactivates=true", "the fact's name does not say of what it is the position"
    same = describe(Measured("edit_of_deactivated", False, "it is off sale"), TABLE)
    assert (same.differs, same.follows) == (False, "")


def test_a_contradicted_fact_and_a_missing_one_are_described() -> None:
    contradicted = describe(Observed("weight_zero", False, "accepted"), TABLE)
    assert (contradicted.found, contradicted.differs) == ("contradicted", True)
    assert TABLE.facts["weight_zero"].statement in contradicted.follows
    missing = describe(NotMeasured("legacy_values", "no leaves"), TABLE)
    assert (missing.found, missing.default, missing.differs) == ("not measured", "false", False)


def test_new_measurements_replace_those_of_the_same_market_only() -> None:
    def fact(name: str, value: bool, market: str) -> MeasuredFact:
        return MeasuredFact(name, str(TABLE.facts[name].switch and TABLE.facts[name].switch.name), value, market,
                            date(2026, 1, 1), ("old",))  # fmt: skip

    known = MeasuredFacts(
        TABLE,
        (fact("edit_of_deactivated", False, "MX"), fact("edit_of_deactivated", False, "US"),
         fact("legacy_values", True, "MX")),
    )  # fmt: skip
    findings = [
        Measured("edit_of_deactivated", True, "", ("r1",)),
        NotMeasured("legacy_values", "no leaves"),
        Observed("weight_zero", True, ""),
    ]
    facts = merged(known, findings, "MX", TODAY)
    assert facts.position("edit_reactivates", "MX") is True
    assert facts.position("edit_reactivates", "US") is False
    assert facts.position("accepts_legacy_values", "MX") is True
    assert len(facts.measured) == 3
    read = parse_operator_facts(render_operator_facts(facts), TABLE)
    assert {*read.measured} == {*facts.measured}
