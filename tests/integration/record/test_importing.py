"""Journals of older releases are imported once, and damaged parts are named."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from record.entry import StoredEdit
from record.importing import import_journals
from record.record import Record
from record.scope import Scope
from tests.support.record_entries import NOON, all_of

SHOP = "7494000000000000001"


def product(number: int) -> str:
    return f"17290000000000{number:05}"


def an_entry(number: int, **other: Any) -> dict[str, Any]:
    return {
        "at": (NOON + timedelta(minutes=number)).isoformat(),
        "shop_id": SHOP,
        "product_id": product(number),
        "external_id": "",
        "kind": "relist",
        "run_id": "spring",
        "trace_id": "",
        "attempt": 1,
        "rule": "own_leaf",
        "evidence": {"leaf": "853000"},
        "before": {"title": f"Kettle {number}"},
        "edit": {"category_id": "853000"},
        **other,
    }


def a_result(number: int, result: str = "in_audit") -> dict[str, Any]:
    entry = an_entry(number)
    names = ("shop_id", "product_id", "kind", "run_id")
    about = {"at": entry["at"], "result": result, "request_id": f"r{number}"}
    return {**{name: entry[name] for name in names}, **about}


def a_member(*entries: dict[str, Any]) -> bytes:
    return gzip.compress(b"".join(orjson.dumps(entry) + b"\n" for entry in entries), compresslevel=1)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    directory = tmp_path / "old"
    directory.mkdir()
    return directory


async def test_edits_and_answers_are_imported(record: Record, old: Path) -> None:
    (old / "a.jsonl.gz").write_bytes(
        a_member(an_entry(1), a_result(1), an_entry(2)) + a_member(a_result(2, "refused"), an_entry(3))
    )
    imported = await import_journals(record, old)
    assert (imported.files, imported.edits, imported.results, imported.bad) == (1, 3, 2, [])
    found = await all_of(record.edits(Scope(run_id="spring")))
    edits = [entry for entry in found if isinstance(entry, StoredEdit)]
    assert [(entry.product_id, [event.name for event in entry.events]) for entry in edits] == [
        (product(1), ["answered"]),
        (product(2), ["refused"]),
        (product(3), []),
    ]
    assert edits[0].at == NOON + timedelta(minutes=1)
    assert edits[0].before == {"title": "Kettle 1"}
    assert edits[0].events[0].about == {"request_id": "r1", "outcome": "in_audit"}
    assert (await record.counts())["in_audit"] == 1
    assert (await record.verify()).sound


async def test_a_second_import_adds_only_what_is_new(record: Record, old: Path) -> None:
    file = old / "a.jsonl.gz"
    file.write_bytes(a_member(an_entry(1)))
    await import_journals(record, old)
    with file.open("ab") as more:
        more.write(a_member(a_result(1), an_entry(2)))
    again = await import_journals(record, old)
    assert (again.edits, again.results) == (1, 1)
    first = await record.last_edit(SHOP, product(1))
    assert isinstance(first, StoredEdit)
    assert [event.name for event in first.events] == ["answered"]
    assert (await import_journals(record, old)).edits == 0


async def test_a_damaged_member_is_named_and_the_others_are_imported(record: Record, old: Path) -> None:
    parts = [a_member(*(an_entry(10 * each + one) for one in range(3))) for each in range(4)]
    damaged = bytearray(parts[1])
    damaged[len(damaged) // 2] ^= 1
    (old / "a.jsonl.gz").write_bytes(b"".join([parts[0], damaged, parts[2], parts[3][:-9]]))
    imported = await import_journals(record, old)
    assert imported.edits == 6
    assert imported.bad_count == 2
    assert imported.bad[0].startswith(f"a.jsonl.gz, byte {len(parts[0])}: damaged")
    assert imported.bad[1].endswith("cut short")
    found = {entry.product_id for entry in await all_of(record.edits(Scope(run_id="spring")))}
    assert found == {product(each) for each in (0, 1, 2, 20, 21, 22)}


async def test_entries_of_another_shape_are_named(record: Record, old: Path) -> None:
    strange = [{"no": "journal"}, an_entry(1, shop_id=7), an_entry(2, at="yesterday"), a_result(3)]
    (old / "a.jsonl.gz").write_bytes(a_member(*strange, an_entry(4)))
    imported = await import_journals(record, old)
    assert (imported.edits, imported.bad_count) == (1, 4)
    assert "a response to a missing edit" in imported.bad[3]


async def test_a_file_that_is_not_a_journal_is_named(record: Record, old: Path) -> None:
    (old / "a.jsonl.gz").write_bytes(b"not gzip at all")
    imported = await import_journals(record, old)
    assert (imported.edits, imported.bad_count) == (0, 1)
