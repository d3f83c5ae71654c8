"""The journal: on disk when it says so, told when not, and readable whatever the disk did."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from record.journal import Journal, JournalUnwritable, read_journal


def files(directory: Path) -> int:
    return len(list(directory.glob("*-w1.jsonl.gz")))


def numbers(directory: Path) -> list[int]:
    return [entry["n"] for entry in read_journal(directory)]


async def test_entries_come_back_in_their_order_and_notes_with_them(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    await journal.append({"n": 0})
    journal.note({"n": 1})
    await asyncio.gather(*(journal.append({"n": n}) for n in range(2, 20)))
    journal.note({"n": 20})
    await journal.close()
    assert numbers(tmp_path) == list(range(21))
    assert files(tmp_path) == 1


async def test_a_journal_that_never_wrote_is_closed_at_once(tmp_path: Path) -> None:
    await Journal(tmp_path / "none", "w1").close()
    assert not (tmp_path / "none").exists()


async def test_a_full_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("record.journal.ROTATE_BYTES", 10)
    journal = Journal(tmp_path, "w1")
    for n in range(3):
        await journal.append({"n": n})
    assert files(tmp_path) == 3
    assert numbers(tmp_path) == [0, 1, 2]


async def test_a_disk_that_fills_up_within_a_group_costs_that_group_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, "w1")
    await journal.append({"n": 0})
    real_compress, full = gzip.compress, [True]

    def half_a_group(data: bytes, *arguments: Any, **options: Any) -> bytes:
        whole = real_compress(data, *arguments, **options)
        return whole[: len(whole) // 2] if full[0] else whole

    def fsync(descriptor: int) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("record.journal.gzip.compress", half_a_group)
    monkeypatch.setattr("record.journal.os.fsync", fsync)
    with pytest.raises(JournalUnwritable, match="No space left"):
        await journal.append({"n": 1})
    journal.note({"n": 2})
    await journal.close()
    full[0] = False
    await journal.append({"n": 3})
    await journal.append({"n": 4})
    assert numbers(tmp_path) == [0, 3, 4]
    assert files(tmp_path) == 3, "the two files that are cut short are not written to again"


@pytest.mark.parametrize("kept", [0.3, 0.9])
async def test_what_a_crash_cut_off_is_left_out_and_the_rest_is_read(tmp_path: Path, kept: float) -> None:
    group = gzip.compress(b'{"n":1}\n{"n":2}\n')
    (tmp_path / "1-w.jsonl.gz").write_bytes(gzip.compress(b'{"n":0}\n') + group[: int(len(group) * kept)])
    (tmp_path / "2-w.jsonl.gz").write_bytes(b"not gzip at all")
    (tmp_path / "3-w.jsonl.gz").write_bytes(gzip.compress(b'{"n":3}\n{"n":'))
    (tmp_path / "4-w.jsonl.gz").write_bytes(gzip.compress(b'{"n":4}\n'))
    assert [n for n in numbers(tmp_path) if n in (0, 3, 4)] == [0, 3, 4]


async def test_an_entry_nobody_waits_for_any_more_is_written_all_the_same(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    waiting = asyncio.create_task(journal.append({"n": 0}))
    await asyncio.sleep(0)
    waiting.cancel()
    await journal.append({"n": 1})
    await journal.close()
    assert numbers(tmp_path) == [0, 1]
