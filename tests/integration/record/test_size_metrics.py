"""Workers export the size of the record and the free space of its disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from record.errors import RecordUnavailable
from record.opening import open_record
from tests.support.record_entries import an_edit
from worker.record_size import RecordSize


async def test_size_grows_and_is_missing_while_unavailable(tmp_path: Path) -> None:
    record, registry = open_record("", tmp_path / "record"), CollectorRegistry()
    size = RecordSize(record, registry)
    assert registry.get_sample_value("relist_record_bytes") is None, "not measured yet"
    await record.upgrade()
    await size.measure()
    empty, free = (registry.get_sample_value(f"relist_record_{name}") for name in ("bytes", "disk_free_bytes"))
    assert empty is not None
    assert free is not None
    assert free > 0
    for number in range(100):
        await record.append(an_edit(str(number)))
    await size.measure()
    assert (registry.get_sample_value("relist_record_bytes") or 0) > empty
    await record.close()

    (tmp_path / "file").write_text("in the way")
    away, registry = open_record("", tmp_path / "file"), CollectorRegistry()
    size = RecordSize(away, registry)
    await size.measure()
    assert registry.get_sample_value("relist_record_bytes") is None
    assert registry.get_sample_value("relist_record_disk_free_bytes") is None
    await away.close()


async def test_a_refused_write_is_a_problem_until_a_probe_succeeds(tmp_path: Path) -> None:
    record = open_record("", tmp_path / "record")
    size = RecordSize(record, CollectorRegistry())
    await record.append(an_edit())
    await size.measure()
    assert not await size.problem()
    # This connection cannot add pages, as on a full disk; after the error another is opened.
    record.database._writer._connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    with pytest.raises(RecordUnavailable):
        await record.append(an_edit(evidence={"text": str(list(range(5000)))}))
    assert "database or disk is full" in await size.problem(), "reads still succeed"
    await size.measure()
    assert not await size.problem()
    await record.close()
