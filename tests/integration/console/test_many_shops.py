"""A command's round trips hardly grow with the number of shops: one per shop would take too long for ten thousand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import redis

from redis_client.packed_connection import Packed
from shop_queue.keys import SHOPS, lane_keys
from tests.support.blocked_records import MATERIAL
from tests.support.command_desk import Desk

MANY = 1000
ROUND_TRIPS = 40
"""The most that any of the commands needs for so many shops."""


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Desk:
    shops = [str(7494000000000000000 + number) for number in range(MANY)]
    with redis.Redis.from_url(redis_url) as client, client.pipeline(transaction=False) as pipe:
        for shop in shops:
            keys = lane_keys(shop)
            pipe.hset(SHOPS, shop, orjson.dumps({"cipher": "c", "region": "US", "account": shop}))
            blocked = {"outcome": "needs_input", "title": "Shirt", "reasons": [MATERIAL]}
            pipe.hset(keys.blocked, mapping={"17": orjson.dumps(blocked), "18": orjson.dumps(blocked)})
            pipe.hset(keys.states, "needs_input", 2)
        pipe.execute()
    return Desk(tmp_path / "journal", redis_url, shops[0])


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the round trips of this process."""
    count = [0]
    send = Packed.send_packed_command

    async def counted(self: Packed, *args: Any, **options: Any) -> None:
        count[0] += 1
        await send(self, *args, **options)

    monkeypatch.setattr(Packed, "send_packed_command", counted)
    return count


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("status", "--reasons"),
        ("shops", "list"),
        ("forecast",),
        ("worklist", "export", "-"),
        ("retry", "--reason", "nothing"),
    ],
    ids=" ".join,
)
def test_round_trips_do_not_grow_with_the_shops(desk: Desk, sent: list[int], command: tuple[str, ...]) -> None:
    ended = desk.relist(*command)
    assert ended.exit_code == 0, ended.output
    assert 0 < sent[0] <= ROUND_TRIPS
