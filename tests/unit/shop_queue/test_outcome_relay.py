"""What the relay makes of a shop whose outbox it cannot read now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from redis.exceptions import ConnectionError, ResponseError
from structlog.testing import capture_logs

from redis_client.connect import connect
from shop_queue.outcome_relay import OutcomeRelay

BROKEN = ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
AWAY = ConnectionError("Connection closed by server.")


class Relay(OutcomeRelay):
    """Of a cluster that is never asked: a shop fails with what is left in its list of problems."""

    def __init__(self, problems: dict[str, list[Exception]]) -> None:
        super().__init__(connect("redis+cluster://a:7000"), 100)
        self.problems, self.relayed = problems, list[str]()

    async def relay(self, shop_ids: Iterable[str]) -> int:
        for shop_id in shop_ids:
            if self.problems.get(shop_id):
                raise self.problems[shop_id].pop()
            self.relayed.append(shop_id)
        return 0


async def test_the_other_shops_do_not_wait_for_one_whose_server_is_away() -> None:
    relay = Relay({"2": [AWAY]})
    for shop in ("1", "2", "3"):
        relay.note(shop)
    with pytest.raises(ConnectionError):
        await relay.flush()
    assert sorted(relay.relayed) == ["1", "3"]
    await relay.flush()
    assert sorted(relay.relayed) == ["1", "2", "3"], "what is left was remembered"


async def test_a_shop_whose_outbox_is_broken_is_told_of_and_left() -> None:
    relay = Relay({"2": [BROKEN, BROKEN]})
    for shop in ("1", "2"):
        relay.note(shop)
    with capture_logs() as logs:
        await relay.flush()
        await relay.flush()
    assert relay.relayed == ["1"]
    assert [(each["event"], each["shop_id"]) for each in logs] == [("lane_corrupted", "2")]


async def test_the_loop_outlives_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.outcome_relay.RECONNECT_SECONDS", 0)
    relay = Relay({"1": [AWAY, AWAY]})
    loop = asyncio.create_task(relay.run())
    relay.note("1")
    async with asyncio.timeout(5):
        while not relay.relayed:
            await asyncio.sleep(0)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert relay.relayed == ["1"]
