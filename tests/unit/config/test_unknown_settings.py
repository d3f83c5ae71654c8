"""A misspelled setting is reported, because otherwise its default would apply silently."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from config.unknown_settings import misspelled, unknown_settings
from console.main import main


def test_a_misspelled_name_is_found_with_the_right_one() -> None:
    assert misspelled(["RELIST_MAPING_FILE", "relist_rollouts", "RELIST_MAPPING_FILE", "HOME", "REDIS_URL"]) == [
        "RELIST_MAPING_FILE is not a setting; did you mean RELIST_MAPPING_FILE?",
        "RELIST_ROLLOUTS is not a setting; did you mean RELIST_ROLLOUT?",
    ]
    assert misspelled(["RELIST_MAP_FILE"]) == ["RELIST_MAP_FILE is not a setting; did you mean RELIST_MAPPING_FILE?"]
    assert misspelled(["RELIST_XYZ"]) == ["RELIST_XYZ is not a setting"]


def test_variables_of_other_programs_are_not_mistakes() -> None:
    others = ["RELIST_SECRETS_DIR", "RELIST_FILES_FROM", "RELIST_IMAGE", "RELIST_TEST_REDIS", "relist_app_key"]
    links = ["RELIST_GATEWAY_SERVICE_HOST", "RELIST_GATEWAY_PORT_8080_TCP", "RELIST_GATEWAY_SERVICE_PORT"]
    assert misspelled(others + links) == []


def test_the_file_is_read_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("RELIST_PAGE_TOKENS=c4n4ry-c4n4ry-c4n4ry\n")
    monkeypatch.setenv("RELIST_AP_RATE", "5")
    found = unknown_settings(file)
    assert found == [
        "RELIST_AP_RATE is not a setting; did you mean RELIST_APP_RATE?",
        "RELIST_PAGE_TOKENS is not a setting; did you mean RELIST_PAGE_TOKEN?",
    ]


def test_a_command_in_another_directory_reports_its_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "RELIST_APP_KEY is not set" in (shown := CliRunner().invoke(main, ["status"]).output)
    assert "(no .env in this directory; see .env.example)" in shown
    (tmp_path / ".env").write_text("")
    assert "(see .env.example)" in CliRunner().invoke(main, ["status"]).output


def test_doctor_names_it_even_if_another_setting_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELIST_APP_KEYS", "c4n4ry")
    shown = CliRunner().invoke(main, ["doctor"])
    assert shown.exit_code == 1
    assert "warn  settings: RELIST_APP_KEYS is not a setting; did you mean RELIST_APP_KEY?" in shown.output
    assert "c4n4ry" not in shown.output
