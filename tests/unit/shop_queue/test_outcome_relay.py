"""The relay skips outboxes it cannot read, and retries those of unavailable servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from redis.exceptions import ConnectionError, ResponseError
from structlog.testing import capture_logs

from redis_client.connect import connect
from shop_queue.outcome_relay import OutcomeRelay

CORRUPT = ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
UNAVAILABLE = ConnectionError("Connection closed by server.")


class Relay(OutcomeRelay):
    """A relay without a server: a shop fails with the remaining errors of its list."""

    def __init__(self, problems: dict[str, list[Exception]]) -> None:
        super().__init__(connect("redis+cluster://a:7000"), 100)
        self.problems, self.relayed = problems, list[str]()

    async def relay(self, shop_ids: Iterable[str]) -> int:
        for shop_id in shop_ids:
            if self.problems.get(shop_id):
                raise self.problems[shop_id].pop()
            self.relayed.append(shop_id)
        return 0


async def test_other_shops_do_not_wait_for_an_unavailable_server() -> None:
    relay = Relay({"2": [UNAVAILABLE]})
    for shop in ("1", "2", "3"):
        relay.note(shop)
    with pytest.raises(ConnectionError):
        await relay.flush()
    assert sorted(relay.relayed) == ["1", "3"]
    await relay.flush()
    assert sorted(relay.relayed) == ["1", "2", "3"], "the failed shop was not retried"


async def test_corrupt_outbox_is_reported_and_skipped() -> None:
    relay = Relay({"2": [CORRUPT, CORRUPT]})
    for shop in ("1", "2"):
        relay.note(shop)
    with capture_logs() as logs:
        await relay.flush()
        await relay.flush()
    assert relay.relayed == ["1"]
    assert [(each["event"], each["shop_id"]) for each in logs] == [("lane_corrupted", "2")]


async def test_loop_survives_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop_queue.outcome_relay.RECONNECT_SECONDS", 0)
    relay = Relay({"1": [UNAVAILABLE, UNAVAILABLE]})
    loop = asyncio.create_task(relay.run())
    relay.note("1")
    async with asyncio.timeout(5):
        while not relay.relayed:
            await asyncio.sleep(0)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert relay.relayed == ["1"]
