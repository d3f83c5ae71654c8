"""`relist doctor` notices a record that was replaced by an empty one."""

from __future__ import annotations

from console.diagnosis.record_store import lost_record


def test_an_empty_record_of_a_fleet_with_edits_is_a_warning() -> None:
    finding = lost_record(0, 1_200, "/var/lib/relist")
    assert finding is not None
    assert finding.verdict == "warning"
    assert finding.found == "/var/lib/relist has no edit, but the workers have made 1,200 edits"
    assert "restore its backup" in finding.fix


def test_a_new_fleet_and_a_record_with_edits_are_fine() -> None:
    assert lost_record(0, 0, "/var/lib/relist") is None
    assert lost_record(3, 1_200, "/var/lib/relist") is None
