"""The journal's last word on a product."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import orjson

from gateway.page.evidence import search_journal


def write(path: Path, modified: int, *entries: tuple[str, str, str], tail: bytes = b"") -> None:
    lines = b"".join(
        orjson.dumps({"shop_id": shop, "product_id": product, "at": at}) + b"\n" for shop, product, at in entries
    )
    path.write_bytes(gzip.compress(lines) + tail)
    os.utime(path, (modified, modified))


def test_the_last_entry_of_all_files_counts_whichever_file_is_newer(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", 4_000_000_000, ("7", "1", "2026-11-24T09:00:00+00:00"))
    write(tmp_path / "b.jsonl.gz", 3_900_000_000, ("7", "1", "2026-11-24T10:00:00+00:00"), ("8", "1", "2027"))
    found = search_journal(tmp_path, "7", "1")
    assert found.entry is not None
    assert found.entry["at"] == "2026-11-24T10:00:00+00:00"
    assert found.whole


def test_a_file_a_worker_is_still_writing_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.gz", 4_000_000_000, ("7", "1", "2026-11-24T09:00:00+00:00"), tail=gzip.compress(b"x")[:9])
    assert search_journal(tmp_path, "7", "1").entry is not None
    assert search_journal(tmp_path, "7", "12").entry is None


def test_a_journal_on_another_machine_is_said_to_be_there(tmp_path: Path) -> None:
    found = search_journal(tmp_path / "none", "7", "1")
    assert not found.readable
    assert found.entry is None
