"""Configuration files that an operator edits while the workers run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from relisting.mapping import CategoryMapping, parse_mapping
from relisting.table_file import BadFile
from worker.config_files import WatchedFile, error_codes_file


def save(path: Path, text: str, tick: int = 0) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, ns=(tick, tick))


def watched(path: Path | None) -> WatchedFile[CategoryMapping]:
    return WatchedFile(path, parse_mapping, CategoryMapping())


def leaf(file: WatchedFile[CategoryMapping]) -> str | None:
    row = file.current().find("1", "600001")
    return row.leaf_id if row else None


def test_new_version_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mapping.csv"
    save(path, "shop,from,to\n*,600001,5\n", 1)
    file = watched(path)
    assert leaf(file) == "5"
    assert file.current() is file.current(), "an unchanged file is not read again"
    save(path, "shop,from,to\n*,600001,6\n", 2)
    assert leaf(file) == "6"


def test_invalid_version_keeps_the_old_and_logs_once(tmp_path: Path) -> None:
    path = tmp_path / "mapping.csv"
    save(path, "shop,from,to\n*,600001,5\n", 1)
    file = watched(path)
    save(path, "shop,from,to\n*,600001,five\n", 2)
    with capture_logs() as logs:
        assert [leaf(file), leaf(file)] == ["5", "5"]
    assert [(log["event"], log["problems"]) for log in logs] == [
        ("config_file_invalid", ["row 2: to 'five' is neither a category id nor a path with > between its levels"])
    ]
    save(path, "shop,from,to\n*,600001,7\n", 3)
    assert leaf(file) == "7"


def test_missing_file_keeps_the_old_version(tmp_path: Path) -> None:
    path = tmp_path / "mapping.csv"
    save(path, "shop,from,to\n*,600001,5\n", 1)
    file = watched(path)
    path.unlink()
    with capture_logs() as logs:
        assert [leaf(file), leaf(file)] == ["5", "5"]
    assert [log["event"] for log in logs] == ["config_file_missing"]
    save(path, "shop,from,to\n*,600001,6\n", 1)
    assert leaf(file) == "6"


def test_bad_file_at_start_raises(tmp_path: Path) -> None:
    path = tmp_path / "mapping.csv"
    with pytest.raises(BadFile, match="cannot be read"):
        watched(path)
    path.write_bytes(b"shop,from,to\n*,600001,5\n*,#N/A,5\n")
    with pytest.raises(BadFile, match="row 3: column B: #N/A is a spreadsheet error"):
        watched(path)


def test_file_of_a_spreadsheet_is_read_whatever_its_dialect(tmp_path: Path) -> None:
    path = tmp_path / "mapping.csv"
    path.write_bytes("Shop;From;To\r\n*;'600001;5\r\n*;Café;6\r\n".encode("cp1252"))
    assert leaf(watched(path)) == "5"


def test_no_file_gives_an_empty_mapping() -> None:
    assert leaf(watched(None)) is None


CODES = """
[[group]]
class = "product_locked"
actor = "platform"
remedy = "Wait until the platform has moved the product, then \\"retry\\"."
source = "support ticket 4711"
date = 2026-11-28
confidence = "operator"
[group.codes]
12999999 = "product is being moved"
"""


def test_error_codes_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "codes.toml"
    save(path, CODES)
    entry = error_codes_file(path).current().find(12999999)
    assert entry is not None
    assert (entry.error_class, entry.remedy) == (
        "product_locked", 'Wait until the platform has moved the product, then "retry".')  # fmt: skip


@pytest.mark.parametrize(
    ("content", "problem"), [(b"\xff", "is not UTF-8"), (b"#" * (1024 * 1024 + 1), "is larger than 1,048,576 bytes")]
)
def test_a_text_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "codes.toml"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=problem):
        error_codes_file(path)
