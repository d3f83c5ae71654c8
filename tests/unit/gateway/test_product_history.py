"""Searching the journal for one product."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import orjson

from gateway.web.product_history import MAX_ENTRIES, search_journal


def write(path: Path, modified: int, *entries: tuple[str, str, str], tail: bytes = b"") -> None:
    lines = b"".join(
        orjson.dumps({"shop_id": shop, "product_id": product, "at": at}) + b"\n" for shop, product, at in entries
    )
    path.write_bytes(gzip.compress(lines) + tail)
    os.utime(path, (modified, modified))


def test_newest_entry_comes_first(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", 4_000_000_000, ("7", "1", "2026-11-24T09:00:00+00:00"))
    write(tmp_path / "b.jsonl.gz", 3_900_000_000, ("7", "1", "2026-11-24T10:00:00+00:00"), ("8", "1", "2027"))
    found = search_journal(tmp_path, "7", "1")
    assert [entry["at"] for entry in found.entries] == ["2026-11-24T10:00:00+00:00", "2026-11-24T09:00:00+00:00"]
    assert found.complete


def test_incomplete_journal_file_is_read_up_to_its_end(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", 4_000_000_000, ("7", "1", "2026-11-24T09:00:00+00:00"), tail=gzip.compress(b"x")[:9])
    assert len(search_journal(tmp_path, "7", "1").entries) == 1
    assert search_journal(tmp_path, "7", "12").entries == ()


def test_missing_journal_directory_is_reported(tmp_path: Path) -> None:
    found = search_journal(tmp_path / "none", "7", "1")
    assert not found.readable
    assert found.entries == ()


def test_only_the_latest_entries_are_returned(tmp_path: Path) -> None:
    for hour in range(3):
        name, modified = f"{hour}.jsonl.gz", 4_000_000_000 + hour
        write(tmp_path / name, modified, *(("7", "1", f"2026-11-24T0{hour}:{n:02}:00+00:00") for n in range(15)))
    found = search_journal(tmp_path, "7", "1")
    assert len(found.entries) == MAX_ENTRIES
    assert found.entries[0]["at"] == "2026-11-24T02:14:00+00:00"
    assert found.entries[-1]["at"] == "2026-11-24T01:10:00+00:00"
