"""Commands with effects write who, what and when to the action log, and `relist record verify` checks it."""

from __future__ import annotations

import asyncio
import os
import pwd
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from model.blocked_product import BlockedProduct
from record.action_log import Action
from record.entry import NewEvent
from record.opening import open_record
from record.record import Record
from record.sqlite.connection import FILE_NAME
from shop_queue.keys import lane_keys
from tests.support.blocked_records import MATERIAL
from tests.support.blocked_records import record as blocked_record
from tests.support.command_desk import Desk, add_shop
from tests.support.record_entries import NOON, an_edit
from worklist.missing_fields import missing_fields_of

SHOP, PRODUCT = "7494000000000000001", "1729000000000000001"


@pytest.fixture
def desk(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("RELIST_ACTOR", "Ana")
    asyncio.run(add_shop(redis_url, SHOP))
    with Redis.from_url(redis_url) as redis:
        redis.hset(lane_keys(SHOP).blocked, PRODUCT, orjson.dumps(blocked_record(MATERIAL)))
    return Desk(tmp_path / "journal", redis_url, SHOP)


def actions(desk: Desk) -> list[Action]:
    """The oldest first, after the chain is checked."""

    async def read() -> list[Action]:
        record = open_record("", desk.directory)
        found = await record.actions()
        assert (await record.verify()).sound
        await record.close()
        return found[::-1]

    return asyncio.run(read())


def sheet(directory: Path) -> Path:
    text = orjson.dumps(blocked_record(MATERIAL))
    (missing,) = missing_fields_of(BlockedProduct.load(SHOP, PRODUCT, text))
    file = directory / "gaps.csv"
    choice = missing.question.choices[0].label
    rows = f"{SHOP},{PRODUCT},{missing.question.key},{missing.version_token},{choice}\n"
    file.write_text(f"shop,product,gap,version_token,answer\n{rows}")
    return file


@pytest.mark.parametrize(
    ("arguments", "name", "about"),
    [
        (
            ("shops", "pause", SHOP, "--reason", "stocktaking"),
            "shops_paused",
            {"shops": [SHOP], "reason": "stocktaking"},
        ),
        (("shops", "resume", SHOP), "shops_resumed", {"shops": [SHOP], "count": 1}),
        (("shops", "limit", SHOP, "5"), "shop_limited", {"shop": SHOP, "per_second": 5.0}),
        (("retry", "--outcome", "needs_input"), "products_retried", {"outcome": "needs_input", "products": 1}),
        (("cancel", "--shop", SHOP, "--yes"), "work_cancelled", {"shops": [SHOP], "run": "", "jobs": 0}),
        (("rollout", "stop", "field/video"), "rollout_stop", {"cause": "field/video"}),
        (("rollout", "run-policy", "spring", "careful"), "rollout_run_policy", {"run": "spring", "policy": "careful"}),
    ],
)
def test_an_order_is_logged_with_its_actor(
    desk: Desk, arguments: tuple[str, ...], name: str, about: dict[str, Any]
) -> None:
    ended = desk.relist(*arguments)
    assert ended.exit_code == 0, ended.output
    (entry,) = actions(desk)
    assert (entry.actor, entry.role, entry.name) == ("Ana", "command", name)
    assert about.items() <= entry.about.items()


def test_stop_release_and_accept_of_a_cause_are_logged_but_not_a_refused_order(desk: Desk) -> None:
    for order in ("stop", "release", "stop", "accept"):
        assert desk.relist("rollout", order, "field/video").exit_code == 0
    assert desk.relist("rollout", "release", "field/none of these").exit_code == 1
    assert [each.name for each in actions(desk)] == [
        *("rollout_stop", "rollout_release", "rollout_stop", "rollout_accept"),
    ]


def test_an_imported_worklist_is_logged_and_a_check_is_not(desk: Desk, tmp_path: Path) -> None:
    file = sheet(tmp_path)
    assert desk.relist("worklist", "import", str(file), "--check").exit_code == 0
    assert actions(desk) == []
    ended = desk.relist("worklist", "import", str(file))
    assert ended.exit_code == 0, ended.output
    (entry,) = actions(desk)
    assert entry.name == "worklist_imported"
    assert {"answers": 1, "products": 1, "refused_rows": 0}.items() <= entry.about.items()


def test_an_undo_is_logged_with_the_number_of_products(desk: Desk) -> None:
    async def accepted_edit(record: Record) -> None:
        number = await record.append(an_edit(shop_id=SHOP, run_id="spring"))
        await record.append_event(NewEvent(number, NOON, "answered", {"outcome": "in_audit"}))

    desk.fill(accepted_edit)
    ended = desk.relist("undo", "--run", "spring", "--yes")
    assert ended.exit_code == 0, ended.output
    (entry,) = actions(desk)
    assert (entry.name, entry.about["run"], entry.about["products"]) == ("edits_undone", "spring", 1)


def test_without_a_setting_the_user_of_the_system_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELIST_ACTOR")
    monkeypatch.delenv("SUDO_USER", raising=False)
    desk.relist("shops", "pause", SHOP)
    assert actions(desk)[0].actor == pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def unwritable(desk: Desk, tmp_path: Path) -> Desk:
    (tmp_path / "a file").write_text("")
    desk.relist_in(tmp_path / "a file" / "journal")
    return desk


def state_of(desk: Desk) -> bytes | None:
    with Redis.from_url(desk.redis_url) as redis:
        return redis.hget(lane_keys(SHOP).control, "state")


def test_without_a_record_a_pause_is_carried_out_and_a_resume_is_refused(unwritable: Desk) -> None:
    ended = unwritable.relist("shops", "pause", SHOP)
    assert ended.exit_code == 0
    assert "this action is missing from the action log" in ended.stderr
    assert state_of(unwritable) == b"paused"
    ended = unwritable.relist("shops", "resume", SHOP)
    assert ended.exit_code == 1
    assert "not done, because the action log cannot be written" in ended.stderr
    assert state_of(unwritable) == b"paused"


def test_verify_names_an_order_that_was_changed_later(desk: Desk) -> None:
    desk.relist("shops", "pause", SHOP)
    with sqlite3.connect(desk.directory / FILE_NAME) as store:
        store.execute("UPDATE actions SET actor = 'Ben'")
    ended = desk.relist("record", "verify")
    assert ended.exit_code == 1
    assert "action 1 of the action log was changed" in ended.output
