"""`relist record`, `relist history` and `relist undo` on a real record and a real Redis."""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
from pathlib import Path

import orjson
import pytest

from model.job import Job
from model.job_state import UndoState, state_of
from record.entry import NewEvent
from record.record import Record
from record.sqlite import connection as sqlite
from record.state import Run, StateChange
from tests.support.command_desk import Desk, add_shop
from tests.support.record_entries import NOON, an_edit, later

SHOP = "7494000000000000001"


def product(number: int) -> str:
    return f"17290000000000{number:05}"


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Desk:
    asyncio.run(add_shop(redis_url, SHOP))
    return Desk(tmp_path / "journal", redis_url, SHOP)


async def edits(record: Record) -> None:
    """Edits that were accepted, refused, failed in audit and unanswered; the first product was edited twice."""
    ends: list[tuple[int, str, str]] = [(1, "answered", "relisted"), (2, "refused", ""), (3, "answered", "rejected")]
    for number, name, outcome in ends:
        entry = await record.append(an_edit(product(number)))
        about = {"outcome": "in_audit", "request_id": f"r{number}"} if name == "answered" else {"message": "no"}
        await record.append_event(NewEvent(entry, later(minutes=1), name, about))  # type: ignore[arg-type]
        if name == "answered":
            ended = NewEvent(entry, later(hours=1), "audit_ended", {"outcome": outcome})
            state = StateChange(later(hours=1), SHOP, product(number), outcome, "", "spring")  # type: ignore[arg-type]
            await record.append_event(ended, state)
    await record.append(an_edit(product(4)))
    again = await record.append(an_edit(product(1), before={"title": "ours"}))
    await record.append_event(NewEvent(again, later(hours=2), "answered", {"outcome": "relisted"}))


def flip(directory: Path, number: int) -> None:
    """Changes the stored content of an entry without the record's knowledge."""
    with sqlite3.connect(directory / "record.sqlite3") as connection:
        connection.execute("UPDATE edits SET content = content || x'00' WHERE id = ?", (number,))
    connection.close()


def test_history_includes_the_end_of_the_audit(desk: Desk) -> None:
    desk.fill(edits)
    shown = desk.relist("history", SHOP, product(3))
    assert shown.exit_code == 0, shown.output
    assert "category by rule own_leaf (leaf 853000)" in shown.output
    assert "2026-11-27T12:01:00  accepted: in audit, request r3" in shown.output
    assert "2026-11-27T13:00:00  audit ended: rejected" in shown.output
    assert "state since 2026-11-27 13:00:00: rejected" in shown.output
    known = desk.data("history", SHOP, product(1))
    assert [len(edit["events"]) for edit in known["edits"]] == [2, 1]
    assert known["unreadable"] == []


def test_history_names_a_bad_entry_and_fails(desk: Desk) -> None:
    desk.fill(edits)
    flip(desk.directory, 1)
    shown = desk.relist("history", SHOP, product(1))
    assert shown.exit_code == 1
    assert "accepted: relisted" in shown.stdout, "the other entry is shown"
    assert f"entry 1 of product {product(1)}" in shown.stderr


def test_an_edit_that_was_never_sent_does_not_count(desk: Desk) -> None:
    async def given_up(record: Record) -> None:
        entry = await record.append(an_edit(product(1), run_id="spring"))
        await record.append_event(NewEvent(entry, NOON, "not_sent", {"message": "the read was too old"}))

    desk.fill(given_up)
    shown = desk.relist("history", SHOP, product(1))
    assert "relist, attempt 1, run spring: not sent: the read was too old" in shown.output
    assert "category by rule" not in shown.output
    known = desk.data("history", SHOP, product(1))
    assert (known["edits"], len(known["not_sent"])) == ([], 1)
    refused = desk.relist("undo", "--run", "spring", "--yes")
    assert refused.exit_code == 1
    assert "no edit in this scope" in refused.output


def test_history_of_an_unknown_product_fails(desk: Desk) -> None:
    assert "nothing is known" in desk.relist("history", SHOP, "17").output


def test_undo_restores_only_edits_that_took_effect(desk: Desk) -> None:
    desk.fill(edits)
    undone = desk.data("undo", "--run", "spring")
    counts = {"changed": 1, "unanswered": 1, "without_effect": 2, "without_image": 0, "unreadable": 0}
    assert undone == {"run_id": "undo-spring-1", "enqueued": 1, **counts}
    (job,) = desk.queued().values()
    assert (job.kind, job.id, job.run_id) == ("undo", f"undo:{product(1)}", "undo-spring-1")
    assert state_of(job.state, UndoState).edits == (1, 5), "both edits of the product, oldest first"
    assert job.product is None


def test_undo_run_can_be_undone(desk: Desk) -> None:
    async def an_undo(record: Record) -> None:
        entry = await record.append(an_edit(product(1), kind="undo", run_id="undo-spring-1", before={"title": "ours"}))
        await record.append_event(NewEvent(entry, NOON, "answered", {"outcome": "relisted"}))

    async def the_runs(record: Record) -> None:
        runs.extend((each.run_id, each.kind) for each in await record.runs() if isinstance(each, Run))

    runs: list[tuple[str, str]] = []
    desk.fill(edits)
    desk.data("undo", "--run", "spring")
    desk.fill(an_undo)
    assert desk.data("undo", "--run", "undo-spring-1")["run_id"] == "undo-undo-spring-1-1"
    (job,) = desk.queued().values()
    assert state_of(job.state, UndoState).edits == (6,)
    assert desk.data("undo", "--run", "spring")["run_id"] == "undo-spring-2"
    desk.fill(the_runs)
    assert set(runs) == {("undo-spring-1", "undo"), ("undo-undo-spring-1-1", "undo"), ("undo-spring-2", "undo")}


@pytest.mark.parametrize("scope", [
    ("--decision", "own_leaf@1"), ("--shop", SHOP), ("--shop", SHOP, "--product", product(1)),
])  # fmt: skip
def test_undo_by_scope(desk: Desk, scope: tuple[str, ...]) -> None:
    desk.fill(edits)
    assert desk.data("undo", *scope)["enqueued"] == 1


def test_undo_cancels_the_run_first(desk: Desk) -> None:
    desk.fill(edits)
    desk.enqueue(Job(SHOP, product(9), run_id="spring"), Job(SHOP, product(8), run_id="other"))
    ended = desk.relist("undo", "--run", "spring", "--cancel", "--yes")
    assert ended.exit_code == 0, ended.output
    assert "1 queued job cancelled" in ended.stderr
    assert set(desk.queued()) == {product(8), f"undo:{product(1)}"}


@pytest.mark.parametrize(
    "wrong", [(), ("--product", "1"), ("--decision", "x", "--cancel"), ("--run", "x", "--check", "--cancel")]
)
def test_undo_of_an_unclear_scope_is_refused(desk: Desk, wrong: tuple[str, ...]) -> None:
    assert desk.relist("undo", *wrong).exit_code == 2


def test_cancel_ends_queued_jobs(desk: Desk) -> None:
    desk.enqueue(Job(SHOP, product(1), run_id="spring"), Job(SHOP, product(2), run_id="other"))
    assert desk.data("cancel", "--run", "spring") == {"ended": 1, "in_flight": 0}
    assert list(desk.queued()) == [product(2)]
    assert desk.data("cancel", "--shop", SHOP) == {"ended": 1, "in_flight": 0}
    assert desk.queued() == {}
    assert desk.relist("cancel").exit_code == 2


def test_undo_names_unreadable_entries_and_fails(desk: Desk) -> None:
    async def two(record: Record) -> None:
        for number in (1, 2):
            entry = await record.append(an_edit(product(number)))
            await record.append_event(NewEvent(entry, NOON, "answered", {"outcome": "relisted"}))

    desk.fill(two)
    flip(desk.directory, 1)
    ended = desk.relist("undo", "--run", "spring", "--yes")
    assert ended.exit_code == 1
    assert f"entry 1 of product {product(1)} of shop {SHOP} cannot be used" in ended.stderr
    assert list(desk.queued()) == [f"undo:{product(2)}"]


def test_undo_without_anything_to_undo_fails(desk: Desk) -> None:
    ended = desk.relist("undo", "--run", "none", "--yes")
    assert ended.exit_code == 1
    assert "no edit in this scope took effect" in ended.output


def test_size_shows_runs_and_shops(desk: Desk) -> None:
    desk.fill(edits)
    shown = desk.relist("record", "size")
    assert shown.exit_code == 0, shown.output
    assert f"5 edits of run spring, shop {SHOP}" in shown.output
    full = desk.relist("record", "size", "--limit", "10K")
    assert full.exit_code == 1
    assert "relist record prune" in full.stderr


def test_prune_shows_a_preview_and_asks(desk: Desk) -> None:
    desk.fill(edits)
    would = desk.data("record", "prune", "--older-than", "0d", "--dry-run")
    assert (would["edits"], would["removed"]) == (5, False)
    refused = desk.relist("record", "prune", "--older-than", "0d")
    assert refused.exit_code == 1
    assert "to be removed: 5 edits" in refused.output
    assert desk.data("record", "size")["edits"] == 5
    assert "removed: 5 edits" in desk.relist("record", "prune", "--older-than", "0d", "--yes").output
    assert desk.data("record", "size")["edits"] == 0


@pytest.mark.parametrize("wrong", [("--older-than", "soon"), ("--keep", "much"), ()])
def test_prune_without_a_policy_is_refused(desk: Desk, wrong: tuple[str, ...]) -> None:
    assert desk.relist("record", "prune", *wrong).exit_code == 2


def test_verify_names_bad_entries_and_fails(desk: Desk) -> None:
    desk.fill(edits)
    assert "5 edits, 6 events and 4 products are sound" in desk.relist("record", "verify").output
    flip(desk.directory, 2)
    ended = desk.relist("record", "verify")
    assert ended.exit_code == 1
    assert f"entry 2 of product {product(2)}" in ended.stderr


def test_verify_repairs_a_damaged_file(desk: Desk) -> None:
    desk.fill(edits)
    file = desk.directory / "record.sqlite3"
    file.write_bytes(b"no longer SQLite" + file.read_bytes()[16:])
    assert desk.relist("record", "verify").exit_code == 1
    repaired = desk.relist("record", "verify", "--repair")
    assert repaired.exit_code == 0, repaired.output
    assert "the damaged file is kept as" in repaired.output
    assert "5 edits, 6 events and 4 products are sound" in repaired.output


def test_a_sound_file_is_not_repaired(desk: Desk) -> None:
    desk.fill(edits)
    before = (desk.directory / "record.sqlite3").stat().st_ino
    ended = desk.relist("record", "verify", "--repair")
    assert ended.exit_code == 0, ended.output
    assert "nothing is damaged" in ended.output
    assert (desk.directory / "record.sqlite3").stat().st_ino == before


def test_old_journals_are_imported(desk: Desk, tmp_path: Path) -> None:
    entry = {
        "at": NOON.isoformat(),
        "shop_id": SHOP,
        "product_id": product(1),
        "run_id": "old",
        "edit": {},
        "rule": "x",
    }
    (tmp_path / "empty").mkdir()
    nothing = desk.relist("record", "import", str(tmp_path / "empty"))
    assert nothing.exit_code == 1
    assert "has no journal file (*.jsonl.gz): name the directory of a worker" in nothing.stderr
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(orjson.dumps(entry) + b"\n"))
    assert "1 edit and 0 answers out of 1 file" in desk.relist("record", "import", str(tmp_path)).output
    (tmp_path / "b.jsonl.gz").write_bytes(b"damaged")
    again = desk.relist("record", "import", str(tmp_path))
    assert again.exit_code == 1
    assert "b.jsonl.gz, byte 0" in again.stderr


def test_upgrade_shows_the_version(desk: Desk) -> None:
    assert desk.data("record", "upgrade") == {"version": sqlite.MIGRATIONS[-1].version}


def test_erase_removes_everything_of_a_shop(desk: Desk) -> None:
    desk.fill(edits)
    assert desk.relist("record", "erase", SHOP).exit_code == 1, "it asks"
    assert "erased: 5 edits" in desk.relist("record", "erase", SHOP, "--yes").output
    assert desk.data("record", "size")["edits"] == 0


def test_unavailable_record_is_reported_in_one_line(desk: Desk) -> None:
    desk.directory.write_text("in the way")
    ended = desk.relist("record", "size")
    assert ended.exit_code == 1
    assert ended.output.count("\n") == 1
    assert "is unavailable" in ended.output


def test_backup_is_a_readable_record(desk: Desk, tmp_path: Path) -> None:
    desk.fill(edits)
    kept = tmp_path / "kept"
    kept.mkdir()
    ended = desk.relist("record", "backup", str(kept / "record.sqlite3"))
    assert ended.exit_code == 0, ended.output
    assert desk.relist("record", "backup", str(kept / "record.sqlite3")).exit_code == 1, "it exists"
    streamed = desk.relist("record", "backup", "-").stdout_bytes
    (tmp_path / "streamed").mkdir()
    (tmp_path / "streamed" / "record.sqlite3").write_bytes(streamed)
    for directory in (kept, tmp_path / "streamed"):
        desk.relist_in(directory)
        assert "5 edits, 6 events and 4 products are sound" in desk.relist("record", "verify").output
