"""What the journal holds is its owner's alone."""

from __future__ import annotations

import os
from pathlib import Path

from console.commands.doctor import check_journal
from record.journal import Journal, read_journal


async def test_files_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    directory, before = tmp_path / "journal", os.umask(0)
    try:
        journal = Journal(directory, "w1")
        await journal.append({"title": "a seller's"})
        await journal.close()
    finally:
        os.umask(before)
    (file,) = directory.iterdir()
    assert (directory.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert list(read_journal(directory)) == [{"title": "a seller's"}]
    assert check_journal(directory).verdict == "ok"
    directory.chmod(0o755)
    found = check_journal(directory)
    assert (found.verdict, "chmod 700" in found.fix) == ("warning", True)
