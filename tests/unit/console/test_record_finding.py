from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from console.diagnosis.record_store import check_record


def settings_with(directory: Path, url: str = "") -> Settings:
    return Settings(app_key="k", app_secret="s", token_key="t" * 16, journal_dir=directory, record_url=url)  # type: ignore[arg-type]


async def test_a_record_that_can_be_written_is_ok(tmp_path: Path) -> None:
    found = await check_record(settings_with(tmp_path / "journal"))
    assert (found.what, found.verdict) == ("record", "ok"), found


async def test_a_directory_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = await check_record(settings_with(tmp_path / "file" / "journal"))
    assert found.verdict == "failure"
    assert "RELIST_JOURNAL_DIR" in found.fix


async def test_a_directory_open_to_others_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir(mode=0o755)
    found = await check_record(settings_with(tmp_path / "journal"))
    assert (found.verdict, "chmod 700" in found.fix) == ("warning", True)


async def test_a_server_that_does_not_answer_is_a_failure(tmp_path: Path) -> None:
    found = await check_record(settings_with(tmp_path, "postgresql://relist:not-a-secret@127.0.0.1:9/record"))
    assert found.verdict == "failure"
    assert "127.0.0.1" in found.found
    assert "not-a-secret" not in found.found + found.fix
