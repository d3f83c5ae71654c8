"""The stopped causes on the web UI, and the operator's decisions."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from model.shop import Shop
from record.entry import NewEdit, NewEvent
from record.record import Record
from rollout.operations import RolloutOperations
from rollout.records import StopCause
from rollout.store import RolloutStore
from shop_queue.keys import lane_keys
from shop_queue.shop_registry import ShopRegistry
from tests.support.web_ui_here import OPEN, csrf, visitor_of, web_ui_server

EVIL = "<script>alert(1)</script>"
CAUSE = "decision/MX/mapping/600001>700001/aa"


@pytest.fixture
async def browser(redis: Redis, record: Record) -> AsyncIterator[ClientSession]:
    """A visitor of a web UI without a token."""
    async with web_ui_server(redis, OPEN, record) as address, visitor_of(address) as session:
        yield session


async def page(session: ClientSession) -> str:
    async with session.get("/rollout") as answer:
        assert answer.status == 200
        return await answer.text()


async def stopped(redis: Redis, key: str = CAUSE, why: str = "7 of 12 audits rejected") -> None:
    store = RolloutStore(redis)
    snapshot = await store.read(())
    examples = ["7/11", "7/12: description", EVIL]
    snapshot.book.fleet.causes[key] = StopCause(key, 1_790_000_000_000, why, "audits", examples)
    snapshot.book.fleet_changed = True
    assert await store.commit(snapshot) is not None


async def keys_of(redis: Redis) -> list[str]:
    return [cause.key for cause in await RolloutOperations(redis).causes()]


async def decide(browser: ClientSession, action: str, cause: str) -> tuple[int, str]:
    given = {"csrf": await csrf(browser), "cause": cause}
    async with browser.post(f"/rollout/{action}", data=given) as answer:
        return answer.status, await answer.text()


async def test_the_page_names_each_cause_with_its_examples(redis: Redis, browser: ClientSession) -> None:
    assert "Nothing is stopped" in await page(browser)
    await stopped(redis)
    raw = await page(browser)
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", raw)).split())
    assert CAUSE in shown
    assert "7 of 12 audits rejected" in shown
    assert 'href="/shops/7/products/12"' in raw
    assert EVIL not in raw, "examples are escaped"


async def test_a_cause_is_released_accepted_and_stopped(redis: Redis, browser: ClientSession) -> None:
    await stopped(redis)
    status, shown = await decide(browser, "release", CAUSE)
    assert (status, "is released" in shown) == (200, True)
    assert await keys_of(redis) == []
    await stopped(redis)
    assert (await decide(browser, "accept", CAUSE))[0] == 200
    assert (await decide(browser, "stop", "market/MX"))[0] == 200
    assert await keys_of(redis) == ["market/MX"]


async def test_an_undo_enqueues_the_products_of_the_cause(redis: Redis, browser: ClientSession, record: Record) -> None:
    await ShopRegistry(redis).add(Shop("7", "ROW_x", "MX", "7"))
    at = datetime(2026, 11, 24, tzinfo=UTC)
    before, body = {"id": "11", "title": "A jar"}, {"category_id": "700001"}
    number = await record.append(NewEdit(at, "7", "11", "relist", "r", "mapping", body, before, CAUSE))
    await record.append_event(NewEvent(number, at, "answered", {"outcome": "in_audit"}))
    await stopped(redis)
    status, shown = await decide(browser, "undo", CAUSE)
    assert (status, "are being taken back" in shown) == (200, True)
    assert "an undo was started" in shown
    assert await redis.hkeys(lane_keys("7").jobs) == [b"undo:11"]  # type: ignore[misc]
    assert await keys_of(redis) == [CAUSE], "the cause stays stopped"


async def test_a_wrong_cause_is_refused_with_what_to_do(redis: Redis, browser: ClientSession) -> None:
    for action, cause in (("release", CAUSE), ("undo", "market/MX"), ("stop", "nonsense")):
        status, text = await decide(browser, action, cause)
        assert status == 422
        assert "relist rollout list" in text
    assert await keys_of(redis) == []
