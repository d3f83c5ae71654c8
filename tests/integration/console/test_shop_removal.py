"""`relist shops remove --erase` on a real record and a real Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from redis import Redis

from catalogue.deleted_products import DeletedProducts
from record.record import Record
from record.state import StateChange
from redis_client.connect import connect
from shop_queue.keys import OUTCOMES, lane_keys
from tests.support.command_desk import Desk, add_shop
from tests.support.record_entries import NOON, an_edit

SHOP, OTHER_SHOP = "7494000000000000001", "7494000000000000002"


async def two_shops(record: Record) -> None:
    for shop_id in (SHOP, OTHER_SHOP):
        await record.append(an_edit(shop_id=shop_id))
        await record.set_states([StateChange(NOON, shop_id, "17", "needs_input", "Which size?", "spring")])


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Desk:
    async def prepare() -> None:
        for shop_id in (SHOP, OTHER_SHOP):
            await add_shop(redis_url, shop_id)
        redis = connect(redis_url)
        await DeletedProducts(redis).remember(SHOP, {"id": "18", "update_time": 1})
        await redis.aclose()

    asyncio.run(prepare())
    with Redis.from_url(redis_url) as redis:
        for shop_id in (SHOP, OTHER_SHOP):
            keys = lane_keys(shop_id)
            redis.hset(keys.blocked, "17", b'{"outcome": "needs_input", "title": "Kettle"}')
            redis.hset(keys.counters, "needs_input", 1)
            redis.zadd(keys.audits, {"19": 1})
    desk = Desk(tmp_path / "journal", redis_url, SHOP)
    desk.fill(two_shops)
    return desk


def keys_of(desk: Desk, shop_id: str) -> set[str]:
    with Redis.from_url(desk.redis_url) as redis:
        return {key.decode() for key in redis.scan_iter(f"*{shop_id}*")} - {OUTCOMES}


def test_erase_removes_everything_of_the_shop(desk: Desk) -> None:
    others = keys_of(desk, OTHER_SHOP)
    ended = desk.relist("shops", "remove", SHOP, "--erase", "--yes")
    assert ended.exit_code == 0, ended.output
    assert f"shop {SHOP} removed, 1 edit and 2 products erased" in ended.output
    assert keys_of(desk, SHOP) == set()
    assert keys_of(desk, OTHER_SHOP) == others
    assert [each["shop_id"] for each in desk.data("record", "size")["largest"]] == [OTHER_SHOP]
    assert desk.relist("report", "--shop", SHOP).exit_code == 1
    assert desk.relist("report", "--shop", OTHER_SHOP).exit_code == 0


def test_remove_without_erase_keeps_the_record(desk: Desk) -> None:
    assert desk.relist("shops", "remove", SHOP).exit_code == 0
    assert desk.data("record", "size")["edits"] == 2
    assert desk.data("history", SHOP, "17")["state"]["state"] == "needs_input"
    mistyped = desk.relist("history", f"{SHOP}9", "17")
    assert mistyped.exit_code == 1
    assert "is not known" in mistyped.output


def test_erase_asks_first(desk: Desk) -> None:
    assert desk.relist("shops", "remove", SHOP, "--erase").exit_code == 1
    assert keys_of(desk, SHOP)
    assert desk.data("record", "size")["edits"] == 2


def test_an_unavailable_record_removes_nothing(desk: Desk, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("in the way")
    desk.relist_in(in_the_way)
    before = keys_of(desk, SHOP)
    ended = desk.relist("shops", "remove", SHOP, "--erase", "--yes")
    assert ended.exit_code == 1
    assert "is unavailable" in ended.output
    assert keys_of(desk, SHOP) == before
