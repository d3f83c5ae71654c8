"""`relist report` on a real record and a real Redis."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from record.entry import NewEvent, StoredEdit
from record.record import Record
from record.state import STATES, ProductStateName, StateChange
from shop_queue.keys import lane_keys
from tests.support.command_desk import Desk, add_shop
from tests.support.record_entries import NOON, an_edit, later

SHOP, OTHER_SHOP = "7494000000000000001", "7494000000000000002"
HOSTILE = "<script>alert(1)</script>"


def product(number: int) -> str:
    return f"17290000000000{number:05}"


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Desk:
    asyncio.run(add_shop(redis_url, SHOP))
    desk = Desk(tmp_path / "journal", redis_url, SHOP)
    desk.fill(history)
    blocked = {
        "outcome": "needs_input",
        "title": "Blue kettle",
        "reasons": [{"code": "1", "message": "Which size?", "actor": "seller"}],
    }
    with Redis.from_url(redis_url) as redis:
        redis.hset(lane_keys(SHOP).blocked, product(5), orjson.dumps(blocked))
    return desk


async def state(record: Record, number: int, name: ProductStateName, reason: str = "") -> None:
    await record.set_states([StateChange(later(hours=3), SHOP, product(number), name, reason, "spring")])


async def accepted(record: Record, number: int, outcome: str = "relisted", **other: Any) -> None:
    entry = await record.append(an_edit(product(number), **other))
    await record.append_event(NewEvent(entry, later(minutes=1), "answered", {"outcome": outcome}))


async def undone(record: Record, number: int, run_id: str, *, hours: int, outcome: str = "relisted") -> None:
    """As `relist undo` and its job leave it: an edit in a separate run, and an event of the edit it undid."""
    last = await record.last_edit(SHOP, product(number))
    assert isinstance(last, StoredEdit)
    await accepted(record, number, outcome, kind="undo", run_id=run_id, at=later(hours=hours))
    about = {"outcome": outcome, "run_id": run_id}
    await record.append_event(NewEvent(last.id, later(hours=hours), "undone", about))


async def history(record: Record) -> None:
    """Products 1 to 6: moved, refused, failed in audit, undone, needs input, in audit; and one of another shop, run."""
    await accepted(record, 1, before={"title": HOSTILE, "category_chains": [{"id": "600001"}]})
    await state(record, 1, "relisted")
    refused = await record.append(an_edit(product(2)))
    await record.append_event(NewEvent(refused, NOON, "refused", {"message": "The image is too small."}))
    await state(record, 2, "failed", "The image is too small.")
    failed = await record.append(an_edit(product(3)))
    await record.append_event(NewEvent(failed, NOON, "answered", {"outcome": "in_audit"}))
    about = {"outcome": "rejected", "reasons": ["Wrong category."]}
    await record.append_event(NewEvent(failed, later(hours=1), "audit_ended", about))
    await state(record, 3, "rejected", "Wrong category.")
    await accepted(record, 4)
    await state(record, 4, "relisted")
    await undone(record, 4, "undo-spring-1", hours=5)
    await state(record, 5, "needs_input", "Which size?")
    await accepted(record, 6, "in_audit")
    await state(record, 6, "in_audit")
    await accepted(record, 7, shop_id=OTHER_SHOP, run_id="autumn")


def report(desk: Desk, *arguments: str) -> dict[str, Any]:
    ended = desk.relist("report", *arguments, "--format", "json")
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def by_number(products: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {int(each["product_id"][-5:]): each for each in products}


def test_report_has_each_product_of_a_run_once(desk: Desk) -> None:
    found = report(desk, "--run", "spring")
    assert [each["product_id"] for each in found["products"]] == [product(number) for number in range(1, 7)]
    lines = by_number(found["products"])
    results = {number: line["result"] for number, line in lines.items()}
    assert results == {1: "moved", 2: "refused", 3: "audit_failed", 4: "undone", 5: "", 6: "in_audit"}
    assert lines[1]["changes"] == ["category: 600001 (600001) → 853000"]
    assert lines[2]["refusal"] == "The image is too small."
    assert lines[2]["changes"] == [], "nothing changed"
    assert lines[3]["refusal"] == "Wrong category."
    assert lines[4]["undone_at"].startswith("2026-11-27T17:00")
    waits = {number: line["waits_for"] for number, line in lines.items()}
    assert waits == {1: [], 2: ["unknown"], 3: ["unknown"], 4: [], 5: ["seller"], 6: ["platform"]}


def test_summary_adds_up_the_lines(desk: Desk) -> None:
    summary = report(desk, "--run", "spring")["summary"]
    assert summary["products"] == 6
    assert summary["states"] == {"relisted": 2, "failed": 1, "rejected": 1, "needs_input": 1, "in_audit": 1}
    assert summary["refusals"] == {"The image is too small.": 1, "Wrong category.": 1}
    assert summary["moved_by_day"] == {"2026-11-27": 2}


def test_report_of_a_shop_has_only_that_shop(desk: Desk) -> None:
    assert report(desk, "--shop", SHOP)["products"] == report(desk, "--run", "spring")["products"]
    (line,) = report(desk, "--shop", OTHER_SHOP)["products"]
    assert (line["product_id"], line["state"], line["result"]) == (product(7), "running", "moved")


def test_csv_has_the_same_lines(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    ended = desk.relist("report", "--run", "spring", "--format", "csv", "--output", str(file))
    assert ended.exit_code == 0, ended.output
    rows = list(csv.DictReader(StringIO(file.read_text("utf-8-sig"))))
    assert [row["product_id"] for row in rows] == [f"'{product(number)}" for number in range(1, 7)]
    assert rows[0]["changes"] == "category: 600001 (600001) → 853000"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]


def test_html_is_self_contained_and_escaped(desk: Desk) -> None:
    ended = desk.relist("report", "--run", "spring")
    assert ended.exit_code == 0, ended.output
    tags = Tags()
    tags.feed(ended.stdout)
    assert "script" not in tags.names
    assert not tags.addresses
    assert tags.names.count("svg") == 5 + 5 + 1 + 3 + 2, "states, results, days, actors, refusals"
    assert "&lt;script&gt;" in ended.stdout
    for text in ("run spring", "6 products", "The image is too small.", "undone 2026-11-27 17:00", "Which size?"):
        assert text in ended.stdout


@pytest.mark.parametrize("form", ["html", "csv", "json"])
def test_a_damaged_entry_is_named_and_fails(desk: Desk, tmp_path: Path, form: str) -> None:
    with closing(sqlite3.connect(desk.directory / "record.sqlite3")) as connection, connection:
        connection.execute("UPDATE edits SET content = content || x'00' WHERE product_id = ?", (product(2),))
    file = tmp_path / "report"
    ended = desk.relist("report", "--run", "spring", "--format", form, "--output", str(file))
    assert ended.exit_code == 1
    named = f"of product {product(2)} of shop {SHOP} cannot be used"
    assert named in ended.stderr
    text = file.read_text()
    assert product(6) in text, "the others are reported"
    assert product(2) in text
    assert form == "json" or named in text


def test_an_empty_scope_fails_and_keeps_the_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("the last one")
    ended = desk.relist("report", "--run", "none", "--output", str(file), "--replace")
    assert ended.exit_code == 1
    assert "has no product of run none" in ended.output
    assert file.read_text() == "the last one"
    assert desk.relist("report").exit_code == 2


def test_unwritable_file_is_reported_in_one_line(desk: Desk, tmp_path: Path) -> None:
    ended = desk.relist("report", "--run", "spring", "--output", str(tmp_path / "none" / "report.html"))
    assert ended.exit_code == 1
    assert "cannot be written: No such file or directory" in ended.output


@pytest.mark.parametrize("first", ["undo-spring-1", f"undo-{SHOP}-1", "undo-own_leaf@600039-3"])
def test_every_undo_of_a_product_shows_in_the_report_of_its_run(desk: Desk, first: str) -> None:
    """The product may be undone by its run, its shop or a decision, and the undo may be undone."""

    async def undo_twice(record: Record) -> None:
        await accepted(record, 8)
        await state(record, 8, "relisted")
        await undone(record, 8, first, hours=6)

    async def undo_the_undo(record: Record) -> None:
        await undone(record, 8, f"undo-{first}-1", hours=7)

    desk.fill(undo_twice)
    assert result_in(report(desk, "--run", "spring"), 8) == "undone"
    desk.fill(undo_the_undo)
    assert result_in(report(desk, "--run", "spring"), 8) == "moved"
    assert result_in(report(desk, "--shop", SHOP), 8) == "moved"


def test_an_undo_of_a_later_run_is_not_an_undo_of_this_one(desk: Desk) -> None:
    async def later_run(record: Record) -> None:
        await accepted(record, 9)
        await state(record, 9, "relisted")
        await accepted(record, 9, run_id="summer", at=later(hours=4))
        await undone(record, 9, "undo-summer-1", hours=6)

    desk.fill(later_run)
    assert result_in(report(desk, "--run", "spring"), 9) == "moved"
    assert result_in(report(desk, "--run", "summer"), 9) == "undone"


def result_in(found: dict[str, Any], number: int) -> str:
    (line,) = [each for each in found["products"] if each["product_id"] == product(number)]
    return str(line["result"])


def test_changes_have_the_names_that_the_decision_knew(desk: Desk) -> None:
    async def named(record: Record) -> None:
        await accepted(record, 10, changes=("category: Racks (600188) → Beauty > Racks (600190)",))
        await state(record, 10, "relisted")

    desk.fill(named)
    lines = {each["product_id"]: each for each in report(desk, "--run", "spring")["products"]}
    assert lines[product(10)]["changes"] == ["category: Racks (600188) → Beauty > Racks (600190)"]
    assert lines[product(1)]["changes"][0].startswith("category: "), "entries of earlier releases have only ids"


def test_a_product_that_was_never_edited_has_the_title_of_its_question(desk: Desk) -> None:
    lines = {each["product_id"]: each for each in report(desk, "--run", "spring")["products"]}
    assert (lines[product(5)]["title"], lines[product(5)]["waits_for"]) == ("Blue kettle", ["seller"])


def test_another_file_is_kept_unless_replace_is_given(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "worklist.csv"
    file.write_text("shop_id,product_id,answer\n1,2,Cotton\n")
    ended = desk.relist("report", "--run", "spring", "--output", str(file))
    assert ended.exit_code == 1
    assert "was not written by this command" in ended.output
    assert "Cotton" in file.read_text()
    for arguments in (("--replace",), ()):
        ended = desk.relist("report", "--run", "spring", "--output", str(file), *arguments)
        assert ended.exit_code == 0, ended.output


def test_states_are_those_of_the_lane_as_in_status(desk: Desk, redis_url: str) -> None:
    """The record learns last that a product waits, and never that its job runs."""
    keys = lane_keys(SHOP)
    lane = {1: "Q--r-", 2: "-Q---", 3: "--A--", 4: "W--n-", 5: "---r-"}
    with Redis.from_url(redis_url) as redis:
        redis.hset(keys.products, mapping={product(number): value for number, value in lane.items()})
        redis.hset(keys.states, mapping={"queued": 2, "in_audit": 1, "waiting": 1, "relisted": 1})
        redis.zadd(keys.inflight, {product(1): 1, f"undo:{product(2)}": 1, f"audit:{product(3)}": 1, product(5): 1})
    found = report(desk, "--run", "spring")
    states = {each["product_id"]: each["state"] for each in found["products"]}
    assert states == {
        product(1): "running",
        product(2): "running",
        product(3): "in_audit",
        product(4): "waiting",
        product(5): "relisted",  # its job has ended, and only the payload in flight is left
        product(6): "in_audit",  # unknown to the lane
    }
    del states[product(6)]
    total = desk.data("status")["total"]
    assert {name: number for name, number in total.items() if name in STATES and number} == Counter(states.values())


def test_a_product_whose_edits_were_pruned_keeps_its_title(desk: Desk) -> None:
    assert desk.relist("record", "prune", "--keep", "1", "--yes").exit_code == 0
    titles = {each["product_id"]: each["title"] for each in report(desk, "--shop", SHOP)["products"]}
    assert titles[product(4)] == f"Kettle {product(4)}"
    assert titles[product(1)] == HOSTILE
