"""`relist doctor` checks the facts file."""

from __future__ import annotations

from pathlib import Path

from console.diagnosis.facts_file import check_facts_file

ROW = '[measured.edit_of_deactivated]\nvalue = {}\nmarket = "MX"\ndate = 2026-11-28\n'


def test_without_a_file_there_is_no_finding() -> None:
    assert check_facts_file(None) == []


def test_differences_are_named(tmp_path: Path) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(ROW.format("true"))
    (finding,) = check_facts_file(file)
    assert finding.verdict == "ok"
    assert finding.found == ("1 fact measured in MX; different from the defaults: edit_of_deactivated = true in MX")


def test_a_bad_row_is_named_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(ROW.format('"maybe"'))
    (finding,) = check_facts_file(file)
    assert finding.verdict == "failure"
    assert "measured.edit_of_deactivated: value must be one of false, true" in finding.found
    assert "\n" not in finding.found


def test_a_missing_file_is_a_wrong_setting(tmp_path: Path) -> None:
    (finding,) = check_facts_file(tmp_path / "nowhere.toml")
    assert "cannot be read: No such file or directory" in finding.found
    assert finding.fix.startswith("correct the file or RELIST_FACTS_FILE")
    assert finding.fix.endswith("No worker starts until then")
